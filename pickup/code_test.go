package pickup_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/pickup"
	"securetext/pickup/device"
	"securetext/store"
)

// countKind is how often something happened to a message.
func (c *clinic) countKind(d delivered, kind store.Kind) int { return countOf(c.kinds(d), kind) }

func TestS09OldLinksTakeACode(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	c.pass(pickup.DefaultGrace + time.Second)
	b := c.browser()
	p := b.get(d.path())
	p.want(t, 200, "One quick step first", "the number ending 89", `action="`+d.path()+`/code"`)
	p.wantNo(t, "4367789", "436-7789", `name="password"`)
	b.post(d.path()+"/enrol", secret).want(t, 303)
	if b.session() != "" {
		t.Fatal("a link that is too old set a password")
	}

	p = b.post(d.path()+"/code", "")
	p.want(t, 303)
	if got := p.Header.Get("Location"); got != d.path()+"?code=texted" {
		t.Errorf("asking leads to %s", got)
	}
	p = b.get(d.path() + "?code=texted")
	p.want(t, 200, `inputmode="numeric" autocomplete="one-time-code"`, `action="`+d.path()+`/code/check"`, "ending 89", `href="tel:5550100142"`)
	c.text()
	b.check(d, "/code", c.wrongCode(d)).want(t, 422, "That is not the right code", `aria-invalid="true"`)
	for _, typed := range []string{"", "12345", "1234567", "abcdef", "١٢٣٤٥٦"} {
		b.check(d, "/code", typed).want(t, 422, "That is not the right code")
	}
	code := c.codes[d.Recipient]
	b.check(d, "/code", " "+code[:3]+"-"+code[3:]+" ").want(t, 303)
	b.get(d.path()).want(t, 200, "Choose a password")
	b.post(d.path()+"/enrol", secret).want(t, 303)
	b.get(d.path()).want(t, 200, "Hello")

	want := []store.Kind{store.Opened, store.CodeAsked, store.CodeFailed, store.Proved, store.Enrolled, store.Read}
	if got := c.kinds(d); !slices.Equal(got, want) {
		t.Errorf("got events %v, want %v", got, want)
	}
	for _, s := range []string{code, c.wrongCode(d), b.cookie(device.CookieName), d.Token.Secret()} {
		if s == "" || strings.Contains(c.logged(), s) {
			t.Errorf("the log holds %q", s)
		}
	}
}

func TestS09AnOrgMayWantACodeFirst(t *testing.T) {
	c := newClinic(t)
	c.policy(store.Policy{CodeFirst: true})
	d := c.deliver(plain("Hello"))
	b := c.browser()
	b.get(d.path()).wantNo(t, `name="password"`)
	b.post(d.path()+"/enrol", secret).want(t, 303)
	if b.session() != "" {
		t.Fatal("the first password took no code")
	}
	b.prove(d, "/code")
	b.post(d.path()+"/enrol", secret).want(t, 303)
	b.get(d.path()).want(t, 200, "Hello")
}

// A code is good once, in the browser that asked for it, for ten minutes and
// five tries; what it proved, for a quarter of an hour.
func TestS09CodesAreGoodOnce(t *testing.T) {
	c := newClinic(t)
	c.policy(store.Policy{CodeFirst: true})
	d := c.deliver(plain("Hello"))
	b := c.browser()
	ask := func() string {
		t.Helper()
		c.pass(store.CodeEvery)
		b.post(d.path()+"/code", "").want(t, 303)
		c.text()
		return c.codes[d.Recipient]
	}
	gone := func(b *browser, code string) {
		t.Helper()
		b.check(d, "/code", code).want(t, 422, "That code does not work any more", `action="`+d.path()+`/code"`)
		b.get(d.path()).wantNo(t, `name="password"`)
	}

	other := c.browser()
	other.check(d, "/code", ask()).want(t, 403, "did not keep our cookie")
	other.post(d.path()+"/code", "").want(t, 429) // which gives it a cookie, and nothing else
	gone(other, c.codes[d.Recipient])

	code := ask()
	c.pass(store.CodeLife)
	gone(b, code)

	code = ask()
	for range store.CodeTries {
		b.check(d, "/code", c.wrongCode(d)).want(t, 422, "That is not the right code")
	}
	gone(b, code)

	code = ask()
	b.check(d, "/code", code).want(t, 303)
	b.get(d.path()).want(t, 200, "Choose a password")
	c.pass(store.ProofLife)
	gone(b, code)
	b.post(d.path()+"/enrol", secret).want(t, 303)
	if b.session() != "" {
		t.Error("a proof of long ago set a password")
	}
}

func TestS10NewDevicesTakeACodeBesidesThePassword(t *testing.T) {
	c := newClinic(t)
	c.policy(store.Policy{StepUp: store.StepUpNewDevice})
	d := c.deliver(plain("Hello"))
	known := c.enrolled(d)
	known.post("/signout", "")
	if known.cookie(device.CookieName) == "" {
		t.Fatal("signing out made the browser an unknown device")
	}

	other := c.browser()
	p := other.get(d.path())
	p.want(t, 200, "We do not know this phone yet")
	p.wantNo(t, `name="password"`)
	other.post(d.path()+"/unlock", secret).want(t, 303)
	if other.session() != "" {
		t.Fatal("a password alone was enough on a new device")
	}
	other.prove(d, "/code")
	other.get(d.path()).want(t, 200, "Your password")
	other.post(d.path()+"/unlock", "not the password").want(t, 422, "not the right password")
	other.post(d.path()+"/unlock", secret).want(t, 303)
	other.get(d.path()).want(t, 200, "Hello")

	c.pass(5 * 24 * time.Hour)
	for _, b := range []*browser{known, other} { // both are known now
		b.get(d.path()).want(t, 200, "Your password")
		b.post(d.path()+"/unlock", secret).want(t, 303)
		b.get(d.path()).want(t, 200, "Hello")
	}
}

func TestS10EverySignInMayTakeACode(t *testing.T) {
	c := newClinic(t)
	c.policy(store.Policy{StepUp: store.StepUpAlways})
	d := c.deliver(plain("Hello"))
	b := c.enrolled(d)
	b.post("/signout", "")
	b.get(d.path()).want(t, 200, "One quick step first")
	b.prove(d, "/code")
	b.post(d.path()+"/unlock", secret).want(t, 303)
	b.get(d.path()).want(t, 200, "Hello")
}

func TestS10DeviceCookie(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.browser()
	for _, path := range []string{"", "?code=texted", "/forgot", "/notmine", "/code"} {
		if p := b.get(d.path() + path); len(p.Cookies()) != 0 {
			t.Errorf("GET %s sets cookies (S03)", path)
		}
	}
	p := b.post(d.path()+"/enrol", secret)
	i := slices.IndexFunc(p.Cookies(), func(k *http.Cookie) bool { return k.Name == "__Host-device" })
	if i < 0 {
		t.Fatalf("got cookies %v", p.Cookies())
	}
	k := p.Cookies()[i]
	if !k.HttpOnly || !k.Secure || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" || k.MaxAge != 400*24*3600 {
		t.Errorf("the cookie is %v", k.Raw)
	}
	before := b.cookie(device.CookieName)
	b.post(d.path()+"/unlock", secret).want(t, 303)
	if b.cookie(device.CookieName) != before {
		t.Error("a second sign-in made it another device")
	}
}

func TestS10CodesAreFewAndGoNowhereElse(t *testing.T) {
	c := newClinic(t)
	c.policy(store.Policy{StepUp: store.StepUpNewDevice})
	d := c.deliver(plain("Hello"))
	known := c.enrolled(d)
	known.post("/signout", "")
	known.post(d.path()+"/code", "").want(t, 303) // it owes none, so none is texted
	if n := c.countKind(d, store.CodeAsked); n != 0 {
		t.Fatalf("a device that owes no code was texted %d", n)
	}
	b := c.browser()
	b.post(d.path()+"/code", "").want(t, 303)
	p := b.post(d.path()+"/code", "")
	p.want(t, 429, "Please look for our text first", "ask again in 1 minute", `action="`+d.path()+`/code/check"`)
	if got := p.Header.Get("Retry-After"); got != "60" {
		t.Errorf("Retry-After is %q", got)
	}
	c.text()
	for range 2 * store.MostCodes {
		c.pass(store.CodeEvery)
		b.post(d.path()+"/code", "")
	}
	if n := c.countKind(d, store.CodeAsked); n != store.MostCodes {
		t.Errorf("%d codes were asked for within a day, want %d", n, store.MostCodes)
	}
	c.pass(24 * time.Hour)
	b.prove(d, "/code")
}

func TestS10WhoGetsNoTextsIsToldWhomToCall(t *testing.T) {
	c := newClinic(t)
	c.policy(store.Policy{StepUp: store.StepUpNewDevice})
	d, other := c.deliver(plain("Hello")), c.deliver(plain("Hello again"))
	c.enrolled(d)
	c.browser().post(other.path()+"/notmine", "").want(t, 200)
	b := c.browser()
	for _, path := range []string{"/code", "/forgot"} {
		p := b.post(d.path()+path, "")
		p.want(t, 409, "We cannot text this number", "Lakeside Family Clinic", `href="tel:5550100142"`)
		p.wantNo(t, "<form")
	}
}
