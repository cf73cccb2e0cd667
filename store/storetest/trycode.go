package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"securetext/store"
)

var tryCodeChecks = []check{
	{"the right code proves the browser, once", codeProves},
	{"S09: a code may be guessed at five times", codeTries},
	{"S09: a code is good for ten minutes from when it was texted", codeLife},
	{"S09: of fifty right codes at once exactly one proves", codeRace},
	{"S09: guessing at once beats no limit", codeGuessRace},
	{"there is no code to what is gone", codeGone},
	{"a right code ends the wait, and not the count", codeEndsWait},
}

func codeProves(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	code := c.askCode(t, hash, browser(1), Noon)
	wantError(t, "TryCode with a wrong one", c.TryCode(t.Context(), hash, browser(1), []store.CodeHash{store.CodeHash{9}}, visitor, Noon), store.ErrNotFound)
	if e := c.last(t, store.CodeFailed); e.Message != m.ID || e.Recipient != m.To.ID || e.By != visitor || e.Detail != "" {
		t.Errorf("event: got %+v, want the visitor's failure", e)
	}
	must(t, "TryCode", c.TryCode(t.Context(), hash, browser(1), []store.CodeHash{code}, visitor, Noon))
	if e := c.last(t, store.Proved); e.Message != m.ID || e.Recipient != m.To.ID || e.By != visitor {
		t.Errorf("event: got %+v, want the visitor's proof", e)
	}
	before := c.count(t)
	for _, again := range []store.CodeHash{code, {9}} {
		wantError(t, "TryCode with one that is used", c.TryCode(t.Context(), hash, browser(1), []store.CodeHash{again}, visitor, Noon), store.ErrGone)
	}
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
	if d := c.linkOn(t, hash, browser(1), Noon).Device; d.Known || !d.Proved.Equal(Noon.Add(store.ProofLife)) {
		t.Errorf("Link: got %+v, want it proved and not known", d)
	}
}

func codeTries(t *testing.T, c *Clinic) {
	for n, wrong := range []int{store.CodeTries - 1, store.CodeTries} {
		_, hash := c.texted(t, Number(n))
		code := c.askCode(t, hash, browser(1), Noon)
		for range wrong {
			err := c.TryCode(t.Context(), hash, browser(1), []store.CodeHash{store.CodeHash{9}}, visitor, Noon)
			wantError(t, "TryCode with a wrong one", err, store.ErrNotFound)
		}
		if wrong == store.CodeTries {
			c.wantNoCode(t, hash, browser(1), code, Noon)
			// Another one has tries of its own.
			c.prove(t, hash, browser(1), Noon.Add(time.Minute))
			continue
		}
		must(t, "TryCode", c.TryCode(t.Context(), hash, browser(1), []store.CodeHash{code}, visitor, Noon))
	}
}

func codeLife(t *testing.T, c *Clinic) {
	_, hash := c.texted(t, Number(1))
	must(t, "AskCode", c.AskCode(t.Context(), hash, browser(1), visitor, Noon))
	c.wantNoCode(t, hash, browser(1), store.CodeHash{}, Noon) // not texted yet
	texted := Noon.Add(time.Hour)
	code := c.send(t, texted)[0].Code
	c.wantNoCode(t, hash, browser(1), code, texted.Add(store.CodeLife))
	must(t, "TryCode", c.TryCode(t.Context(), hash, browser(1), []store.CodeHash{code}, visitor, texted.Add(store.CodeLife-time.Millisecond)))
}

// tryAtOnce tries a code fifty times at once, and counts what became of it.
func (c *Clinic) tryAtOnce(t *testing.T, try func() error) map[error]int {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	outcomes := map[error]int{}
	for range 50 {
		wg.Go(func() {
			err := try()
			for _, known := range []error{store.ErrNotFound, store.ErrGone} {
				if errors.Is(err, known) {
					err = known
				}
			}
			mu.Lock()
			defer mu.Unlock()
			outcomes[err]++
		})
	}
	wg.Wait()
	return outcomes
}

func codeRace(t *testing.T, c *Clinic) {
	_, hash := c.texted(t, Number(1))
	code := c.askCode(t, hash, browser(1), Noon)
	got := c.tryAtOnce(t, func() error { return c.TryCode(t.Context(), hash, browser(1), []store.CodeHash{code}, visitor, Noon) })
	if got[nil] != 1 || got[store.ErrGone] != 49 {
		t.Errorf("TryCode: got %v, want one to win and 49 to find it used", got)
	}
	if n := len(c.events(t, store.EventFilter{Kind: store.Proved})); n != 1 {
		t.Errorf("events: got %d proved, want 1", n)
	}
}

func codeGuessRace(t *testing.T, c *Clinic) {
	_, hash := c.texted(t, Number(1))
	c.askCode(t, hash, browser(1), Noon)
	got := c.tryAtOnce(t, func() error {
		return c.TryCode(t.Context(), hash, browser(1), []store.CodeHash{store.CodeHash{9}}, visitor, Noon)
	})
	if got[store.ErrNotFound] != store.CodeTries || got[store.ErrGone] != 50-store.CodeTries {
		t.Errorf("TryCode: got %v, want %d looked at", got, store.CodeTries)
	}
	if n := len(c.events(t, store.EventFilter{Kind: store.CodeFailed})); n != store.CodeTries {
		t.Errorf("events: got %d failed, want %d", n, store.CodeTries)
	}
}

func codeGone(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	code := c.askCode(t, hash, browser(1), Noon)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	c.wantNoCode(t, hash, browser(1), code, Noon)
}

func codeEndsWait(t *testing.T, c *Clinic) {
	c.setPolicy(t, store.Policy{StepUp: store.StepUpAlways})
	_, hash, _ := c.signedIn(t, Number(1), browser(1))
	now := Noon
	c.prove(t, hash, browser(1), now)
	for range store.FreeTries {
		must(t, "TryUnlock", c.TryUnlock(t.Context(), hash, browser(1), now))
	}
	wantError(t, "TryUnlock once more", c.TryUnlock(t.Context(), hash, browser(1), now), store.ErrThrottled)
	c.askCode(t, hash, browser(2), now.Add(time.Minute)) // another's changes nothing
	now = now.Add(2 * time.Minute)
	for range 8 { // the wait is long by then
		c.prove(t, hash, browser(1), now)
		must(t, "TryUnlock with a new proof", c.TryUnlock(t.Context(), hash, browser(1), now))
		wantError(t, "TryUnlock once more", c.TryUnlock(t.Context(), hash, browser(1), now), store.ErrThrottled)
		now = now.Add(store.CodeEvery)
	}
	failures := store.FreeTries + 8
	if got, want := c.linkOn(t, hash, browser(1), now).Device.RetryAt, now.Add(store.Delay(failures)-store.CodeEvery); !got.Equal(want) {
		t.Errorf("Link: got a wait until %v, want %v", got, want)
	}
}
