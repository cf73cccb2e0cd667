package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
	"securetext/store/passcode"
	"securetext/store/seal"
	"securetext/store/token"
)

var passcodeChecks = []check{
	{"S09: a passcode comes before the first password, in the browser that sets it", passcodeBeforeEnrol},
	{"S09: what a right passcode gives to a browser ends after a while", passcodeEnds},
	{"S09: who enrolled without a passcode reads no message that has one, in whatever way", passcodeViewing},
	{"S09: a passcode vouches at once for a viewer who is signed in, and from then on", passcodeSignedIn},
	{"S09: a passcode vouches for nobody who is signed in elsewhere", passcodeElsewhere},
	{"S09: a passcode comes before a password is tried, and with it vouches", passcodeBeforeUnlock},
	{"S09: a passcode comes before a passkey, and with it vouches", passcodeBeforePasskey},
	{"S14: a session that was revoked is not vouched for", passcodeRevoked},
	{"S11: a reset asks for a passcode again, and takes none in its place", passcodeReset},
	{"a passcode is no other message's, and nobody else's", passcodeOwn},
}

const hint = "the last four digits of your chart number"

// agreed is the n-th passcode of the cases.
func (c *Clinic) agreed(m store.Message, n int) store.PasscodeHash {
	p, _ := passcode.Parse(fmt.Sprint(4710 + n))
	return store.PasscodeOf(c.index, c.Org.ID, m.ID, p)
}

// asking is a message that asks for passcode 1.
func (c *Clinic) asking(tb testing.TB, number string) (store.Message, token.Hash) {
	tb.Helper()
	m := c.Write(tb, number, seal.Plaintext("Your result is ready."), files(9)...)
	m.Passcode, m.Ack = c.agreed(m, 1), store.AckYes
	key, err := c.Keys.DataKey(tb.Context(), m.Key, m.Place(seal.PartKey))
	must(tb, "DataKey", err)
	m.Hint = key.Seal(seal.Plaintext(hint), m.Place(seal.PartHint))
	c.mustAccept(tb, c.Acceptance(m))
	return m, c.linked(tb, m)
}

// try gives passcode n on a device.
func (c *Clinic) try(tb testing.TB, m store.Message, hash token.Hash, d store.DeviceHash, n int, now time.Time) error {
	tb.Helper()
	return c.TryPasscode(tb.Context(), store.PasscodeTry{Link: hash, Device: d, Given: []store.PasscodeHash{c.agreed(m, n)}, By: visitor}, now)
}

// give gives the right passcode on a device.
func (c *Clinic) give(tb testing.TB, m store.Message, hash token.Hash, d store.DeviceHash, now time.Time) {
	tb.Helper()
	must(tb, "TryPasscode", c.try(tb, m, hash, d, 1, now))
}

// vouchedFor is a message whose recipient gave its passcode and set a password.
func (c *Clinic) vouchedFor(tb testing.TB, number string) store.Message {
	tb.Helper()
	m, hash := c.asking(tb, number)
	c.give(tb, m, hash, browser(1), Noon)
	c.enrolOn(tb, hash, browser(1))
	return m
}

func (c *Clinic) wantPasscode(tb testing.TB, hash token.Hash, d store.DeviceHash, now time.Time, want store.PasscodeState) {
	tb.Helper()
	if got := c.linkOn(tb, hash, d, now).Passcode; got != want {
		tb.Errorf("Link: the passcode's state is %d, want %d", got, want)
	}
}

func passcodeBeforeEnrol(t *testing.T, c *Clinic) {
	m, hash := c.asking(t, Number(1))
	l := c.linkOn(t, hash, browser(1), Noon)
	if l.Passcode != store.PasscodeOwed {
		t.Fatalf("Link: the passcode's state is %d, want it owed", l.Passcode)
	}
	key, err := c.Keys.DataKey(t.Context(), l.Key, l.HintPlace())
	must(t, "DataKey", err)
	if got, err := key.Open(l.Hint, l.HintPlace()); err != nil || string(got) != hint {
		t.Errorf("the hint does not open: %v", err)
	}
	_, err = c.Enrol(t.Context(), enrolmentOn(hash, browser(1)), Noon)
	wantError(t, "Enrol", err, store.ErrUnvouched)
	wantError(t, "TryPasscode with a wrong one", c.try(t, m, hash, browser(1), 2, Noon), store.ErrNotFound)
	c.give(t, m, hash, browser(1), Noon)
	c.wantPasscode(t, hash, browser(1), Noon, store.PasscodeNone)
	wantError(t, "TryPasscode again", c.try(t, m, hash, browser(1), 1, Noon), store.ErrConflict)
	c.prove(t, hash, browser(2), Noon)
	for _, d := range []store.DeviceHash{browser(2), browser(3), {}} { // a code does not tell who the person is
		c.wantPasscode(t, hash, d, Noon, store.PasscodeOwed)
		_, err = c.Enrol(t.Context(), enrolmentOn(hash, d), Noon)
		wantError(t, "Enrol on another device", err, store.ErrUnvouched)
	}
	v := c.enrolOn(t, hash, browser(1))
	for _, d := range []store.DeviceHash{browser(1), browser(2), {}} {
		c.wantPasscode(t, hash, d, Noon.Add(life-time.Hour), store.PasscodeNone)
	}
	c.wantViewing(t, m, hash, v, Noon, nil)
	if e := c.last(t, store.Vouched); e.Message != m.ID || e.Recipient != m.To.ID || e.By != visitor {
		t.Errorf("event: got %+v, want the visitor at the message", e)
	}
	if e := c.last(t, store.PasscodeFailed); e.Message != m.ID || e.Recipient != m.To.ID || e.By != visitor {
		t.Errorf("event: got %+v, want the visitor at the message", e)
	}
}

func passcodeEnds(t *testing.T, c *Clinic) {
	m, hash := c.asking(t, Number(1))
	c.give(t, m, hash, browser(1), Noon)
	c.give(t, m, hash, store.DeviceHash{}, Noon) // which is remembered nowhere
	c.wantPasscode(t, hash, store.DeviceHash{}, Noon, store.PasscodeOwed)
	end := Noon.Add(store.ProofLife)
	c.wantPasscode(t, hash, browser(1), end.Add(-time.Millisecond), store.PasscodeNone)
	c.wantPasscode(t, hash, browser(1), end, store.PasscodeOwed)
	_, err := c.Enrol(t.Context(), enrolmentOn(hash, browser(1)), end)
	wantError(t, "Enrol when it is over", err, store.ErrUnvouched)
	c.give(t, m, hash, browser(1), end)
	_, err = c.Enrol(t.Context(), enrolmentOn(hash, browser(1)), end)
	must(t, "Enrol", err)
}

// wantUnvouched checks that a message is shown in no way.
func (c *Clinic) wantUnvouched(tb testing.TB, m store.Message, hash token.Hash, v store.Viewer, now time.Time) {
	tb.Helper()
	c.wantViewing(tb, m, hash, v, now, store.ErrUnvouched)
	wantError(tb, "Acknowledge", c.Acknowledge(tb.Context(), m.ID, store.AnswerRead, v, now), store.ErrUnvouched)
	wantError(tb, "Reply", c.Reply(tb.Context(), c.reply(tb, thread{m, hash, v}, "hello?"), v, now), store.ErrUnvouched)
	for _, id := range c.inbox(tb, v, now) {
		if id == m.ID {
			tb.Error("Inbox: the message is listed")
		}
	}
}

func passcodeViewing(t *testing.T, c *Clinic) {
	first, firstHash, v := c.signedIn(t, Number(1), browser(1))
	m, hash := c.asking(t, Number(1))
	c.wantUnvouched(t, m, hash, v, Noon)
	c.wantViewing(t, first, firstHash, v, Noon, nil)
	if d := cmp.Diff([]store.MessageID{first.ID}, c.inbox(t, v, Noon)); d != "" {
		t.Errorf("Inbox: (-want +got)\n%s", d)
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Sent)
	c.wantPasscode(t, hash, browser(1), Noon, store.PasscodeOwed) // a known device is no other
	c.wantPasscode(t, firstHash, browser(1), Noon, store.PasscodeNone)
}

func passcodeSignedIn(t *testing.T, c *Clinic) {
	_, _, v := c.signedIn(t, Number(1), browser(1))
	m, hash := c.asking(t, Number(1))
	try := store.PasscodeTry{Link: hash, Device: browser(1), Given: []store.PasscodeHash{c.agreed(m, 1)}, Viewer: v, By: v.Actor()}
	must(t, "TryPasscode", c.TryPasscode(t.Context(), try, Noon))
	c.wantViewing(t, m, hash, v, Noon.Add(store.ProofLife), nil)
	if e := c.last(t, store.Vouched); e.By != v.Actor() {
		t.Errorf("event: got %+v, want it by the recipient", e)
	}
	later := c.Write(t, Number(1), nil)
	later.Passcode = c.agreed(later, 2)
	c.mustAccept(t, c.Acceptance(later))
	laterHash := c.linked(t, later)
	c.wantPasscode(t, laterHash, browser(7), Noon, store.PasscodeNone)
	c.wantViewing(t, later, laterHash, v, Noon, nil)
}

// Somebody set the first password by a link that was passed on. Then the patient
// gives a passcode, but does not sign in.
func passcodeElsewhere(t *testing.T, c *Clinic) {
	_, firstHash, stranger := c.signedIn(t, Number(1), browser(1))
	m, hash := c.asking(t, Number(1))
	c.give(t, m, hash, browser(2), Noon)
	c.wantUnvouched(t, m, hash, stranger, Noon)
	c.unlockOn(t, firstHash, browser(1), Noon)
	c.wantUnvouched(t, m, hash, stranger, Noon)
	c.wantPasscode(t, hash, browser(1), Noon, store.PasscodeOwed)
}

func passcodeBeforeUnlock(t *testing.T, c *Clinic) {
	_, _, v := c.signedIn(t, Number(1), browser(1))
	m, hash := c.asking(t, Number(1))
	wantError(t, "TryUnlock", c.TryUnlock(t.Context(), hash, browser(1), Noon), store.ErrUnvouched)
	c.give(t, m, hash, browser(1), Noon)
	must(t, "TryUnlock", c.TryUnlock(t.Context(), hash, browser(1), Noon))
	c.wantUnvouched(t, m, hash, v, Noon)
	c.unlockOn(t, hash, browser(1), Noon.Add(store.ProofLife)) // too late
	c.wantUnvouched(t, m, hash, v, Noon)
	c.unlockOn(t, hash, browser(1), Noon)
	c.wantViewing(t, m, hash, v, Noon, nil)
}

func passcodeBeforePasskey(t *testing.T, c *Clinic) {
	p, _, v := c.withPasskey(t, Number(1), browser(1))
	m, hash := c.asking(t, Number(1))
	_, err := c.UnlockedByPasskey(t.Context(), passkeyUnlock(p, hash, browser(1), 0), Noon)
	wantError(t, "UnlockedByPasskey", err, store.ErrUnvouched)
	c.wantUnvouched(t, m, hash, v, Noon)
	c.give(t, m, hash, browser(1), Noon)
	_, err = c.UnlockedByPasskey(t.Context(), passkeyUnlock(p, hash, browser(1), 0), Noon)
	must(t, "UnlockedByPasskey", err)
	c.wantViewing(t, m, hash, v, Noon, nil)
}

func passcodeRevoked(t *testing.T, c *Clinic) {
	_, firstHash, v := c.signedIn(t, Number(1), browser(1))
	m, hash := c.asking(t, Number(1))
	must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, m.To.ID, Ana, Noon))
	try := store.PasscodeTry{Link: hash, Device: browser(1), Given: []store.PasscodeHash{c.agreed(m, 1)}, Viewer: v, By: v.Actor()}
	must(t, "TryPasscode", c.TryPasscode(t.Context(), try, Noon))
	u := unlock(firstHash)
	u.Device = browser(2)
	now, err := c.Unlocked(t.Context(), u, Noon)
	must(t, "Unlocked elsewhere", err)
	c.wantUnvouched(t, m, hash, now, Noon)
}

func passcodeReset(t *testing.T, c *Clinic) {
	first, firstHash, _ := c.signedIn(t, Number(1), browser(1))
	m, hash := c.asking(t, Number(1))
	c.prove(t, hash, browser(2), Noon)
	_, err := c.ResetPassword(t.Context(), reset(hash, browser(2)), Noon)
	wantError(t, "ResetPassword while a passcode is owed", err, store.ErrUnvouched)
	c.give(t, m, hash, browser(1), Noon)
	c.unlockOn(t, hash, browser(1), Noon)
	c.wantPasscode(t, hash, browser(3), Noon, store.PasscodeNone)

	now := Noon.Add(time.Hour)
	v := c.resetOn(t, firstHash, browser(1), now) // who may have the number by now
	c.release(t, m, now)
	c.release(t, first, now)
	c.wantUnvouched(t, m, hash, v, now)
	c.wantPasscode(t, hash, browser(1), now, store.PasscodeOwed)
	c.give(t, m, hash, browser(1), now)
	now = now.Add(time.Minute)
	v = c.resetOn(t, hash, browser(1), now) // who gave it just now
	c.release(t, m, now)
	c.wantViewing(t, m, hash, v, now, nil)

	now = now.Add(time.Minute)
	must(t, "ResetRecipient", c.ResetRecipient(t.Context(), c.Org.ID, m.To.ID, Ana, now))
	c.release(t, m, now)
	c.wantPasscode(t, hash, browser(1), now, store.PasscodeOwed)
}

func passcodeOwn(t *testing.T, c *Clinic) {
	m, hash := c.asking(t, Number(1))
	other, otherHash := c.asking(t, Number(2))
	wantError(t, "TryPasscode with another message's", c.try(t, other, hash, browser(1), 1, Noon), store.ErrNotFound)
	c.give(t, m, hash, browser(1), Noon)
	c.wantPasscode(t, otherHash, browser(1), Noon, store.PasscodeOwed)
	// A viewer who is somebody else, or of another org, is not vouched for.
	v := c.enrolOn(t, hash, browser(1))
	neighbour := v
	neighbour.Org = c.Neighbour(t).Org.ID
	c.give(t, other, otherHash, browser(4), Noon)
	owner := c.enrolOn(t, otherHash, browser(4))
	must(t, "ResetRecipient", c.ResetRecipient(t.Context(), c.Org.ID, other.To.ID, Ana, Noon))
	for n, viewer := range []store.Viewer{v, neighbour, owner} {
		try := store.PasscodeTry{Link: otherHash, Device: browser(4 + n), Given: []store.PasscodeHash{c.agreed(other, 1)}, Viewer: viewer, By: visitor}
		must(t, "TryPasscode", c.TryPasscode(t.Context(), try, Noon))
		c.wantPasscode(t, otherHash, browser(9), Noon, store.PasscodeOwed)
	}
	wantError(t, "TryPasscode by no such link", c.try(t, m, token.New().Hash(), browser(1), 1, Noon), store.ErrNotFound)
}
