package storetest

import (
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

var resetChecks = []check{
	{"S11: a forgotten password is replaced after a proof, and the patient is told", resetReplaces},
	{"S11: a reset takes a fresh proof, from a known device too", resetUnproved},
	{"S11: a reset ends all sessions and forgets all other devices", resetEnds},
	{"S11: what was sent before a reset is held, and what comes later is not", resetHolds},
	{"a reset by staff holds what was sent before, and forgets the devices", resetByStaff},
	{"there is nothing to reset without a password, or by what is gone", resetNothing},
	{"a reset starts all counts anew", resetCounts},
	{"S11: a reset forgets the word, which the number's next owner may not see", resetForgetsWord},
}

const newPHC = "$argon2id$v=19$m=19456,t=2,p=1$bmV3$aGFzaA"

// reset is a new password on its way in.
func reset(hash token.Hash, d store.DeviceHash) store.Enrolment {
	e := enrolmentOn(hash, d)
	e.Password, e.Grace = newPHC, 0
	return e
}

// resetOn has a device prove itself and choose a new password.
func (c *Clinic) resetOn(tb testing.TB, hash token.Hash, d store.DeviceHash, now time.Time) store.Viewer {
	tb.Helper()
	c.prove(tb, hash, d, now)
	v, err := c.ResetPassword(tb.Context(), reset(hash, d), now)
	must(tb, "ResetPassword", err)
	return v
}

// at stores a message with a file that is written at a later time, and texts it.
func (c *Clinic) at(tb testing.TB, number string, when time.Time) (store.Message, token.Hash) {
	tb.Helper()
	m := c.Write(tb, number, seal.Plaintext("Your result is ready."), files(9)...)
	m.Created = when
	a := c.Acceptance(m)
	a.At = when
	c.mustAccept(tb, a)
	for _, x := range c.send(tb, when) {
		if x.Message == m.ID && x.Kind == store.LinkText {
			return m, x.Link
		}
	}
	tb.Fatal("Due: no text of the message")
	return m, token.Hash{}
}

func resetReplaces(t *testing.T, c *Clinic) {
	m, hash, before := c.signedIn(t, Number(1), browser(1))
	now := Noon.Add(time.Hour)
	c.prove(t, hash, browser(1), now)
	v, err := c.ResetPassword(t.Context(), reset(hash, browser(1)), now)
	must(t, "ResetPassword", err)
	want := store.Viewer{Org: c.Org.ID, Recipient: m.To.ID, Epoch: v.Epoch, Addr: home}
	if v != want || v.Epoch <= before.Epoch {
		t.Errorf("ResetPassword: got %+v, want the recipient at home, the epoch above %d", v, before.Epoch)
	}
	if got := c.link(t, hash, now).Password; got != newPHC {
		t.Error("Link: the password was not replaced")
	}
	if e := c.last(t, store.Reset); e.Message != m.ID || e.Recipient != m.To.ID || e.By != v.Actor() {
		t.Errorf("event: got %+v, want the recipient's", e)
	}
	if d := c.oneDue(t, now); d.Kind != store.EnrolledText || d.Recipient != m.To.ID {
		t.Errorf("Due: got %s, want the notice that a password was set", d.Kind)
	}
	_, err = c.Unlocked(t.Context(), unlock(hash), now)
	wantError(t, "Unlocked by the old password", err, store.ErrConflict)
}

func resetUnproved(t *testing.T, c *Clinic) {
	_, hash, v := c.signedIn(t, Number(1), browser(1))
	_, other, _ := c.signedIn(t, Number(2), browser(2))
	c.prove(t, hash, browser(2), Noon)
	for name, x := range map[string]struct {
		e   store.Enrolment
		now time.Time
	}{
		"a known device":       {reset(hash, browser(1)), Noon},
		"a stranger":           {reset(hash, browser(3)), Noon},
		"no device":            {reset(hash, store.DeviceHash{}), Noon},
		"another's patient":    {reset(other, browser(2)), Noon},
		"a proof that is over": {reset(hash, browser(2)), Noon.Add(store.ProofLife)},
	} {
		_, err := c.ResetPassword(t.Context(), x.e, x.now)
		wantError(t, "ResetPassword of "+name, err, store.ErrUnproved)
	}
	l := c.linkOn(t, hash, browser(1), Noon)
	if l.Password != phc || !l.Device.Known {
		t.Error("Link: something was reset")
	}
	if _, err := c.Message(t.Context(), hash, v, Noon); err != nil {
		t.Errorf("Message: %v", err)
	}
	_, err := c.ResetPassword(t.Context(), reset(hash, browser(2)), Noon.Add(store.ProofLife-time.Second))
	must(t, "ResetPassword while the proof lasts", err)
}

func resetEnds(t *testing.T, c *Clinic) {
	_, hash, v := c.signedIn(t, Number(1), browser(1))
	_, other, _ := c.signedIn(t, Number(2), browser(1))
	c.unlockOn(t, hash, browser(2), Noon)
	code := c.askCode(t, hash, browser(3), Noon)
	now := Noon.Add(time.Minute)
	must(t, "AskCode that waits", c.AskCode(t.Context(), hash, browser(4), visitor, now))
	now = now.Add(time.Minute)
	waiting := c.due(t, now)
	own := c.resetOn(t, hash, browser(2), now)
	m, link := c.at(t, Number(1), now)
	c.wantViewing(t, m, link, v, now, store.ErrRevoked)
	c.wantViewing(t, m, link, own, now, nil)
	for n, want := range map[int]bool{1: false, 2: true, 3: false, 4: false} {
		if d := c.linkOn(t, hash, browser(n), now).Device; d.Known != want {
			t.Errorf("Link of device %d: got %+v, want known %t", n, d, want)
		}
	}
	if !c.linkOn(t, other, browser(1), now).Device.Known {
		t.Error("Link of another recipient: the device is forgotten")
	}
	c.wantNoCode(t, hash, browser(3), code, now)
	a := store.Attempt{Claim: waiting[0].Claim, Text: store.NewTextID(now), Road: road, Code: store.CodeHash{2}}
	wantError(t, "AddLinks of a code that was dropped", c.AddLinks(t.Context(), []store.Attempt{a}, now), store.ErrConflict)
	c.wantNoCode(t, hash, browser(4), a.Code, now)
}

func resetHolds(t *testing.T, c *Clinic) {
	m, hash, _ := c.signedIn(t, Number(1), browser(1))
	older, linkOfOlder := c.at(t, Number(1), Noon)
	others, linkOfOthers := c.at(t, Number(2), Noon)
	viewer := c.enrol(t, linkOfOthers)
	if c.link(t, linkOfOlder, Noon).Held {
		t.Error("Link: the message is held before any reset")
	}
	now := Noon.Add(time.Hour)
	v := c.resetOn(t, hash, browser(1), now)
	later, linkOfLater := c.at(t, Number(1), now)
	c.wantHeld(t, m, hash, v, now)
	c.wantHeld(t, older, linkOfOlder, v, now)
	if c.link(t, linkOfOlder, now).Disowned {
		t.Error("Link: got it disowned, want it held alone")
	}
	c.wantViewing(t, later, linkOfLater, v, now, nil)
	c.wantViewing(t, others, linkOfOthers, viewer, now, nil)
	must(t, "ReleaseMessage", c.ReleaseMessage(t.Context(), c.Org.ID, older.ID, Ana, now))
	c.wantReleased(t, older, linkOfOlder, v, now)
	c.wantHeld(t, m, hash, v, now)
	// Another reset holds it again, and the later one too.
	now = now.Add(time.Hour)
	v = c.resetOn(t, hash, browser(1), now)
	c.wantHeld(t, older, linkOfOlder, v, now)
	c.wantHeld(t, later, linkOfLater, v, now)
}

func resetByStaff(t *testing.T, c *Clinic) {
	m, hash, _ := c.signedIn(t, Number(1), browser(1))
	now := Noon.Add(time.Hour)
	code := c.askCode(t, hash, browser(2), now)
	must(t, "ResetRecipient", c.ResetRecipient(t.Context(), c.Org.ID, m.To.ID, Ana, now))
	if l := c.linkOn(t, hash, browser(1), now); l.Device.Known || !l.Held || l.Password != "" {
		t.Errorf("Link: got %+v, held %t, want nothing known and it held", l.Device, l.Held)
	}
	c.wantNoCode(t, hash, browser(2), code, now)
	v, err := c.Enrol(t.Context(), enrolmentOn(hash, browser(3)), now)
	must(t, "Enrol", err)
	c.wantHeld(t, m, hash, v, now)
	later, link := c.at(t, Number(1), now)
	c.wantViewing(t, later, link, v, now, nil)
	must(t, "ReleaseMessage", c.ReleaseMessage(t.Context(), c.Org.ID, m.ID, Ana, now))
	c.wantReleased(t, m, hash, v, now)
}

func resetNothing(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	c.prove(t, hash, browser(1), Noon)
	_, err := c.ResetPassword(t.Context(), reset(hash, browser(1)), Noon)
	wantError(t, "ResetPassword where there is none", err, store.ErrConflict)
	c.enrolOn(t, hash, browser(1))
	_, err = c.ResetPassword(t.Context(), reset(hash, browser(1)), Noon.Add(life))
	wantError(t, "ResetPassword after the message's life", err, store.ErrGone)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	_, err = c.ResetPassword(t.Context(), reset(hash, browser(1)), Noon)
	wantError(t, "ResetPassword after Wipe", err, store.ErrGone)
	_, err = c.ResetPassword(t.Context(), reset(token.New().Hash(), browser(1)), Noon)
	wantError(t, "ResetPassword by no such link", err, store.ErrNotFound)
	if n := len(c.events(t, store.EventFilter{Kind: store.Reset})); n != 0 {
		t.Errorf("events: got %d reset, want none", n)
	}
}

func resetCounts(t *testing.T, c *Clinic) {
	_, hash, _ := c.signedIn(t, Number(1), browser(1))
	now := c.tries(t, hash, browser(2), store.ProveAfter, Noon)
	c.tries(t, hash, browser(1), store.ProveAfter, Noon)
	c.resetOn(t, hash, browser(1), now)
	for _, d := range []store.DeviceHash{browser(1), browser(2)} {
		must(t, "TryUnlock", c.TryUnlock(t.Context(), hash, d, now))
	}
}

func resetForgetsWord(t *testing.T, c *Clinic) {
	c.accept(t, Number(1))
	x := c.send(t, Noon)[0]
	c.chooseWord(t, x, "heron")
	c.resetOn(t, x.Link, browser(1), Noon)
	if d := c.oneDue(t, Noon); d.Word != nil {
		t.Error("Due: got a word after a reset")
	}
}
