package webhook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"securetext/sms/webhook"
)

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*webhook.Config){
		"no URL":            func(c *webhook.Config) { c.URL = "" },
		"http":              func(c *webhook.Config) { c.URL = "http://gateway.example" },
		"http, private":     func(c *webhook.Config) { c.URL, c.Private = "http://10.0.0.1", true },
		"no host":           func(c *webhook.Config) { c.URL = "https://" },
		"a user":            func(c *webhook.Config) { c.URL = "https://u:" + secret + "@gateway.example" },
		"a fragment":        func(c *webhook.Config) { c.URL = "https://gateway.example/#texts" },
		"another scheme":    func(c *webhook.Config) { c.URL = "ftp://gateway.example" },
		"a control sign":    func(c *webhook.Config) { c.URL = "https://gateway.example/\x00" + secret },
		"a private address": func(c *webhook.Config) { c.URL = "https://192.168.0.7" },
		"a link's address":  func(c *webhook.Config) { c.URL = "https://169.254.169.254" },
		"one in disguise":   func(c *webhook.Config) { c.URL = "https://[::ffff:10.0.0.1]" },
		"a short secret":    func(c *webhook.Config) { c.Secret = secret[:31] },
		"callback":          func(c *webhook.Config) { c.CallbackURL = "/sms/webhook/status" },
		"callback by http":  func(c *webhook.Config) { c.CallbackURL = "http://clinic.example/sms/webhook/status" },
		"timeout":           func(c *webhook.Config) { c.Timeout = -time.Second },
	} {
		c := webhook.Config{URL: "https://gateway.example", Secret: secret}
		change(&c)
		if _, err := webhook.New(c); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}

func TestNewTakes(t *testing.T) {
	for _, c := range []webhook.Config{
		{URL: "https://gateway.example/texts?tenant=3", Secret: secret[:webhook.MinSecret]},
		{URL: "https://192.168.0.7:8443", Secret: secret, Private: true},
		{URL: "http://127.0.0.1:8088", Secret: secret},
		{URL: "http://[::1]:8088", Secret: secret},
		{URL: "http://localhost:8088", Secret: secret, CallbackURL: "http://127.0.0.1:8080/sms/webhook/status"},
	} {
		if w, err := webhook.New(c); err != nil || w.Name() != "webhook" {
			t.Errorf("got error %v", err)
		}
	}
}

func TestS24ConfigAndWebhookNeverPrint(t *testing.T) {
	c := webhook.Config{URL: "https://gateway.example", Secret: secret}
	w, err := webhook.New(c)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, v := range []any{c, &c, w, *w, []any{w}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&out, verb, v)
		}
		slog.New(slog.NewJSONHandler(&out, nil)).Info("webhook", "v", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("webhook", "v", v)
	}
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	for _, shown := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprint([]byte(secret[:8]))[:20]} {
		if strings.Contains(out.String(), shown) {
			t.Errorf("printed %q", shown)
		}
	}
}
