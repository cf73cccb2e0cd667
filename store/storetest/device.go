package storetest

import (
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var deviceChecks = []check{
	{"S10: each policy says which browsers must prove themselves", mustProve},
	{"S10: a proof is good for a while, in that browser and for that recipient alone", proofEnds},
	{"a device that enrolled or signed in is known to that recipient alone", deviceKnown},
	{"a browser without a device is never remembered", deviceNone},
	{"a device that only proved itself is forgotten a day later, one that signed in is not", deviceForgotten},
	{"S09: a late link sets a password from a device that proved itself", enrolProved},
	{"S09: an org may want a code before every first password", enrolCodeFirst},
}

// browser is the n-th device of the cases.
func browser(n int) store.DeviceHash { return store.HashDevice([]byte{byte(n), byte(n >> 8)}) }

// linkOn is the link as a device sees it.
func (c *Clinic) linkOn(tb testing.TB, hash token.Hash, d store.DeviceHash, now time.Time) store.Link {
	tb.Helper()
	l, err := c.Link(tb.Context(), hash, d, now)
	must(tb, "Link", err)
	return l
}

// askCode has a code texted to who holds the phone, and gives what it hashes to.
func (c *Clinic) askCode(tb testing.TB, hash token.Hash, d store.DeviceHash, now time.Time) store.CodeHash {
	tb.Helper()
	must(tb, "AskCode", c.AskCode(tb.Context(), hash, d, visitor, now))
	var code store.CodeHash
	for _, x := range c.send(tb, now) {
		if x.Kind == store.CodeText {
			code = x.Code
		}
	}
	if code == (store.CodeHash{}) {
		tb.Fatal("Due: no code was texted")
	}
	return code
}

// prove has a device prove itself.
func (c *Clinic) prove(tb testing.TB, hash token.Hash, d store.DeviceHash, now time.Time) {
	tb.Helper()
	code := c.askCode(tb, hash, d, now)
	must(tb, "TryCode", c.TryCode(tb.Context(), hash, d, []store.CodeHash{code}, visitor, now))
}

// signedIn is a recipient who set a password on a device.
func (c *Clinic) signedIn(tb testing.TB, number string, d store.DeviceHash) (store.Message, token.Hash, store.Viewer) {
	tb.Helper()
	m, hash := c.texted(tb, number)
	return m, hash, c.enrolOn(tb, hash, d)
}

func (c *Clinic) enrolOn(tb testing.TB, hash token.Hash, d store.DeviceHash) store.Viewer {
	tb.Helper()
	v, err := c.Enrol(tb.Context(), enrolmentOn(hash, d), Noon)
	must(tb, "Enrol", err)
	return v
}

func enrolmentOn(hash token.Hash, d store.DeviceHash) store.Enrolment {
	e := enrolment(hash)
	e.Device, e.Label = d, "Chrome on Android"
	return e
}

// unlockOn records a right password on a device.
func (c *Clinic) unlockOn(tb testing.TB, hash token.Hash, d store.DeviceHash, now time.Time) {
	tb.Helper()
	u := unlock(hash)
	u.Device, u.Label = d, "Safari on iPhone"
	_, err := c.Unlocked(tb.Context(), u, now)
	must(tb, "Unlocked", err)
}

func (c *Clinic) setPolicy(tb testing.TB, p store.Policy) {
	tb.Helper()
	SetPolicy(tb, c.Store, c.Org.ID, p)
}

func mustProve(t *testing.T, c *Clinic) {
	known, knownProved, proved, strange := browser(1), browser(2), browser(3), browser(4)
	_, hash, _ := c.signedIn(t, Number(1), known)
	c.unlockOn(t, hash, knownProved, Noon)
	c.prove(t, hash, knownProved, Noon)
	c.prove(t, hash, proved, Noon.Add(time.Minute))
	for policy, must := range map[store.StepUp]map[store.DeviceHash]bool{
		"":                    {},
		store.StepUpNever:     {},
		store.StepUpNewDevice: {strange: true, {}: true},
		store.StepUpAlways:    {strange: true, {}: true, known: true},
	} {
		c.setPolicy(t, store.Policy{StepUp: policy})
		c.unlockOn(t, hash, store.DeviceHash{}, Noon) // so that no count is in the way
		for name, d := range map[string]store.DeviceHash{
			"known": known, "known and proved": knownProved, "proved": proved, "strange": strange, "none": {},
		} {
			now := Noon.Add(2 * time.Minute)
			if got := c.linkOn(t, hash, d, now).MustProve; got != must[d] {
				t.Errorf("Link of a %s device, step_up=%s: got must prove %t, want %t", name, policy, got, must[d])
			}
			var want error
			if must[d] {
				want = store.ErrUnproved
			}
			wantError(t, "TryUnlock of a "+name+" device, step_up="+string(policy), c.TryUnlock(t.Context(), hash, d, now), want)
		}
	}
}

func proofEnds(t *testing.T, c *Clinic) {
	c.setPolicy(t, store.Policy{StepUp: store.StepUpNewDevice})
	_, hash, _ := c.enrolled(t, Number(1))
	_, other, _ := c.enrolled(t, Number(2))
	c.prove(t, hash, browser(1), Noon)
	end := Noon.Add(store.ProofLife)
	l := c.linkOn(t, hash, browser(1), end.Add(-time.Millisecond))
	if l.MustProve || l.Device.Known || !l.Device.Proved.Equal(end) {
		t.Errorf("Link: got %+v, want it proved until %v, not known", l.Device, end)
	}
	for name, l := range map[string]store.Link{
		"when the proof is over":  c.linkOn(t, hash, browser(1), end),
		"in another browser":      c.linkOn(t, hash, browser(2), Noon),
		"in none":                 c.link(t, hash, Noon),
		"for another's message":   c.linkOn(t, other, browser(1), Noon),
		"for a link of old times": c.linkOn(t, hash, browser(1), Noon.Add(life)),
	} {
		if !l.MustProve || !l.Device.Proved.IsZero() {
			t.Errorf("Link %s: got %+v, want it not proved", name, l.Device)
		}
	}
}

func deviceKnown(t *testing.T, c *Clinic) {
	_, hash, _ := c.signedIn(t, Number(1), browser(1))
	_, other, _ := c.signedIn(t, Number(2), browser(3))
	c.unlockOn(t, hash, browser(2), Noon.Add(time.Hour))
	_, second := c.texted(t, Number(1)) // another message to the same
	for _, x := range []struct {
		hash   token.Hash
		device store.DeviceHash
		want   bool
	}{
		{hash, browser(1), true}, {hash, browser(2), true}, {second, browser(1), true},
		{hash, browser(3), false}, {other, browser(1), false}, {other, browser(3), true},
	} {
		if got := c.linkOn(t, x.hash, x.device, Noon.Add(life-time.Hour)).Device; got.Known != x.want || !got.Proved.IsZero() {
			t.Errorf("Link: got %+v, want known %t", got, x.want)
		}
	}
}

func deviceForgotten(t *testing.T, c *Clinic) {
	_, hash, _ := c.signedIn(t, Number(1), browser(1))
	c.prove(t, hash, browser(2), Noon)
	wrong := func(n int, now time.Time) (err error) {
		for range store.FreeTries {
			err = c.TryUnlock(t.Context(), hash, browser(n), now)
		}
		return err
	}
	must(t, "TryUnlock on a known device", wrong(1, Noon))
	must(t, "TryUnlock on a proved one", wrong(2, Noon))
	now := Noon.Add(24 * time.Hour)
	_, err := c.Expire(t.Context(), 10, now.Add(-time.Second))
	must(t, "Expire", err)
	_, err = c.Expire(t.Context(), 10, now)
	must(t, "Expire", err)
	c.prove(t, hash, browser(2), now)
	wantError(t, "TryUnlock on the known device", wrong(1, now), store.ErrThrottled)
	must(t, "TryUnlock on the other, whose count starts anew", wrong(2, now))
	if !c.linkOn(t, hash, browser(1), now).Device.Known {
		t.Error("Link: the device that signed in is forgotten")
	}
}

func deviceNone(t *testing.T, c *Clinic) {
	_, hash, _ := c.enrolled(t, Number(1))
	c.unlockOn(t, hash, store.DeviceHash{}, Noon)
	if d := c.link(t, hash, Noon).Device; d.Known || !d.Proved.IsZero() {
		t.Errorf("Link: got %+v, want nothing known", d)
	}
	err := c.AskCode(t.Context(), hash, store.DeviceHash{}, visitor, Noon)
	wantError(t, "AskCode", err, store.ErrConflict)
	c.wantNoCode(t, hash, store.DeviceHash{}, store.CodeHash{}, Noon)
	c.setPolicy(t, store.Policy{StepUp: store.StepUpNewDevice})
	wantError(t, "TryUnlock", c.TryUnlock(t.Context(), hash, store.DeviceHash{}, Noon), store.ErrUnproved)
}

func enrolProved(t *testing.T, c *Clinic) {
	_, hash := c.texted(t, Number(1))
	late := Noon.Add(grace + time.Hour)
	c.prove(t, hash, browser(1), late)
	for _, d := range []store.DeviceHash{browser(2), {}} {
		_, err := c.Enrol(t.Context(), enrolmentOn(hash, d), late)
		wantError(t, "Enrol of another device", err, store.ErrTooLate)
	}
	_, err := c.Enrol(t.Context(), enrolmentOn(hash, browser(1)), late.Add(store.ProofLife))
	wantError(t, "Enrol when the proof is over", err, store.ErrTooLate)
	_, err = c.Enrol(t.Context(), enrolmentOn(hash, browser(1)), late.Add(store.ProofLife-time.Second))
	must(t, "Enrol", err)
	if !c.linkOn(t, hash, browser(1), late).Device.Known {
		t.Error("Link: the device is not known")
	}
}

func enrolCodeFirst(t *testing.T, c *Clinic) {
	_, hash := c.texted(t, Number(1))
	if c.link(t, hash, Noon).CodeFirst {
		t.Error("Link: got code first, which the org did not ask for")
	}
	c.setPolicy(t, store.Policy{CodeFirst: true})
	if !c.link(t, hash, Noon).CodeFirst {
		t.Error("Link: got no code first")
	}
	_, err := c.Enrol(t.Context(), enrolmentOn(hash, browser(1)), Noon)
	wantError(t, "Enrol by a fresh link", err, store.ErrTooLate)
	c.prove(t, hash, browser(1), Noon)
	c.enrolOn(t, hash, browser(1))
}
