package configs

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
)

// Keys for tests only.
const (
	key1 = "0RXt5UgEMj7Vt2dYPsi9vHxl0iiYXkwMDbJ8NWSUKIw="
	key2 = "Oz5TEtdCbtHvV8oGh1cXJvQWvYpKFzDMYDLAvqfLSsk="
	key3 = "/TyaqR7mKEW3mVuKoz9PGQ3pXHHsWkdZDOBdCj7FZBU="
	key4 = "b8bjlf4o2iQ1ZMpR1VaQkQ1i3WcFtSPgrnNs2JvNF4w="
)

// files stands for the disk: text by path.
type files map[string]string

func (f files) read(path string) ([]byte, error) {
	text, ok := f[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return []byte(text), nil
}

// text loads the settings of one file called conf.
func text(t *testing.T, conf string) *Config {
	t.Helper()
	c, err := load("conf", nil, files{"conf": conf}.read)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWithoutSettingsItRunsEmbedded(t *testing.T) {
	c, err := Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Mode != Embedded || c.DatabaseURL != "" || c.RedisURL != "" || c.Texts != "console" {
		t.Errorf("got %+v, want only embedded parts", c)
	}
	if c.MessageLife != 14*24*time.Hour || c.SMTPHostname != "localhost" || !c.Has(Courier) {
		t.Errorf("life %v, hostname %q, roles %v", c.MessageLife, c.SMTPHostname, c.Roles)
	}
}

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	disk := files{"conf": "MESSAGE_LIFE=2d\nLOG_LEVEL=warn\nREDIS_URL=redis://file:6379", "secret": "redis://env:6379\n"}
	c, err := load("conf", []string{
		"PATH=/bin", "SECURETEXT_MESSAGE_LIFE=3d", "SECURETEXT_MESSAGE_LIFE=4d", "SECURETEXT_REDIS_URL_FILE=secret",
	}, disk.read)
	if err != nil {
		t.Fatal(err)
	}
	if c.MessageLife != 4*24*time.Hour || c.LogLevel.String() != "WARN" || string(c.RedisURL) != "redis://env:6379" {
		t.Errorf("life %v, level %v, redis %q", c.MessageLife, c.LogLevel, string(c.RedisURL))
	}
}

func TestAVariableNamesTheFile(t *testing.T) {
	c, err := load("", []string{"SECURETEXT_CONFIG=conf"}, files{"conf": "SMTP_ADDR=127.0.0.1:0"}.read)
	if err != nil {
		t.Fatal(err)
	}
	if c.SMTPAddr != "127.0.0.1:0" {
		t.Errorf("SMTPAddr is %q", c.SMTPAddr)
	}
}

func TestListsAndNetworksAreRead(t *testing.T) {
	c := text(t, "SMTP_DOMAINS = Secure.Text, msg.example.org\r\nTRUSTED_PROXIES=10.0.0.0/8,::1/128\nROLES=smtp\n")
	if got := strings.Join(c.SMTPDomains, " "); got != "secure.text msg.example.org" {
		t.Errorf("domains %q", got)
	}
	if len(c.TrustedProxies) != 2 || c.Has(Pickup) || !c.Has(SMTP) {
		t.Errorf("proxies %v, roles %v", c.TrustedProxies, c.Roles)
	}
}

func TestAPublicURLLosesItsLastSlash(t *testing.T) {
	if c := text(t, "PUBLIC_URL=https://Secure.Example:8443/"); c.PublicURL != "https://secure.example:8443" {
		t.Errorf("PublicURL is %q", c.PublicURL)
	}
}

func TestAMissingFileIsAProblem(t *testing.T) {
	_, err := Load(t.TempDir()+"/none", nil)
	var bad Problems
	if !errors.As(err, &bad) || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
}

func TestAHugeFileIsRefused(t *testing.T) {
	path := t.TempDir() + "/huge"
	if err := os.WriteFile(path, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, nil); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
}
