package configs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// However a config is shown, no secret shows (S24).
func TestS24SecretsPrintAsNothing(t *testing.T) {
	c := site(t)
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s"} {
		for _, v := range []any{c, *c, c.RootKey, c.DatabaseURL, []Key{c.Pepper}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	for _, h := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(h).Info("config", "config", c, "key", c.RootKey, "url", c.RedisURL)
	}
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []Secret{c.DatabaseURL, c.RedisURL, c.TwilioAuthToken, "q7dPassword"} {
		mustNotHold(t, out.String(), string(secret))
	}
	for _, key := range []Key{c.RootKey, c.PhoneKey, c.Pepper} {
		mustNotHold(t, out.String(), string(key))
		mustNotHold(t, out.String(), fmt.Sprintf("%x", []byte(key)[:4]))
		mustNotHold(t, out.String(), fmt.Sprint([]byte(key)[:4])[1:12])
	}
	mustNotHold(t, out.String(), key1[:8])
}

func mustNotHold(t *testing.T, out, secret string) {
	t.Helper()
	if strings.Contains(strings.ToLower(out), strings.ToLower(secret)) {
		t.Errorf("the output holds %q", secret)
	}
}

func TestPrintShowsValueAndOrigin(t *testing.T) {
	c, err := load("conf", []string{"SECURETEXT_TRUSTED_PROXIES=10.0.0.0/8", "SECURETEXT_PEPPER_FILE=/p"}, files{
		"conf": "# a comment\nMESSAGE_LIFE=36h\nROOT_KEY=" + key1 + "\nPHONE_KEY=" + key2 + "\n",
		"/p":   key3,
	}.read)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "print.txt", out.String())
}
