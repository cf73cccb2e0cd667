package password

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// printed is everything that fmt, JSON and both slog handlers make of v.
func printed[T any](t *testing.T, v T) string {
	t.Helper()
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%o", "%b", "%U"} {
		fmt.Fprintf(&out, verb+"\n", v)
		fmt.Fprintf(&out, verb+"\n", &v)
		fmt.Fprintf(&out, verb+"\n", struct{ V T }{v})
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "v", v, "in", struct{ V T }{v})
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "v", v, "in", struct{ V T }{v})
	if err := json.NewEncoder(&out).Encode(map[string]any{"v": v, "all": []T{v}}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// wantNone wants no spelling of secret in out.
func wantNone(t *testing.T, out string, secret []byte) {
	t.Helper()
	for _, spelling := range []string{
		string(secret), hex.EncodeToString(secret), strings.ToUpper(hex.EncodeToString(secret)),
		base64.StdEncoding.EncodeToString(secret), strings.Trim(fmt.Sprint(secret), "[]"), strings.Trim(fmt.Sprintf("%#v", secret), "[]byte{}"),
	} {
		if strings.Contains(out, spelling) {
			t.Errorf("printed as %q", spelling)
		}
	}
}

func TestS24PasswordPrintsAsNothing(t *testing.T) {
	out := printed(t, Password("Grüner Elefant"))
	wantNone(t, out, []byte("Grüner Elefant"))
	if strings.Contains(out, "Elefant") || !strings.Contains(out, "[password]") {
		t.Error("want [password] in its place")
	}
}

func TestS24PepperPrintsAsNothing(t *testing.T) {
	out := printed(t, testPepper)
	wantNone(t, out, testPepper[:])
	if !strings.Contains(out, "[pepper]") {
		t.Error("want [pepper] in its place")
	}
	wantNone(t, printed(t, *newHasher(t)), testPepper[:])
}
