package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var triesChecks = []check{
	{"S08: a known device waits ever longer, and after a hundred is a stranger", triesOfKnown},
	{"S08: all strangers share a count, and after ten must prove themselves", triesOfStrangers},
	{"S08: a stranger's hundred tries never keep a known device out", triesKeepNobodyOut},
	{"S08: after a hundred wrong passwords of strangers only staff let one in", triesLock},
	{"S08: tries at once of devices that proved themselves cannot beat the lock", lockRace},
	{"S08: tries at once of one device cannot beat its throttle", triesRace},
	{"S08: a known device that signs in leaves the strangers' count alone", triesStay},
	{"a message that is gone is not tried at", triesGone},
	{"who nobody wrote to cannot be unlocked", unlockNobody},
}

// lifted is when a device may try again.
func (c *Clinic) lifted(tb testing.TB, hash token.Hash, d store.DeviceHash, now time.Time) time.Time {
	tb.Helper()
	if at := c.linkOn(tb, hash, d, now).Device.RetryAt; at.After(now) {
		return at
	}
	return now
}

// tries makes so many tries with a device, each once its wait is over, and gives
// when the last was made.
func (c *Clinic) tries(tb testing.TB, hash token.Hash, d store.DeviceHash, n int, now time.Time) time.Time {
	tb.Helper()
	for range n {
		now = c.lifted(tb, hash, d, now)
		must(tb, "TryUnlock", c.TryUnlock(tb.Context(), hash, d, now))
		must(tb, "UnlockFailed", c.UnlockFailed(tb.Context(), hash, visitor, now))
	}
	return now
}

func triesOfKnown(t *testing.T, c *Clinic) {
	_, hash, _ := c.signedIn(t, Number(1), browser(1))
	c.unlockOn(t, hash, browser(2), Noon)
	now := Noon
	for failures := range store.LockAfter {
		if wait := store.Delay(failures); wait > 0 {
			soon := now.Add(wait - time.Millisecond)
			wantError(t, "TryUnlock too soon", c.TryUnlock(t.Context(), hash, browser(1), soon), store.ErrThrottled)
			now = now.Add(wait)
			if got := c.linkOn(t, hash, browser(1), now).Device.RetryAt; !got.Equal(now) {
				t.Fatalf("Link after %d failures: RetryAt is %v, want %v", failures, got, now)
			}
		}
		if l := c.linkOn(t, hash, browser(1), now); !l.Device.Known || l.MustProve {
			t.Fatalf("Link after %d failures: got %+v, want it known", failures, l.Device)
		}
		must(t, "TryUnlock after the wait", c.TryUnlock(t.Context(), hash, browser(1), now))
	}
	if c.linkOn(t, hash, browser(1), now).Device.Known {
		t.Error("Link: the device is known, after so many wrong passwords")
	}
	for _, d := range []store.DeviceHash{browser(2), browser(3)} { // another known one, and strangers
		must(t, "TryUnlock of another device", c.TryUnlock(t.Context(), hash, d, Noon))
	}
	c.unlockOn(t, hash, browser(1), now) // the last one was right
	if d := c.linkOn(t, hash, browser(1), now).Device; !d.Known || d.RetryAt.After(now) {
		t.Errorf("Link: got %+v, want it known and its count anew", d)
	}
}

func triesOfStrangers(t *testing.T, c *Clinic) {
	_, hash, _ := c.signedIn(t, Number(1), browser(1))
	_, other, _ := c.enrolled(t, Number(2))
	now := Noon
	for n := range store.ProveAfter {
		strange := []store.DeviceHash{browser(2), browser(3), {}}[n%3]
		if l := c.linkOn(t, hash, strange, now); l.MustProve {
			t.Fatalf("Link after %d failures: the device must prove itself", n)
		}
		now = c.tries(t, hash, strange, 1, now)
	}
	now = now.Add(store.MaxDelay)
	for _, d := range []store.DeviceHash{browser(2), browser(3), browser(4), {}} {
		wantError(t, "TryUnlock of a stranger", c.TryUnlock(t.Context(), hash, d, now), store.ErrUnproved)
		if !c.linkOn(t, hash, d, now).MustProve {
			t.Error("Link: a stranger need not prove itself")
		}
	}
	must(t, "TryUnlock of the known device", c.TryUnlock(t.Context(), hash, browser(1), now))
	must(t, "TryUnlock of another recipient", c.TryUnlock(t.Context(), other, browser(2), now))
	c.prove(t, hash, browser(2), now)
	must(t, "TryUnlock of one that proved itself", c.TryUnlock(t.Context(), hash, browser(2), now))
	c.unlockOn(t, hash, browser(2), now) // after which strangers start anew
	must(t, "TryUnlock of a stranger", c.TryUnlock(t.Context(), hash, browser(3), now))
}

func triesKeepNobodyOut(t *testing.T, c *Clinic) {
	for _, policy := range []store.StepUp{store.StepUpNever, store.StepUpNewDevice} {
		c.setPolicy(t, store.Policy{StepUp: policy})
		_, hash, _ := c.signedIn(t, Number(len(policy)), browser(1))
		now := Noon
		for n := range 100 {
			if err := c.TryUnlock(t.Context(), hash, browser(2+n%7), now); err != nil && !errors.Is(err, store.ErrThrottled) {
				wantError(t, "TryUnlock of a stranger", err, store.ErrUnproved)
			}
			now = now.Add(time.Duration(n) * time.Second)
			l := c.linkOn(t, hash, browser(1), now)
			if l.MustProve || l.Device.RetryAt.After(now) {
				t.Fatalf("Link of the known device after %d tries of strangers: got %+v", n, l.Device)
			}
		}
		for range store.FreeTries {
			must(t, "TryUnlock of the known device", c.TryUnlock(t.Context(), hash, browser(1), now))
		}
		c.unlockOn(t, hash, browser(1), now)
	}
}

// wrong has strangers that proved themselves give so many wrong passwords, and gives
// when they are done.
func (c *Clinic) wrong(t *testing.T, hash token.Hash, n int) time.Time {
	t.Helper()
	now := Noon
	for n := range n / store.FreeTries {
		c.prove(t, hash, browser(10+n), now)
		c.tries(t, hash, browser(10+n), store.FreeTries, now)
		now = now.Add(3 * time.Hour)
	}
	return now
}

func triesLock(t *testing.T, c *Clinic) {
	c.setPolicy(t, store.Policy{StepUp: store.StepUpNewDevice})
	m, hash, _ := c.signedIn(t, Number(1), browser(1))
	now := c.wrong(t, hash, store.LockAfter)
	c.prove(t, hash, browser(2), now)
	for range 2 {
		for _, d := range []store.DeviceHash{browser(2), browser(3), {}} {
			wantError(t, "TryUnlock of a stranger", c.TryUnlock(t.Context(), hash, d, now), store.ErrLocked)
		}
		must(t, "TryUnlock of the known device", c.TryUnlock(t.Context(), hash, browser(1), now))
		c.unlockOn(t, hash, browser(1), now) // which is no staff
	}
	must(t, "UnlockRecipient", c.UnlockRecipient(t.Context(), c.Org.ID, m.To.ID, Ana, now))
	if e := c.last(t, store.LockLifted); e.By != Ana || e.Recipient != m.To.ID || e.Message != "" || !e.At.Equal(now) {
		t.Errorf("event: got %+v, want one by Ana about the recipient", e)
	}
	must(t, "TryUnlock of one that proved itself", c.TryUnlock(t.Context(), hash, browser(2), now))
	wantError(t, "TryUnlock of another", c.TryUnlock(t.Context(), hash, browser(3), now), store.ErrUnproved)
}

func triesRace(t *testing.T, c *Clinic) {
	_, hash, _ := c.signedIn(t, Number(1), browser(1))
	c.prove(t, hash, browser(2), Noon)
	var wg sync.WaitGroup
	var mu sync.Mutex
	passed := map[store.DeviceHash]int{}
	for n := range 60 {
		d := []store.DeviceHash{browser(1), browser(2), browser(3)}[n%3]
		wg.Go(func() {
			switch err := c.TryUnlock(t.Context(), hash, d, Noon); {
			case err == nil:
				mu.Lock()
				passed[d]++
				mu.Unlock()
			case !errors.Is(err, store.ErrThrottled) && !errors.Is(err, store.ErrUnproved):
				t.Errorf("TryUnlock: %v", err)
			}
		})
	}
	wg.Wait()
	for n, want := range map[int]int{1: store.FreeTries, 2: store.FreeTries} {
		if got := passed[browser(n)]; got != want {
			t.Errorf("TryUnlock: %d of 20 at once passed, want %d", got, want)
		}
	}
	if got := passed[browser(3)]; got > store.FreeTries {
		t.Errorf("TryUnlock: %d of a stranger's 20 at once passed, want at most %d", got, store.FreeTries)
	}
}

func lockRace(t *testing.T, c *Clinic) {
	_, hash, _ := c.signedIn(t, Number(1), browser(1))
	now := c.wrong(t, hash, store.LockAfter-store.FreeTries).Add(24 * time.Hour)
	for n := 2; n < 6; n++ {
		c.prove(t, hash, browser(n), now)
		now = now.Add(store.CodeEvery)
	}
	var passed atomic.Int64
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			switch err := c.TryUnlock(t.Context(), hash, browser(2+n%4), now); {
			case err == nil:
				passed.Add(1)
			default:
				wantError(t, "TryUnlock", err, store.ErrLocked)
			}
		})
	}
	wg.Wait()
	if n := passed.Load(); n != store.FreeTries {
		t.Errorf("TryUnlock: %d of 16 at once passed, want the last %d", n, store.FreeTries)
	}
}

func triesStay(t *testing.T, c *Clinic) {
	_, hash, _ := c.signedIn(t, Number(1), browser(1))
	now := c.tries(t, hash, browser(2), store.ProveAfter, Noon)
	for range 3 {
		now = now.Add(store.MaxDelay)
		must(t, "TryUnlock of the known device", c.TryUnlock(t.Context(), hash, browser(1), now))
		c.unlockOn(t, hash, browser(1), now)
		wantError(t, "TryUnlock of a stranger", c.TryUnlock(t.Context(), hash, browser(2), now), store.ErrUnproved)
	}
}

func triesGone(t *testing.T, c *Clinic) {
	_, hash, _ := c.signedIn(t, Number(1), browser(1))
	wantError(t, "TryUnlock", c.TryUnlock(t.Context(), hash, browser(1), Noon.Add(life)), store.ErrGone)
}

func unlockNobody(t *testing.T, c *Clinic) {
	nobody := c.Recipient(t, Number(1)).ID
	wantError(t, "UnlockRecipient", c.UnlockRecipient(t.Context(), c.Org.ID, nobody, Ana, Noon), store.ErrNotFound)
}
