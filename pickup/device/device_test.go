package device_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"securetext/pickup/device"
)

// set is the cookie that SetCookie sets.
func set(id device.ID) *http.Cookie {
	w := httptest.NewRecorder()
	device.SetCookie(w, id)
	return w.Result().Cookies()[0]
}

func request(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

func TestS10Cookie(t *testing.T) {
	w := httptest.NewRecorder()
	device.SetCookie(w, device.New())
	want := regexp.MustCompile(`^__Host-device=[A-Za-z0-9_-]{43}; Path=/; Max-Age=34560000; HttpOnly; Secure; SameSite=Lax$`)
	if got := w.Header().Values("Set-Cookie"); len(got) != 1 || !want.MatchString(got[0]) {
		t.Errorf("Set-Cookie is %q, want one like %s", got, want)
	}
}

func TestCookieComesBack(t *testing.T) {
	id := device.New()
	if got, ok := device.FromRequest(request(set(id))); !ok || got != id {
		t.Errorf("FromRequest: other ID or none (%t)", ok)
	}
	if device.New() == id {
		t.Error("two devices are one")
	}
}

func TestFromRequestRefuses(t *testing.T) {
	good := set(device.New())
	for name, cookies := range map[string][]*http.Cookie{
		"no cookie":       nil,
		"other name":      {{Name: "device", Value: good.Value}},
		"empty":           {{Name: device.CookieName}},
		"cut short":       {{Name: device.CookieName, Value: good.Value[1:]}},
		"too long":        {{Name: device.CookieName, Value: good.Value + "A"}},
		"bits too many":   {{Name: device.CookieName, Value: strings.Repeat("A", 42) + "B"}},
		"two of them":     {good, set(device.New())},
		"the same, twice": {good, good},
	} {
		if _, ok := device.FromRequest(request(cookies...)); ok {
			t.Errorf("%s: taken for a device", name)
		}
	}
}

func TestS24IDPrintsAsNothing(t *testing.T) {
	id := device.New()
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%o", "%b", "%U"} {
		fmt.Fprintf(&out, verb+"\n", id)
		fmt.Fprintf(&out, verb+"\n", struct{ ID device.ID }{id})
		fmt.Fprintf(&out, verb+"\n", &id)
	}
	if err := json.NewEncoder(&out).Encode(map[string]any{"id": id}); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "id", id, "in", struct{ ID device.ID }{id})
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "id", id, "in", struct{ ID device.ID }{id})
	for _, secret := range []string{
		string(id[:]), hex.EncodeToString(id[:]), strings.ToUpper(hex.EncodeToString(id[:])),
		base64.RawURLEncoding.EncodeToString(id[:]), strings.Trim(fmt.Sprint([]byte(id[:])), "[]"),
	} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("printed the ID as %q", secret)
		}
	}
	if !strings.Contains(out.String(), "[device]") {
		t.Error("printed nothing in its place")
	}
}

// FuzzParse: an ID has one spelling, and nothing else is an ID.
func FuzzParse(f *testing.F) {
	f.Add("")
	f.Add(strings.Repeat("A", 43))
	f.Add(strings.Repeat("A", 42) + "B")
	f.Add(strings.Repeat("A", 42) + "\n")
	f.Fuzz(func(t *testing.T, value string) {
		if id, ok := device.Parse(value); ok && set(id).Value != value {
			t.Errorf("%q is read, but written in another way", value)
		}
	})
}
