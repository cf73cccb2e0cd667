package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var unlockChecks = []check{
	{"a right password signs in and is an event", unlockSignsIn},
	{"S08: wrong passwords make the next try wait, ever longer", unlockThrottle},
	{"a right password starts the count anew", unlockResets},
	{"S08: tries at once cannot beat the throttle", unlockRace},
	{"a wrong password is an event of the visitor", unlockFailedEvent},
	{"S05: a new hash replaces the one that was verified, and no other", unlockRehash},
	{"a password that was reset meanwhile signs nobody in", unlockAfterReset},
	{"a link that nobody made cannot be tried", unlockUnknown},
}

func unlock(hash token.Hash) store.Unlock {
	return store.Unlock{Link: hash, Verified: phc, Addr: home}
}

func unlockSignsIn(t *testing.T, c *Clinic) {
	m, hash, enrolled := c.enrolled(t, Number(1))
	must(t, "TryUnlock", c.TryUnlock(t.Context(), hash, store.DeviceHash{}, Noon))
	v, err := c.Unlocked(t.Context(), unlock(hash), Noon)
	must(t, "Unlocked", err)
	if v != enrolled {
		t.Errorf("Unlocked: got %+v, want %+v", v, enrolled)
	}
	if e := c.last(t, store.Unlocked); e.Message != m.ID || e.Recipient != m.To.ID || e.By.Addr != home {
		t.Errorf("event: got %+v, want the message, the recipient and the address", e)
	}
	c.wantStatus(t, m.ID, store.Unlocked)
	c.wantViewing(t, m, hash, v, Noon, nil)
}

func unlockThrottle(t *testing.T, c *Clinic) {
	_, hash, _ := c.enrolled(t, Number(1))
	_, other, _ := c.enrolled(t, Number(2))
	now := Noon
	for failures := range store.ProveAfter {
		if wait := store.Delay(failures); wait > 0 {
			wantError(t, "TryUnlock too soon", c.TryUnlock(t.Context(), hash, store.DeviceHash{}, now.Add(wait-time.Millisecond)), store.ErrThrottled)
			now = now.Add(wait)
			l := c.link(t, hash, now)
			if !l.Device.RetryAt.Equal(now) {
				t.Errorf("Link after %d failures: RetryAt is %v, want %v", failures, l.Device.RetryAt, now)
			}
		}
		if err := c.TryUnlock(t.Context(), hash, store.DeviceHash{}, now); err != nil {
			t.Fatalf("TryUnlock after %d failures and the wait: %v", failures, err)
		}
		must(t, "UnlockFailed", c.UnlockFailed(t.Context(), hash, visitor, now))
	}
	if err := c.TryUnlock(t.Context(), other, store.DeviceHash{}, Noon); err != nil {
		t.Errorf("TryUnlock of another recipient: %v", err)
	}
}

func unlockResets(t *testing.T, c *Clinic) {
	_, hash, _ := c.enrolled(t, Number(1))
	for range 3 {
		for range store.FreeTries {
			must(t, "TryUnlock", c.TryUnlock(t.Context(), hash, store.DeviceHash{}, Noon))
		}
		wantError(t, "TryUnlock once more", c.TryUnlock(t.Context(), hash, store.DeviceHash{}, Noon), store.ErrThrottled)
		_, err := c.Unlocked(t.Context(), unlock(hash), Noon)
		must(t, "Unlocked", err)
	}
}

func unlockRace(t *testing.T, c *Clinic) {
	_, hash, _ := c.enrolled(t, Number(1))
	var wg sync.WaitGroup
	var mu sync.Mutex
	passed := 0
	for range 40 {
		wg.Go(func() {
			switch err := c.TryUnlock(t.Context(), hash, store.DeviceHash{}, Noon); {
			case err == nil:
				mu.Lock()
				passed++
				mu.Unlock()
			case !errors.Is(err, store.ErrThrottled):
				t.Errorf("TryUnlock: %v", err)
			}
		})
	}
	wg.Wait()
	if passed != store.FreeTries {
		t.Errorf("TryUnlock: %d of 40 at once passed, want %d", passed, store.FreeTries)
	}
}

func unlockFailedEvent(t *testing.T, c *Clinic) {
	m, hash, _ := c.enrolled(t, Number(1))
	must(t, "TryUnlock", c.TryUnlock(t.Context(), hash, store.DeviceHash{}, Noon))
	must(t, "UnlockFailed", c.UnlockFailed(t.Context(), hash, visitor, Noon))
	if e := c.last(t, store.UnlockFailed); e.Message != m.ID || e.Recipient != m.To.ID || e.By != visitor {
		t.Errorf("event: got %+v, want the visitor at the message", e)
	}
}

func unlockRehash(t *testing.T, c *Clinic) {
	_, hash, _ := c.enrolled(t, Number(1))
	u := unlock(hash)
	u.Rehash = "$argon2id$stronger"
	_, err := c.Unlocked(t.Context(), u, Noon)
	must(t, "Unlocked", err)
	if got := c.link(t, hash, Noon).Password; got != u.Rehash {
		t.Error("Link: the hash was not replaced")
	}
	// Another sign-in had verified the former hash at the same time.
	u.Rehash = "$argon2id$other"
	if _, err := c.Unlocked(t.Context(), u, Noon); err != nil && !errors.Is(err, store.ErrConflict) {
		t.Errorf("Unlocked: %v", err)
	}
	if got := c.link(t, hash, Noon).Password; got != "$argon2id$stronger" {
		t.Error("Link: a hash was replaced that was not the one verified")
	}
}

func unlockAfterReset(t *testing.T, c *Clinic) {
	m, hash, _ := c.enrolled(t, Number(1))
	must(t, "TryUnlock", c.TryUnlock(t.Context(), hash, store.DeviceHash{}, Noon))
	must(t, "ResetRecipient", c.ResetRecipient(t.Context(), c.Org.ID, m.To.ID, Ana, Noon))
	if v, err := c.Unlocked(t.Context(), unlock(hash), Noon); err == nil {
		_, err = c.Message(t.Context(), hash, v, Noon)
		wantError(t, "Message with the password that was reset", err, store.ErrRevoked)
	}
	if got := c.link(t, hash, Noon).Password; got != "" {
		t.Error("Link: the password came back")
	}
}

func unlockUnknown(t *testing.T, c *Clinic) {
	hash := token.New().Hash()
	wantError(t, "TryUnlock", c.TryUnlock(t.Context(), hash, store.DeviceHash{}, Noon), store.ErrNotFound)
	_, err := c.Unlocked(t.Context(), unlock(hash), Noon)
	wantError(t, "Unlocked", err, store.ErrNotFound)
	wantError(t, "UnlockFailed", c.UnlockFailed(t.Context(), hash, visitor, Noon), store.ErrNotFound)
	wantError(t, "Opened", c.Opened(t.Context(), hash, visitor, Noon), store.ErrNotFound)
}
