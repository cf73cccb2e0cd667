package configs

import (
	"os"
	"regexp"
	"testing"
)

// siteSecrets are the files that production.env names.
var siteSecrets = files{
	"/run/secrets/database_url":      "postgres://securetext:q7dPassword@db:5432/securetext?sslmode=verify-full",
	"/run/secrets/redis_url":         "rediss://securetext:q7dPassword@redis:6379/0",
	"/run/secrets/root_key":          key1 + "\n",
	"/run/secrets/phone_key":         key2 + "\n",
	"/run/secrets/pepper":            key3 + "\n",
	"/run/secrets/audit_key":         key4 + "\n",
	"/run/secrets/twilio_auth_token": "q7dSecretToken",
}

func example(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheEmbeddedExampleIsTheDefault(t *testing.T) {
	c := text(t, example(t, "embedded.env"))
	if c.Mode != Embedded || c.RootKey != nil || c.Texts != "console" {
		t.Errorf("got %+v, want only embedded parts", c)
	}
}

func TestTheProductionExampleStarts(t *testing.T) {
	c := site(t)
	if c.Mode != Production || c.SMTPHostname != "msg.clinic.example" || len(c.RootKey) != KeyLen {
		t.Errorf("got %+v", c)
	}
}

// site loads production.env with its secrets in place.
func site(t *testing.T) *Config {
	t.Helper()
	disk := files{"production.env": example(t, "production.env")}
	for path, text := range siteSecrets {
		disk[path] = text
	}
	c, err := load("production.env", nil, disk.read)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shown finds the settings of an example, those that are commented out too.
var shown = regexp.MustCompile(`(?m)^(#?)([A-Z][A-Z0-9_]+)=(.*)$`)

func TestTheProductionExampleShowsEverySetting(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range shown.FindAllStringSubmatch(example(t, "production.env"), -1) {
		base, ok := fields.base(m[2])
		if !ok {
			t.Errorf("%s is no setting", m[2])
		}
		seen[base] = true
	}
	for _, f := range fields {
		if !seen[f.key] {
			t.Errorf("%s is not shown", f.key)
		}
	}
}

func TestExamplesShowTheRealDefaults(t *testing.T) {
	for _, path := range []string{"embedded.env", "production.env"} {
		for _, m := range shown.FindAllStringSubmatch(example(t, path), -1) {
			for _, f := range fields {
				if m[1] == "#" && m[2] == f.key && m[3] != f.def {
					t.Errorf("%s: %s is shown with default %q, it is %q", path, f.key, m[3], f.def)
				}
			}
		}
	}
}
