package pickup_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"securetext/store"
)

// forgetful is a browser that keeps no cookies.
func (c *clinic) forgetful() *browser {
	b := c.browser()
	b.client.Jar = noCookies{}
	return b
}

type noCookies struct{}

func (noCookies) SetCookies(*url.URL, []*http.Cookie) {}
func (noCookies) Cookies(*url.URL) []*http.Cookie     { return nil }

// follow goes where a form led.
func (b *browser) follow(p page) page {
	b.Helper()
	p.want(b, 303)
	return b.get(p.Header.Get("Location"))
}

const noCookie = "Your browser did not keep our cookie"

// Whatever form it sends, a browser without cookies is told so, once it can be
// known, and is led nowhere but to the beginning.
func TestABrowserWithoutCookiesIsToldSo(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.forgetful()
	want := func(p page) {
		t.Helper()
		p.want(t, 403, noCookie, "Allow cookies for this page", `<a class="button" href="`+d.path()+`">Try again`, `href="tel:5550100142"`)
		p.wantNo(t, "Hello", "<form", `name="password"`)
	}
	b.get(d.path()).want(t, 200, "Choose a password")
	want(b.follow(b.post(d.path()+"/enrol", secret)))
	b.get(d.path()).want(t, 200, "Your password")
	want(b.follow(b.post(d.path()+"/unlock", secret)))

	c.policy(store.Policy{StepUp: store.StepUpNewDevice})
	p := b.get(d.path())
	p.want(t, 200, "We do not know this phone yet")
	p.wantNo(t, "I already have a code")
	want(b.follow(b.post(d.path()+"/code", "")))
	p = b.post(d.path()+"/code", "")
	p.want(t, 429, "6-digit code")
	c.text()
	want(b.check(d, "/code", c.codes[d.Recipient]))
	b.get(d.path()+"/forgot").want(t, 200, "Choose a new password")
	c.pass(store.CodeEvery)
	want(b.follow(b.post(d.path()+"/forgot", "")))
	want(b.check(d, "/forgot", c.codes[d.Recipient]))

	asked := c.deliver(guarded("Hello"))
	b.get(asked.path()).want(t, 200, `name="passcode"`)
	b.follow(b.give(asked, "4711")).want(t, 403, noCookie)
}

// The address that a sign-in leads to is as good as the link, now and later, and
// changes nothing by itself (S03).
func TestS03TheAddressAfterSignInIsTheLinks(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.browser()
	in := b.post(d.path()+"/enrol", secret)
	b.follow(in).want(t, 200, "Hello")
	b.post("/signout", "")
	p := b.follow(in)
	p.want(t, 200, "Your password")
	p.wantNo(t, noCookie)

	before := len(c.kinds(d))
	other := c.browser()
	p = other.follow(in)
	p.want(t, 403, noCookie)
	if len(p.Cookies()) != 0 || len(c.kinds(d)) != before {
		t.Error("looking at the page changes something")
	}
	other.get(d.path()).want(t, 200, "Your password")
}

// A real browser that is set to refuse cookies, without any script of ours.
func TestBrowserThatRefusesCookiesIsToldSo(t *testing.T) {
	profile := t.TempDir()
	if err := os.Mkdir(filepath.Join(profile, "Default"), 0o700); err != nil {
		t.Fatal(err)
	}
	const refuse = `{"profile": {"default_content_setting_values": {"cookies": 2}}}`
	if err := os.WriteFile(filepath.Join(profile, "Default", "Preferences"), []byte(refuse), 0o600); err != nil {
		t.Fatal(err)
	}
	p, c := newPhoneIn(t, profile), newClinic(t)
	d := c.deliver(plain("Hello"))
	p.noScript()
	p.visit(c.server.URL + d.path())
	p.submit(secret)
	p.wantText(noCookie)
	p.tap("main a.button")
	p.wantText("Your password")
	p.submit(secret)
	p.wantText(noCookie)
	p.tap("main a.button")
	c.policy(store.Policy{StepUp: store.StepUpAlways})
	p.visit(c.server.URL + d.path())
	p.tap("main form button")
	p.wantText(noCookie)
}
