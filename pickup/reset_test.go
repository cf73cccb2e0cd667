package pickup_test

import (
	"slices"
	"testing"

	"securetext/store"
)

const chosenLater = "another teapot 9"

func TestS11AForgottenPasswordIsChosenAnew(t *testing.T) {
	c := newClinic(t)
	c.policy(store.Policy{StepUp: store.StepUpNewDevice})
	old := c.deliver(plain("Sent before"))
	b, second := c.enrolled(old), c.browser()
	second.prove(old, "/code")
	second.post(old.path()+"/unlock", secret).want(t, 303)
	second.get(old.path()).want(t, 200, "Sent before")
	before := b.session()

	b.get(old.path()+"/forgot").want(t, 200, "the number ending 89", "will be closed", `action="`+old.path()+`/forgot"`)
	c.pass(store.CodeEvery)
	p := b.post(old.path()+"/forgot", "")
	p.want(t, 303)
	if got := p.Header.Get("Location"); got != old.path()+"/forgot?code=texted" {
		t.Errorf("asking leads to %s", got)
	}
	b.get(old.path()+"/forgot?code=texted").want(t, 200, `action="`+old.path()+`/forgot/check"`)
	c.text()
	b.check(old, "/forgot", c.wrongCode(old)).want(t, 422, "That is not the right code", `action="`+old.path()+`/forgot/check"`)
	b.check(old, "/forgot", c.codes[old.Recipient]).want(t, 303)
	b.get(old.path()+"/forgot").want(t, 200, `action="`+old.path()+`/reset"`)
	b.post(old.path()+"/reset", "password1").want(t, 422, "easy to guess") // S06
	b.post(old.path()+"/reset", "2114367789").want(t, 422, "do not use your phone number")
	p = b.post(old.path()+"/reset", chosenLater)
	p.want(t, 200, "This message was sent before you chose a new password", "Lakeside Family Clinic", `href="tel:5550100142"`)
	p.wantNo(t, "Sent before<", chosenLater)
	if b.session() == before || b.session() == "" {
		t.Error("the session is not a new one (S13)")
	}

	for _, who := range []*browser{b, second, c.browser()} {
		p := who.get(old.path())
		p.want(t, 403, "This message is closed for now", "Lakeside Family Clinic", `href="tel:5550100142"`)
		p.wantNo(t, "Sent before")
	}
	b.get(old.path()+"/html").wantNo(t, "Sent before")
	b.get(old.path()+"/a/1").want(t, 403)

	later := c.deliver(plain("Sent after"))
	b.get(later.path()).want(t, 200, "Sent after")
	second.get(later.path()).want(t, 200, "We do not know this phone yet")
	second.prove(later, "/code")
	second.post(later.path()+"/unlock", secret).want(t, 422)
	second.post(later.path()+"/unlock", chosenLater).want(t, 303)

	if err := c.store.ReleaseMessage(t.Context(), c.org.ID, old.ID, ana, c.clock()); err != nil {
		t.Fatalf("ReleaseMessage: %v", err)
	}
	b.get(old.path()).want(t, 200, "Sent before")
	if got := c.kinds(old); !slices.Contains(got, store.Reset) {
		t.Errorf("got events %v", got)
	}
}

// Whatever the policy, and however well the browser is known.
func TestS11AResetTakesACode(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	known := c.enrolled(d)
	for _, b := range []*browser{known, c.browser()} {
		p := b.post(d.path()+"/reset", chosenLater)
		p.want(t, 303)
		if got := p.Header.Get("Location"); got != d.path()+"/forgot" {
			t.Errorf("it leads to %s", got)
		}
		b.get(d.path()+"/forgot").wantNo(t, `name="password"`)
	}
	c.browser().post(d.path()+"/unlock", chosenLater).want(t, 422)
	known.prove(d, "/forgot")
	c.pass(store.ProofLife)
	known.post(d.path()+"/reset", chosenLater).want(t, 303) // too late
	c.browser().post(d.path()+"/unlock", secret).want(t, 303)
}

func TestS11BeforeFirstUseThereIsNothingToForget(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.browser()
	for _, path := range []string{"/forgot", "/forgot/check", "/reset"} {
		b.post(d.path()+path, chosenLater).want(t, 303)
	}
	p := b.get(d.path() + "/forgot")
	p.want(t, 303)
	if got := p.Header.Get("Location"); got != d.path() {
		t.Errorf("it leads to %s", got)
	}
	if n := c.countKind(d, store.CodeAsked); n != 0 {
		t.Errorf("%d codes were asked for", n)
	}
}

// The number has another owner now, who gets the texts.
func TestS11ARecycledNumberOpensNothingOfItsLastOwner(t *testing.T) {
	c := newClinic(t)
	c.policy(store.Policy{StepUp: store.StepUpNewDevice})
	old := []delivered{c.deliver(plain("Your blood is fine")), c.deliver(plain("Your blood is still fine"))}
	patient := c.enrolled(old[0])
	b := c.browser()
	b.prove(old[0], "/forgot")
	b.post(old[0].path()+"/reset", chosenLater).want(t, 200)
	for _, d := range old {
		for _, path := range []string{"", "?view=text", "/html", "/a/1"} {
			b.get(d.path()+path).wantNo(t, "Your blood")
			patient.get(d.path()+path).wantNo(t, "Your blood")
		}
		b.post(d.path()+"/unlock", chosenLater).want(t, 403)
	}
	if n := c.countKind(old[1], store.Read); n != 0 {
		t.Errorf("the second message was read %d times", n)
	}
}
