package storetest

import (
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var passcodeKeptChecks = []check{
	{"an unread message with a passcode is still looked after", passcodeUnread},
	{"a wiped message has neither passcode nor hint", passcodeWiped},
	{"who gave a passcode is known", passcodeKnown},
}

func passcodeUnread(t *testing.T, c *Clinic) {
	_, _, v := c.signedIn(t, Number(1), browser(1))
	m := c.watched(t, Number(1))
	m.Notify, m.Passcode = store.NotifyRead, c.agreed(m, 1)
	c.mustAccept(t, c.Acceptance(m))
	hash := c.linked(t, m)
	wantError(t, "Read", c.Read(t.Context(), m.ID, v, Noon), store.ErrUnvouched)
	c.wantNotices(t)
	if w := c.oneWatch(t, Noon.Add(24*time.Hour)); w.Message != m.ID {
		t.Errorf("DueWatches: got %s, want the message that was not read", w.Message)
	}
	c.give(t, m, hash, browser(1), Noon)
	c.unlockOn(t, hash, browser(1), Noon)
	must(t, "Read", c.Read(t.Context(), m.ID, v, Noon))
	c.wantNotices(t, store.Read)
}

func passcodeWiped(t *testing.T, c *Clinic) {
	m, hash := c.asking(t, Number(1))
	late, lateHash := c.asking(t, Number(2))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	if _, err := c.Expire(t.Context(), 10, Noon.Add(life)); err != nil {
		t.Errorf("Expire: %v", err)
	}
	for id, h := range map[store.MessageID]token.Hash{m.ID: hash, late.ID: lateHash} {
		if l := c.link(t, h, Noon); l.Hint != nil || l.Key.Wrapped != nil || l.Passcode != store.PasscodeNone {
			t.Errorf("Link of %s: got a hint or a passcode, want none", id)
		}
		if c.info(t, id).Passcode {
			t.Errorf("Messages: %s asks for a passcode", id)
		}
	}
	wantError(t, "TryPasscode", c.try(t, m, hash, browser(1), 1, Noon), store.ErrGone)
	wantError(t, "TryPasscode after its life", c.try(t, late, lateHash, browser(1), 1, Noon.Add(life)), store.ErrGone)
}

func passcodeKnown(t *testing.T, c *Clinic) {
	m, hash := c.asking(t, Number(1))
	other, _, _ := c.enrolled(t, Number(2))
	want := func(vouched bool) {
		t.Helper()
		for _, w := range []struct {
			store.Recipient
			vouched bool
		}{{m.To, vouched}, {other.To, false}} {
			if got := c.known(t, w.Recipient); got.Vouched != w.vouched {
				t.Errorf("Known: got vouched %t, want %t", got.Vouched, w.vouched)
			}
		}
		if i := c.info(t, m.ID); !i.Passcode || i.Vouched != vouched {
			t.Errorf("Messages: got passcode %t, vouched %t", i.Passcode, i.Vouched)
		}
		if i := c.info(t, other.ID); i.Passcode || i.Vouched {
			t.Errorf("Messages: got passcode %t, vouched %t of one without", i.Passcode, i.Vouched)
		}
	}
	want(false)
	c.give(t, m, hash, browser(1), Noon)
	want(false)
	c.enrolOn(t, hash, browser(1))
	want(true)
}
