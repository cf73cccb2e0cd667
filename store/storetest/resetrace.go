package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var resetRaceChecks = []check{
	{"S11: of two resets at once from two devices one wins", resetRace},
	{"S11: a device that proves itself during a reset from another is forgotten", resetWhileProving},
	{"S11: who signs in during a reset has no session afterwards", resetWhileSigningIn},
}

func resetRace(t *testing.T, c *Clinic) {
	_, hash, _ := c.signedIn(t, Number(1), browser(1))
	links := []token.Hash{hash}
	now := Noon
	for n := range 4 { // each by the link of another message
		now = Noon.Add(time.Duration(n) * time.Minute)
		_, link := c.texted(t, Number(1))
		links = append(links, link)
		c.prove(t, hash, browser(n), now)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	outcomes := map[bool]int{}
	for n := range 4 {
		wg.Go(func() {
			_, err := c.ResetPassword(t.Context(), reset(links[n], browser(n)), now)
			if err != nil && !errors.Is(err, store.ErrUnproved) {
				t.Errorf("ResetPassword: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			outcomes[err == nil]++
		})
	}
	wg.Wait()
	if outcomes[true] != 1 {
		t.Errorf("ResetPassword: %d of 4 won, want 1", outcomes[true])
	}
	if n := len(c.events(t, store.EventFilter{Kind: store.Reset})); n != 1 {
		t.Errorf("events: got %d reset, want 1", n)
	}
}

func resetWhileProving(t *testing.T, c *Clinic) {
	_, hash, _ := c.signedIn(t, Number(1), browser(1))
	for round := range 4 {
		now := Noon.Add(time.Duration(round) * 48 * time.Hour)
		codes := map[store.DeviceHash]store.CodeHash{}
		for n := 2; n < 6; n++ {
			c.unlockOn(t, hash, browser(n), now)
			codes[browser(n)] = c.askCode(t, hash, browser(n), now)
			now = now.Add(store.CodeEvery)
		}
		c.prove(t, hash, browser(1), now)
		e := reset(hash, browser(1))
		e.Password = phc // for the next round
		var wg sync.WaitGroup
		for d, code := range codes {
			wg.Go(func() {
				if err := c.TryCode(t.Context(), hash, d, []store.CodeHash{code}, visitor, now); err != nil {
					wantError(t, "TryCode", err, store.ErrGone)
				}
			})
		}
		wg.Go(func() {
			_, err := c.ResetPassword(t.Context(), e, now)
			wantError(t, "ResetPassword", err, nil)
		})
		wg.Wait()
		for d := range codes {
			if got := c.linkOn(t, hash, d, now).Device; got.Known || !got.Proved.IsZero() {
				t.Errorf("Link: got %+v, want it forgotten", got)
			}
		}
	}
}

func resetWhileSigningIn(t *testing.T, c *Clinic) {
	for round := range 4 {
		_, hash, _ := c.signedIn(t, Number(round), browser(1))
		c.prove(t, hash, browser(1), Noon)
		var wg sync.WaitGroup
		for n := 2; n < 6; n++ {
			wg.Go(func() {
				u := unlock(hash)
				u.Device = browser(n)
				if _, err := c.Unlocked(t.Context(), u, Noon); err != nil {
					wantError(t, "Unlocked", err, store.ErrConflict)
				}
			})
		}
		var v store.Viewer
		wg.Go(func() {
			var err error
			v, err = c.ResetPassword(t.Context(), reset(hash, browser(1)), Noon)
			wantError(t, "ResetPassword", err, nil)
		})
		wg.Wait()
		for n := 2; n < 6; n++ {
			if c.linkOn(t, hash, browser(n), Noon).Device.Known {
				t.Error("Link: another device is known after the reset")
			}
		}
		before := v
		before.Epoch-- // which whoever signed in meanwhile got
		_, err := c.Message(t.Context(), hash, before, Noon)
		wantError(t, "Message for a session from before the reset", err, store.ErrRevoked)
	}
}
