package pickup_test

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"securetext/pickup"
	"securetext/store"
	"securetext/store/storetest"
	"securetext/store/token"
)

// locked is a store in which there were too many wrong passwords.
type locked struct{ store.Reader }

func (locked) TryUnlock(context.Context, token.Hash, store.DeviceHash, time.Time) error {
	return store.ErrLocked
}

// everyDoubt visits the pages of those who have to prove that they hold the
// phone, forgot their password, or are not meant. It goes on where everyPage is.
func everyDoubt(c *clinic, lang string, visit func(name string, p page)) {
	l := plain("For Mrs. Bell")
	l.Lang, l.To = lang, "+12114367711"
	d := c.deliver(l)
	b := c.browser()
	wish := []string{"Accept-Language", lang}
	get := func(path string) page { return b.get(d.path()+path, wish...) }
	post := func(path string) page { return b.post(d.path()+path, secret, wish...) }
	visit("notmine", get("/notmine"))

	c.pass(pickup.DefaultGrace + time.Minute)
	visit("code-first", get(""))
	post("/code")
	visit("code", get("?code=texted"))
	visit("code-asked", post("/code"))
	c.text()
	for range store.CodeTries - 1 {
		b.check(d, "/code", c.wrongCode(d), wish...)
	}
	visit("code-wrong", b.check(d, "/code", c.wrongCode(d), wish...))
	visit("code-gone", b.check(d, "/code", c.codes[d.Recipient], wish...))
	b.prove(d, "/code")
	post("/enrol")
	b.post("/signout", "")
	c.pass(store.ProofLife)
	visit("forgot", get("/forgot"))
	c.policy(store.Policy{StepUp: store.StepUpAlways})
	visit("code-again", get(""))
	b = c.browser()
	visit("code-device", get(""))
	visit("cookies", get("?code=texted"))
	b.prove(d, "/forgot")
	visit("reset", get("/forgot"))
	visit("reset-common", b.post(d.path()+"/reset", "password1", wish...))
	visit("reset-done", b.post(d.path()+"/reset", "another teapot 9", wish...))
	visit("held", get(""))
	c.policy(store.Policy{})

	d, later := c.deliver(l), c.deliver(l)
	visit("notmine-done", b.post(d.path()+"/notmine", "", wish...))
	d = later
	c.pass(store.ProofLife)
	visit("notexts", post("/forgot"))

	everyPerson(c, lang, visit)
	everyPasscode(c, lang, visit)

	full := newClinic(c.TB, func(cfg *pickup.Config) { cfg.Store = locked{cfg.Store} })
	d = full.deliver(l)
	full.enrolled(d)
	visit("locked", full.browser().post(d.path()+"/unlock", secret, wish...))
}

// everyPasscode visits the pages of a message that asks for one.
func everyPasscode(c *clinic, lang string, visit func(name string, p page)) {
	l := guarded("For Mrs. Bell")
	l.Lang, l.To = lang, "+12114367733"
	wish := []string{"Accept-Language", lang}
	b, d := c.browser(), c.deliver(l)
	visit("passcode", b.get(d.path(), wish...))
	l.Hint = ""
	visit("passcode-plain", b.get(c.deliver(l).path(), wish...))
	visit("passcode-wrong", b.give(d, "0815", wish...))
	for range store.PasscodeTries - 2 {
		b.give(d, "0815", wish...)
	}
	visit("passcode-tries", b.give(d, "0815", wish...))
}

// policy changes when browsers have to prove themselves.
func (c *clinic) policy(p store.Policy) {
	c.Helper()
	storetest.SetPolicy(c, c.store, c.org.ID, p)
}

// wrongCode is one that was not texted.
func (c *clinic) wrongCode(d delivered) string {
	if c.codes[d.Recipient] == "123456" {
		return "654321"
	}
	return "123456"
}

// check types a code on the page beneath the link.
func (b *browser) check(d delivered, at, code string, header ...string) page {
	b.Helper()
	return b.do(http.MethodPost, d.path()+at+"/check", url.Values{"code": {code}}, header...)
}

// prove asks for a code, a minute from now, and types it as it is texted.
func (b *browser) prove(d delivered, at string) {
	b.Helper()
	b.pass(store.CodeEvery)
	b.post(d.path()+at, "").want(b, 303)
	b.text()
	b.check(d, at, b.codes[d.Recipient]).want(b, 303)
}
