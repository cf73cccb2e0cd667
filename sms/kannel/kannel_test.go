package kannel_test

import (
	"errors"
	"strings"
	"testing"

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
