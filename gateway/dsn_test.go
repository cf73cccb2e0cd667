package gateway

import (
	"context"
	"strings"
	"sync"
	"testing"

	"securetext/store"
	"securetext/store/seal"
)

// keeping keeps what is accepted, and passes it on.
type keeping struct {
	store.Writer
	mu   sync.Mutex
	last store.Acceptance
}

// Accept implements [store.Writer].
func (k *keeping) Accept(ctx context.Context, a store.Acceptance) (store.Stored, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = a
	return k.Writer.Accept(ctx, a)
}

func TestDSN(t *testing.T) {
	c := newClinic(t)
	c.setPolicy(t, store.Policy{Confirm: store.ConfirmFailure})
	kept := &keeping{Writer: c.Intake.Store}
	c.Intake.Store = kept
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	d.say("MAIL FROM:<"+own+"> RET=HDRS ENVID=QQ314159+2B", "250")
	for number, notify := range map[string]string{
		"2114367780": "NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;2114367780@secure.text",
		"2114367781": "NOTIFY=NEVER",
		"2114367782": "NOTIFY=SUCCESS,DELAY",
		"2114367783": "",
	} {
		d.say("RCPT TO:<"+number+"@secure.text> "+notify, "250")
	}
	d.say("DATA", "354")
	d.send(simpleMail + "\r\n.\r\n")
	d.expect("250")
	want := map[store.Notify]int{store.NotifyDelivered | store.NotifyFailed: 1, 0: 1, store.NotifyDelivered: 1, store.NotifyFailed: 1}
	for _, m := range kept.last.Messages {
		want[m.Notify&^store.NotifyAsked]-- // which is no report of a delivery
		if m.EnvID != "QQ314159+" {
			t.Errorf("ENVID %q", m.EnvID)
		}
	}
	for n, left := range want {
		if left != 0 || len(kept.last.Messages) != 4 {
			t.Errorf("%d messages too few with %v", left, n)
		}
	}
	d.say("MAIL FROM:<"+own+"> ENVID="+strings.Repeat("x", 101), "501 5.5.4")
	d.say("MAIL FROM:<"+own+"> ENVID="+strings.Repeat("x", 100), "250")
	d.say("RCPT TO:<"+patient+"> NOTIFY=NEVER,SUCCESS", "501")
}

func TestNothingIsMailedBackToAProgram(t *testing.T) {
	c := newClinic(t)
	c.setPolicy(t, store.Policy{Confirm: store.ConfirmAlways})
	kept := &keeping{Writer: c.Intake.Store}
	c.Intake.Store = kept
	addr, _ := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	if got := d.mail(own, patient, "Auto-Submitted: auto-generated\r\n"+simpleMail); !strings.HasPrefix(got, "250") {
		t.Fatalf("got %q", got)
	}
	if n := kept.last.Messages[0].Notify; n != 0 {
		t.Errorf("a program is told of %v", n)
	}
	d.mail(own, patient, simpleMail)
	if n := kept.last.Messages[0].Notify; n == 0 {
		t.Error("a person is told of nothing")
	}
}

func TestS29TheSameMailTwiceIsOneMessage(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	withID := "Message-ID: <a@lakeside.example>\r\n" + simpleMail
	first := c.dialIn(t, addr).mail(own, patient, withID)
	for name, v := range map[string]struct {
		to, data string
		same     bool
	}{
		"again":                   {patient, withID, true},
		"through a relay":         {patient, "Received: by x\r\n" + withID, true},
		"another way to write it": {"+12114367789@clinic.example", withID, true},
		"another recipient":       {"2114367780@secure.text", withID, false},
		"another body":            {patient, withID + " more", false},
		"another id":              {patient, strings.Replace(withID, "<a@", "<b@", 1), false},
		"no id":                   {patient, simpleMail, false},
	} {
		got := c.dialIn(t, addr).mail(own, v.to, v.data)
		if !strings.HasPrefix(got, "250") || (got == first) != v.same {
			t.Errorf("%s: got %q after %q", name, got, first)
		}
	}
	if n := len(c.read(t)); n != 5 {
		t.Errorf("%d messages and texts, want 5", n)
	}
}

func TestS29WithoutAMessageIDNothingIsTakenForARepeat(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	for range 2 {
		c.dialIn(t, addr).mail(own, patient, simpleMail)
	}
	if n := len(c.read(t)); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}

// A mail whose answer was lost before the phone key was rotated is known after it, and
// its patient found; so it is where another process uses the next key already.
func TestS29AMailIsKnownWhileThePhoneKeyIsRotated(t *testing.T) {
	a, b := seal.NewKey(), seal.NewKey()
	c := newClinic(t)
	sendBy := func(index seal.Index) string {
		c.Index = index
		addr, stop := c.serveSMTP(t, nil)
		defer stop()
		return c.dialIn(t, addr).mail(own, patient, "Message-ID: <a@lakeside.example>\r\n"+simpleMail)
	}
	first := sendBy(seal.NewIndex(a))
	for _, index := range []seal.Index{seal.NewIndex(a).Awaiting(b), seal.NewIndex(b, a), seal.NewIndex(b, a)} {
		if again := sendBy(index); again != first {
			t.Errorf("got %q after %q", again, first)
		}
	}
	if n := len(c.read(t)); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}
