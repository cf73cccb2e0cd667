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

var challengeChecks = []check{
	{"S10: a challenge is given back once, with the passkeys, in that browser alone", challengeOnce},
	{"S10: of twenty who take one challenge at once, one gets it", challengeRace},
	{"S10: a challenge is good for five minutes, and for its purpose", challengeEnds},
	{"a browser's next challenge takes the place of the last", challengeReplaced},
	{"S10: strangers who ask without end fill nothing, and take nothing from known browsers", challengeFlood},
	{"challenges that nobody answers are forgotten", challengeForgotten},
	{"there is nothing to sign for who has no passkey, or no device", challengeNone},
}

func challengeOf(hash token.Hash, d store.DeviceHash, why store.Purpose, n byte) store.Challenge {
	return store.Challenge{Link: hash, Device: d, Purpose: why, Value: [32]byte{n}}
}

func (c *Clinic) keep(tb testing.TB, ch store.Challenge, now time.Time) {
	tb.Helper()
	_, err := c.KeepChallenge(tb.Context(), ch, now)
	must(tb, "KeepChallenge", err)
}

// wantTaken takes a challenge, which must be the one kept, or gone.
func (c *Clinic) wantTaken(tb testing.TB, what string, ch store.Challenge, now time.Time, want error) {
	tb.Helper()
	value, list, err := c.TakeChallenge(tb.Context(), ch, now)
	wantError(tb, "TakeChallenge "+what, err, want)
	switch {
	case want != nil && (value != [32]byte{} || list != nil):
		tb.Errorf("TakeChallenge %s: got %d passkeys with the error", what, len(list))
	case want == nil && value != ch.Value:
		tb.Errorf("TakeChallenge %s: got another than was kept", what)
	}
}

func challengeOnce(t *testing.T, c *Clinic) {
	p, hash, _ := c.withPasskey(t, Number(1), browser(1))
	_, other, _ := c.withPasskey(t, Number(2), browser(1))
	for n, d := range []store.DeviceHash{browser(1), browser(2)} {
		ch := challengeOf(hash, d, store.ToUnlock, byte(n))
		list, err := c.KeepChallenge(t.Context(), ch, Noon)
		must(t, "KeepChallenge", err)
		if len(list) != 1 || list[0].ID != p.ID || string(list[0].Record) != string(p.Record) {
			t.Errorf("KeepChallenge: got %+v, want the passkey", list)
		}
		for what, x := range map[string]store.Challenge{
			"in another browser": challengeOf(hash, browser(3), store.ToUnlock, 0),
			"by another's link":  challengeOf(other, d, store.ToUnlock, 0),
			"without a device":   challengeOf(hash, store.DeviceHash{}, store.ToUnlock, 0),
		} {
			c.wantTaken(t, what, x, Noon, store.ErrGone)
		}
		value, list, err := c.TakeChallenge(t.Context(), challengeOf(hash, d, store.ToUnlock, 9), Noon)
		must(t, "TakeChallenge", err)
		if value != ch.Value || len(list) != 1 || list[0].ID != p.ID {
			t.Errorf("TakeChallenge: got %v and %d passkeys, want what was kept and one", value, len(list))
		}
		c.wantTaken(t, "again", ch, Noon, store.ErrGone)
	}
}

func challengeRace(t *testing.T, c *Clinic) {
	_, hash, _ := c.withPasskey(t, Number(1), browser(1))
	ch := challengeOf(hash, browser(1), store.ToUnlock, 1)
	c.keep(t, ch, Noon)
	var wg sync.WaitGroup
	var got atomic.Int32
	for range 20 {
		wg.Go(func() {
			switch value, _, err := c.TakeChallenge(t.Context(), ch, Noon); {
			case err == nil && value == ch.Value:
				got.Add(1)
			case !errors.Is(err, store.ErrGone):
				t.Errorf("TakeChallenge: %v", err)
			}
		})
	}
	wg.Wait()
	if n := got.Load(); n != 1 {
		t.Errorf("TakeChallenge: %d of 20 at once got it, want 1", n)
	}
}

func challengeEnds(t *testing.T, c *Clinic) {
	_, hash, _ := c.withPasskey(t, Number(1), browser(1))
	unlock, add := challengeOf(hash, browser(1), store.ToUnlock, 1), challengeOf(hash, browser(1), store.ToAdd, 1)
	c.keep(t, unlock, Noon)
	c.wantTaken(t, "in time", unlock, Noon.Add(store.ChallengeLife-time.Millisecond), nil)
	c.keep(t, unlock, Noon)
	c.wantTaken(t, "too late", unlock, Noon.Add(store.ChallengeLife), store.ErrGone)
	c.wantTaken(t, "after it was taken too late", unlock, Noon, store.ErrGone)
	for kept, taken := range map[store.Challenge]store.Challenge{unlock: add, add: unlock} {
		c.keep(t, kept, Noon)
		c.wantTaken(t, "for another purpose", taken, Noon, store.ErrGone)
		c.wantTaken(t, "after it was taken for another", kept, Noon, store.ErrGone)
	}
}

func challengeReplaced(t *testing.T, c *Clinic) {
	_, hash, _ := c.withPasskey(t, Number(1), browser(1))
	c.keep(t, challengeOf(hash, browser(1), store.ToAdd, 1), Noon)
	last := challengeOf(hash, browser(1), store.ToUnlock, 2)
	c.keep(t, last, Noon.Add(store.ChallengeLife))
	c.wantTaken(t, "the last", last, Noon.Add(2*store.ChallengeLife-time.Millisecond), nil)
}

func challengeFlood(t *testing.T, c *Clinic) {
	_, hash, _ := c.withPasskey(t, Number(1), browser(1))
	_, theirs, _ := c.withPasskey(t, Number(2), browser(2))
	known, other := challengeOf(hash, browser(1), store.ToUnlock, 1), challengeOf(theirs, browser(2), store.ToUnlock, 2)
	c.keep(t, known, Noon)
	c.keep(t, other, Noon)
	const many = 3 * store.MostChallenges
	at := func(n int) time.Time { return Noon.Add(time.Duration(n) * time.Millisecond) }
	for n := range many {
		c.keep(t, challengeOf(hash, browser(100+n), store.ToUnlock, 3), at(n))
	}
	left := 0
	for n := range many {
		_, _, err := c.TakeChallenge(t.Context(), challengeOf(hash, browser(100+n), store.ToUnlock, 3), at(many))
		if err == nil {
			left++
		}
		if want := n >= many-store.MostChallenges; (err == nil) != want {
			t.Errorf("TakeChallenge of the %dth stranger: %v, want it there: %t", n, err, want)
		}
	}
	if left != store.MostChallenges {
		t.Errorf("%d of strangers were kept, want %d", left, store.MostChallenges)
	}
	c.wantTaken(t, "of the known browser", known, at(many), nil)
	c.wantTaken(t, "of another patient", other, at(many), nil)
}

func challengeForgotten(t *testing.T, c *Clinic) {
	_, hash, _ := c.withPasskey(t, Number(1), browser(1))
	old, young := challengeOf(hash, browser(1), store.ToUnlock, 1), challengeOf(hash, browser(2), store.ToUnlock, 2)
	c.keep(t, old, Noon)
	c.keep(t, young, Noon.Add(time.Second))
	_, err := c.Expire(t.Context(), 100, Noon.Add(store.ChallengeLife))
	must(t, "Expire", err)
	c.wantTaken(t, "that nobody answered", old, Noon, store.ErrGone)
	c.wantTaken(t, "that may be answered yet", young, Noon.Add(store.ChallengeLife), nil)
}

func challengeNone(t *testing.T, c *Clinic) {
	_, hash, _ := c.signedIn(t, Number(1), browser(1))
	_, err := c.KeepChallenge(t.Context(), challengeOf(hash, browser(1), store.ToUnlock, 1), Noon)
	wantError(t, "KeepChallenge without a passkey", err, store.ErrNotFound)
	c.keep(t, challengeOf(hash, browser(1), store.ToAdd, 1), Noon)
	_, err = c.KeepChallenge(t.Context(), challengeOf(hash, store.DeviceHash{}, store.ToAdd, 1), Noon)
	wantError(t, "KeepChallenge without a device", err, store.ErrConflict)
	_, err = c.KeepChallenge(t.Context(), challengeOf(token.New().Hash(), browser(1), store.ToAdd, 1), Noon)
	wantError(t, "KeepChallenge by no such link", err, store.ErrNotFound)
	_, _, err = c.TakeChallenge(t.Context(), challengeOf(token.New().Hash(), browser(1), store.ToAdd, 1), Noon)
	wantError(t, "TakeChallenge by no such link", err, store.ErrNotFound)
}
