package kannel_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/kannel"
	"securetext/sms/phone"
	"securetext/store/token"
)

var (
	_ sms.Sender   = (*kannel.Kannel)(nil)
	_ sms.Listener = (*kannel.Kannel)(nil)
)

const (
	user     = "clinic"
	password = "sesame+%&/?"
	secret   = "0123456789abcdef0123456789abcdef"
	callback = "https://clinic.example/sms/kannel/status"
	clinic   = "+15550000001"
	patient  = "+15551230001"
)

func newKannel(t testing.TB, url string, change ...func(*kannel.Config)) *kannel.Kannel {
	t.Helper()
	c := kannel.Config{URL: url, User: user, Password: password, From: clinic, CallbackURL: callback, Secret: secret}
	for _, f := range change {
		f(&c)
	}
	k, err := kannel.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// checkError looks for one sentinel and no other, and for what must not show.
func checkError(t *testing.T, err, want error, code string) {
	t.Helper()
	if err == nil || sms.Code(err) != code {
		t.Fatalf("got error %v, want code %s", err, code)
	}
	sentinels := []error{sms.ErrPermanent, sms.ErrOptedOut, sms.ErrLandline, sms.ErrDead, sms.ErrHalt, sms.ErrBusy, sms.ErrUnsure, sms.ErrAway}
	for _, sentinel := range sentinels {
		expected := want != nil && (want == sentinel || errors.Is(want, sentinel))
		if errors.Is(err, sentinel) != expected {
			t.Errorf("got error %v: is %q: %v", err, sentinel, !expected)
		}
	}
	for _, hidden := range []string{"5551230001", "secure message", password, secret, "/m/", "http://"} {
		if strings.Contains(err.Error(), hidden) {
			t.Errorf("error %q shows %q", err, hidden)
		}
	}
}

func newText(t testing.TB, id string) sms.Text {
	return newTextTo(t, id, patient, sms.Voice{Lang: "en"})
}

func newTextTo(t testing.TB, id, to string, v sms.Voice) sms.Text {
	t.Helper()
	number, err := phone.Parse(to, "")
	if err != nil {
		t.Fatal(err)
	}
	if v.Org, err = sms.ParseOrgName("Clínica Ünal"); err != nil {
		t.Fatal(err)
	}
	base, err := sms.ParsePublicURL("https://clinic.example")
	if err != nil {
		t.Fatal(err)
	}
	return sms.LinkText(id, number, v, sms.NewMessage, base.Link(token.New()))
}

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*kannel.Config){
		"url":                  func(c *kannel.Config) { c.URL = "127.0.0.1:13013" },
		"url with a password":  func(c *kannel.Config) { c.URL = "http://a:b@127.0.0.1/" },
		"user":                 func(c *kannel.Config) { c.User = "" },
		"password":             func(c *kannel.Config) { c.Password = "" },
		"password with blanks": func(c *kannel.Config) { c.Password = "open sesame" },
		"password in Greek":    func(c *kannel.Config) { c.Password = "σουσάμι" },
		"password of lines":    func(c *kannel.Config) { c.Password = "a\r\nX-Kannel-To: 1" },
		"no from":              func(c *kannel.Config) { c.From = "" },
		"long from":            func(c *kannel.Config) { c.From = "TwelveLetter" },
		"from with signs":      func(c *kannel.Config) { c.From = "Dr. Who" },
		"no callback":          func(c *kannel.Config) { c.CallbackURL = "" },
		"callback":             func(c *kannel.Config) { c.CallbackURL = "/sms/kannel/status" },
		"callback to a place":  func(c *kannel.Config) { c.CallbackURL += "#top" },
		"no secret":            func(c *kannel.Config) { c.Secret = "" },
		"short secret":         func(c *kannel.Config) { c.Secret = "fifteen letters" },
		"long validity":        func(c *kannel.Config) { c.Validity = kannel.MaxValidity + time.Minute },
		"short validity":       func(c *kannel.Config) { c.Validity = 59 * time.Second },
		"timeout":              func(c *kannel.Config) { c.Timeout = -1 },
		"smsc":                 func(c *kannel.Config) { c.SMSC = "a b" },
	} {
		c := good()
		change(&c)
		_, err := kannel.New(c)
		if err == nil {
			t.Errorf("%s: taken", name)
			continue
		}
		for _, hidden := range []string{password, "sesame", "σουσάμι", secret, "fifteen"} {
			if strings.Contains(err.Error(), hidden) {
				t.Errorf("%s: error %q shows %q", name, err, hidden)
			}
		}
	}
}

func TestNewTakesEverySortOfSender(t *testing.T) {
	for _, from := range []string{"+15550000001", "15550000001", "12345", "BayClinic", "Clinic24"} {
		c := good()
		c.From = from
		if _, err := kannel.New(c); err != nil {
			t.Errorf("%s: %v", from, err)
		}
	}
}

func TestS24ConfigNeverPrints(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		c := good()
		if out := fmt.Sprintf(verb, c) + fmt.Sprintf(verb, &c); strings.Contains(out, password) || strings.Contains(out, secret) {
			t.Errorf("%s shows a secret: %s", verb, out)
		}
	}
}

func good() kannel.Config {
	return kannel.Config{URL: "http://127.0.0.1:1", User: user, Password: password, From: clinic, CallbackURL: callback, Secret: secret}
}
