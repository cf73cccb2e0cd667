package gateway

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/gateway/option"
	"securetext/store"
	"securetext/store/passcode"
	"securetext/store/seal"
	"securetext/store/token"
)

func passcodeOf(t *testing.T, s string) passcode.Passcode {
	t.Helper()
	p, err := passcode.Parse(s)
	must(t, err)
	return p
}

// hint opens what a message tells its patient of the passcode.
func (c *clinic) hint(t *testing.T, m store.Message) string {
	t.Helper()
	if m.Hint == nil {
		return ""
	}
	key, err := c.Keys.DataKey(t.Context(), m.Key, m.Place(seal.PartKey))
	must(t, err)
	p, err := key.Open(m.Hint, m.Place(seal.PartHint))
	must(t, err)
	return string(p)
}

// A stolen database does not let a passcode be tried out, and says nothing of what
// was agreed.
func TestS09OnlyAKeyedHashOfAPasscodeIsStored(t *testing.T) {
	c := newClinic(t)
	c.setPolicy(t, store.Policy{Hint: "your pet’s name"})
	plain := c.accepted(t, option.Options{})
	if plain.Passcode != (store.PasscodeHash{}) || plain.Hint != nil {
		t.Error("a message without a passcode asks for one")
	}
	p := passcodeOf(t, "Blue-Bird")
	first, second := c.accepted(t, option.Options{Passcode: p}), c.accepted(t, option.Options{Passcode: p, Hint: "your street"})
	if first.Passcode != store.PasscodeOf(c.Index, c.org.ID, first.ID, passcodeOf(t, "bluebird")) {
		t.Error("the passcode is another than the one asked for")
	}
	other := c.accepted(t, option.Options{Passcode: passcodeOf(t, "red bird")})
	stranger := store.PasscodeOf(seal.NewIndex(seal.NewKey()), c.org.ID, first.ID, p)
	if first.Passcode == second.Passcode || first.Passcode == other.Passcode || first.Passcode == stranger {
		t.Error("the hash is not of this message, this passcode and our key")
	}
	if got := c.hint(t, first); got != "your pet’s name" {
		t.Errorf("the hint is %q, want the clinic's", got)
	}
	if got := c.hint(t, second); got != "your street" {
		t.Errorf("the hint is %q, want the sender's", got)
	}
}

func TestS09APasscodeInHeaderAddressAndPost(t *testing.T) {
	c := newClinic(t)
	kept := &keeping{Writer: c.db}
	c.Intake.Store = kept
	addr, _ := c.serveSMTP(t, nil)
	want := func(of, passcode, hint string) {
		t.Helper()
		m := kept.last.Messages[0]
		if m.Passcode != store.PasscodeOf(c.Index, c.org.ID, m.ID, passcodeOf(t, passcode)) || c.hint(t, m) != hint {
			t.Errorf("%s: another passcode, or the hint is %q", of, c.hint(t, m))
		}
	}
	d := c.dialIn(t, addr)
	header := "X-SecureText-Passcode: 47-11\r\nX-SecureText-Passcode-Hint: =?utf-8?q?los_=C3=BAltimos_cuatro?=\r\n"
	d.mail(c.sender.Email, patient, header+simpleMail)
	want("header", "4711", "los últimos cuatro")
	if got, _ := d.tell(c.sender.Email, "2114367789+passcode=0815@secure.text", header+simpleMail); !strings.HasPrefix(got, "250") {
		t.Errorf("got %q", got)
	}
	want("address over header", "0815", "los últimos cuatro")
	c.post(t, c.api(), `{"to":"2114367789","subject":"s","text":"t","passcode":"４７１１","passcode_hint":"your chart"}`)
	want("post", "4711", "your chart")
	for _, bad := range []struct{ header, want string }{
		{"X-SecureText-Passcode: 4.7.1.1", "550 5.1.3 Refused option X-SecureText-Passcode: must have 4 to 32 letters and digits"},
		{"X-SecureText-Passcode-Hint: your pet", "550 5.1.3 Refused option X-SecureText-Passcode-Hint: needs a passcode beside it"},
		{"X-SecureText-Passcode: 4711\r\nX-SecureText-Passcode-Hint: 47 11", "550 5.1.3 Refused option X-SecureText-Passcode-Hint: must not hold"},
	} {
		if got := d.mail(c.sender.Email, patient, bad.header+"\r\n"+simpleMail); !strings.HasPrefix(got, bad.want) {
			t.Errorf("%s: got %q", bad.header, got)
		}
	}
	if s := c.log.String(); strings.Contains(s, "4711") || strings.Contains(s, "0815") || strings.Contains(s, "chart") {
		t.Error("the log holds a passcode or a hint")
	}
}

// An org may want a passcode for everybody who never gave one.
func TestS09AnOrgMayWantAPasscode(t *testing.T) {
	c := newClinic(t)
	c.setPolicy(t, store.Policy{Passcode: true})
	h := c.api()
	const to = `{"to":["2114367789","2114367780"],"subject":"s","text":"t"`
	p := refused(t, do(h, c.request("POST", "/v1/messages", to+`}`)), 422)
	if p.Type != typePrefix+"no-passcode" || len(p.Errors) != 2 {
		t.Errorf("got %+v", p)
	}
	both := c.post(t, h, to+`,"passcode":"4711"}`)
	c.vouch(t, both.Messages[0].ID)
	p = refused(t, do(h, c.request("POST", "/v1/messages", to+`}`)), 422)
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/to/1" {
		t.Errorf("one recipient gave a passcode: got %+v", p.Errors)
	}
	want := `{"results":[{"index":0,"verdict":"ok"},{"index":1,"verdict":"no-passcode",`
	if got := do(h, c.request("POST", "/v1/messages?dry_run=true", to+`}`)).Body.String(); !strings.HasPrefix(got, want) {
		t.Errorf("dry run: got %s", got)
	}
	for i, want := range []StatusPasscode{PasscodeGiven, PasscodeAsked} {
		w := do(h, c.request("GET", "/v1/messages/"+string(both.Messages[i].ID), ""))
		var s MessageStatus
		must(t, json.Unmarshal(w.Body.Bytes(), &s))
		if s.Passcode != want || strings.Contains(w.Body.String(), "4711") {
			t.Errorf("status: the passcode is %q, want %q", s.Passcode, want)
		}
	}
}

// vouch gives the passcode of a message, and sets a password.
func (c *clinic) vouch(t *testing.T, id store.MessageID) {
	t.Helper()
	now := time.Now().Add(time.Second)
	device := store.HashDevice([]byte("phone"))
	due, err := c.db.Due(t.Context(), 100, time.Minute, now)
	must(t, err)
	i := slices.IndexFunc(due, func(d store.Due) bool { return d.Message == id })
	link := token.New().Hash()
	must(t, c.db.AddLinks(t.Context(), []store.Attempt{{Claim: due[i].Claim, Text: store.NewTextID(now), Link: link}}, now))
	must(t, c.db.TryPasscode(t.Context(), store.PasscodeTry{
		Link: link, Device: device, Given: []store.PasscodeHash{store.PasscodeOf(c.Index, c.org.ID, id, passcodeOf(t, "4711"))},
	}, now))
	_, err = c.db.Enrol(t.Context(), store.Enrolment{Link: link, Password: "x", Grace: time.Hour, Device: device}, now)
	must(t, err)
}
