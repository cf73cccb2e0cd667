package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var passcodeTriesChecks = []check{
	{"S08: five wrong passcodes take a code, five more take staff", passcodeTries},
	{"S08: wrong passcodes count for all messages to a recipient together", passcodeTriesTogether},
	{"S08: a right passcode leaves the count of wrong ones alone", passcodeTriesStay},
	{"S08: a reset of the password does not let one guess on", passcodeTriesReset},
	{"S08: fifty wrong passcodes at once are five", passcodeTriesRace},
	{"S09: of fifty first passwords at once that of the browser that gave the passcode wins", passcodeEnrolRace},
}

// wrongPasscodes gives so many wrong ones, of which the last is answered otherwise.
func (c *Clinic) wrongPasscodes(tb testing.TB, m store.Message, hash token.Hash, d store.DeviceHash, n int, last error, now time.Time) {
	tb.Helper()
	for i := range n {
		want := store.ErrNotFound
		if i == n-1 {
			want = last
		}
		wantError(tb, "TryPasscode", c.try(tb, m, hash, d, 2, now), want)
	}
}

func passcodeTries(t *testing.T, c *Clinic) {
	m, hash := c.asking(t, Number(1))
	c.wrongPasscodes(t, m, hash, browser(1), store.PasscodeTries-1, store.ErrNotFound, Noon)
	c.wrongPasscodes(t, m, hash, browser(2), 1, store.ErrUnproved, Noon)
	for _, d := range []store.DeviceHash{browser(1), browser(3), {}} {
		c.wantPasscode(t, hash, d, Noon, store.PasscodeUnproved)
		wantError(t, "TryPasscode with the right one", c.try(t, m, hash, d, 1, Noon), store.ErrUnproved)
	}
	c.prove(t, hash, browser(1), Noon)
	c.wantPasscode(t, hash, browser(1), Noon, store.PasscodeOwed)
	c.wrongPasscodes(t, m, hash, browser(1), store.PasscodeTries, store.ErrLocked, Noon)
	now := Noon.Add(time.Hour)
	c.prove(t, hash, browser(2), now)
	for _, d := range []store.DeviceHash{browser(1), browser(2), browser(3), {}} {
		c.wantPasscode(t, hash, d, now, store.PasscodeLocked)
		wantError(t, "TryPasscode with the right one", c.try(t, m, hash, d, 1, now), store.ErrLocked)
	}
	if n := len(c.events(t, store.EventFilter{Kind: store.PasscodeFailed})); n != 2*store.PasscodeTries {
		t.Errorf("events: got %d wrong passcodes, want %d", n, 2*store.PasscodeTries)
	}
	must(t, "UnlockRecipient", c.UnlockRecipient(t.Context(), c.Org.ID, m.To.ID, Ana, now))
	c.wrongPasscodes(t, m, hash, browser(3), store.PasscodeTries, store.ErrUnproved, now)
	c.give(t, m, hash, browser(2), now)
}

func passcodeTriesTogether(t *testing.T, c *Clinic) {
	m, hash := c.asking(t, Number(1))
	other, otherHash := c.asking(t, Number(1))
	_, third := c.asking(t, Number(2))
	c.wrongPasscodes(t, m, hash, browser(1), 3, store.ErrNotFound, Noon)
	c.wrongPasscodes(t, other, otherHash, browser(1), 2, store.ErrUnproved, Noon)
	c.wantPasscode(t, hash, browser(1), Noon, store.PasscodeUnproved)
	c.wantPasscode(t, third, browser(1), Noon, store.PasscodeOwed) // another recipient's
}

func passcodeTriesStay(t *testing.T, c *Clinic) {
	m, hash := c.asking(t, Number(1))
	c.wrongPasscodes(t, m, hash, browser(1), store.PasscodeTries-1, store.ErrNotFound, Noon)
	for n := range 3 {
		c.give(t, m, hash, browser(2+n), Noon)
	}
	c.wrongPasscodes(t, m, hash, browser(1), 1, store.ErrUnproved, Noon)
	c.prove(t, hash, browser(1), Noon)
	c.wrongPasscodes(t, m, hash, browser(1), store.PasscodeTries-1, store.ErrNotFound, Noon)
	c.give(t, m, hash, browser(1), Noon)
	now := Noon.Add(store.CodeEvery)
	c.prove(t, hash, browser(9), now)
	c.wrongPasscodes(t, m, hash, browser(9), 1, store.ErrLocked, now)
	c.enrolOn(t, hash, browser(1)) // who is vouched for needs no passcode, however many were wrong
	c.wantPasscode(t, hash, browser(9), now, store.PasscodeNone)
}

func passcodeTriesReset(t *testing.T, c *Clinic) {
	_, plain, _ := c.signedIn(t, Number(1), browser(1))
	m, hash := c.asking(t, Number(1))
	c.wrongPasscodes(t, m, hash, browser(2), store.PasscodeTries, store.ErrUnproved, Noon)
	c.prove(t, hash, browser(2), Noon)
	c.wrongPasscodes(t, m, hash, browser(2), store.PasscodeTries, store.ErrLocked, Noon)
	now := Noon.Add(time.Hour)
	c.resetOn(t, plain, browser(2), now)
	c.wantPasscode(t, hash, browser(2), now, store.PasscodeLocked)
	must(t, "ResetRecipient", c.ResetRecipient(t.Context(), c.Org.ID, m.To.ID, Ana, now))
	c.wantPasscode(t, hash, browser(2), now, store.PasscodeOwed)
}

func passcodeTriesRace(t *testing.T, c *Clinic) {
	m, hash := c.asking(t, Number(1))
	guess := func(d func(n int) store.DeviceHash, end error) {
		t.Helper()
		var wg sync.WaitGroup
		var mu sync.Mutex
		ends := 0
		for n := range 50 {
			wg.Go(func() {
				err := c.try(t, m, hash, d(n), 2, Noon)
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, end) {
					ends++
				} else {
					wantError(t, "TryPasscode", err, store.ErrNotFound)
				}
			})
		}
		wg.Wait()
		if looked := 50 - ends + 1; looked != store.PasscodeTries {
			t.Errorf("TryPasscode: %d of 50 at once were looked at, want %d", looked, store.PasscodeTries)
		}
	}
	guess(browser, store.ErrUnproved)
	c.prove(t, hash, browser(99), Noon)
	guess(func(int) store.DeviceHash { return browser(99) }, store.ErrLocked)
	if n := len(c.events(t, store.EventFilter{Kind: store.PasscodeFailed})); n != 2*store.PasscodeTries {
		t.Errorf("events: got %d wrong passcodes, want %d", n, 2*store.PasscodeTries)
	}
}

func passcodeEnrolRace(t *testing.T, c *Clinic) {
	m, hash := c.asking(t, Number(1))
	c.give(t, m, hash, browser(7), Noon)
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Go(func() {
			_, err := c.Enrol(t.Context(), enrolmentOn(hash, browser(n)), Noon)
			switch {
			case n == 7:
				must(t, "Enrol", err)
			case !errors.Is(err, store.ErrUnvouched) && !errors.Is(err, store.ErrConflict):
				t.Errorf("Enrol of another device: got error %v", err)
			}
		})
	}
	wg.Wait()
	if l := c.linkOn(t, hash, browser(7), Noon); !l.Device.Known {
		t.Error("Link: another browser set the password")
	}
}
