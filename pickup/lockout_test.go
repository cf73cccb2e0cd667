package pickup_test

import (
	"testing"

	"securetext/pickup"
	"securetext/store"
)

// Who has the link and nothing else neither guesses passwords nor keeps the
// patient out.
func TestS08AStrangerLocksNobodyOut(t *testing.T) {
	c := newClinic(t)
	c.policy(store.Policy{StepUp: store.StepUpNewDevice})
	d := c.deliver(plain("Hello"))
	known := c.enrolled(d)
	known.post("/signout", "")
	stranger := c.browser()
	for range 2 * store.LockAfter {
		stranger.post(d.path()+"/unlock", "a guess").want(t, 303)
	}
	if n := c.countKind(d, store.UnlockFailed); n != 0 {
		t.Errorf("%d guesses were looked at", n)
	}
	known.post(d.path()+"/unlock", secret).want(t, 303)
	known.get(d.path()).want(t, 200, "Hello")
	second := c.browser() // of the patient
	second.prove(d, "/code")
	second.post(d.path()+"/unlock", secret).want(t, 303)
	second.get(d.path()).want(t, 200, "Hello")
}

// Without any such policy strangers have ten guesses, for all of them together.
func TestS08TenWrongPasswordsOfStrangersTakeACode(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	known := c.enrolled(d)
	known.post("/signout", "")
	for range store.ProveAfter {
		c.browser().post(d.path()+"/unlock", "a guess").want(t, 422, "not the right password")
		c.pass(store.MaxDelay)
	}
	stranger := c.browser()
	stranger.get(d.path()).want(t, 200, "We do not know this phone yet")
	stranger.post(d.path()+"/unlock", secret).want(t, 303)
	if stranger.session() != "" {
		t.Error("an eleventh guess was looked at")
	}
	known.get(d.path()).want(t, 200, "Your password")
	known.post(d.path()+"/unlock", secret).want(t, 303)
	known.get(d.path()).want(t, 200, "Hello")
}

func TestS08AKnownDeviceHasACountOfItsOwn(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	clumsy := c.enrolled(d)
	for range store.FreeTries {
		clumsy.post(d.path()+"/unlock", "not the password").want(t, 422)
	}
	clumsy.post(d.path()+"/unlock", secret).want(t, 429, "wait 1 minute", `href="tel:5550100142"`)
	c.browser().post(d.path()+"/unlock", secret).want(t, 303) // others are not held up
	c.pass(store.MaxDelay)
	clumsy.post(d.path()+"/unlock", secret).want(t, 303)
}

func TestS08LockedPageSaysWhomToCall(t *testing.T) {
	c := newClinic(t, func(cfg *pickup.Config) { cfg.Store = locked{cfg.Store} })
	d := c.deliver(plain("Hello"))
	c.enrolled(d)
	p := c.browser().post(d.path()+"/unlock", secret)
	p.want(t, 403, "Too many wrong tries", "Lakeside Family Clinic", `href="tel:5550100142"`)
	p.wantNo(t, "<form", "Try again")
}
