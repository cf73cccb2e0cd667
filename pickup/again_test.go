package pickup_test

import (
	"net/http"
	"net/url"
	"testing"

	"securetext/store"
)

// lost sends a form whose answer never comes, as on a phone with two bars: the
// site has done what was asked, and the browser knows nothing of it.
func (b *browser) lost(path string, form url.Values) {
	b.Helper()
	jar := b.client.Jar
	b.client.Jar = readOnly{jar}
	b.do(http.MethodPost, path, form)
	b.client.Jar = jar
}

// readOnly gives cookies and takes none.
type readOnly struct{ http.CookieJar }

func (readOnly) SetCookies(*url.URL, []*http.Cookie) {}

func typed(password string) url.Values { return url.Values{"password": {password}} }

// A form that is sent again since its answer was lost does no harm, and leads on.
func TestAFormWhoseAnswerWasLostIsSentAgain(t *testing.T) {
	for name, again := range map[string]func(t *testing.T, c *clinic, b *browser, d delivered){
		"the first password": func(t *testing.T, c *clinic, b *browser, d delivered) {
			b.lost(d.path()+"/enrol", typed(secret))
			b.post(d.path()+"/enrol", secret).want(t, 303)
			b.get(d.path()).want(t, 200, "Your password") // the one that was set
			b.follow(b.post(d.path()+"/unlock", secret)).want(t, 200, "Take one a day")
			if n := c.countKind(d, store.Enrolled); n != 1 {
				t.Errorf("it was set %d times", n)
			}
		},
		"another first password": func(t *testing.T, c *clinic, b *browser, d delivered) {
			b.lost(d.path()+"/enrol", typed(secret))
			b.post(d.path()+"/enrol", chosenLater).want(t, 303) // changes nothing
			b.post(d.path()+"/unlock", chosenLater).want(t, 422, "not the right password")
		},
		"the password": func(t *testing.T, c *clinic, b *browser, d delivered) {
			c.enrolled(d)
			b.lost(d.path()+"/unlock", typed(secret))
			b.follow(b.post(d.path()+"/unlock", secret)).want(t, 200, "Take one a day")
		},
		"a wrong password": func(t *testing.T, c *clinic, b *browser, d delivered) {
			c.enrolled(d)
			b.lost(d.path()+"/unlock", typed("wrong"))
			b.post(d.path()+"/unlock", "wrong").want(t, 422, "not the right password")
			b.follow(b.post(d.path()+"/unlock", secret)).want(t, 200, "Take one a day")
		},
		"the wish for a code": func(t *testing.T, c *clinic, b *browser, d delivered) {
			c.policy(store.Policy{CodeFirst: true})
			b.lost(d.path()+"/code", nil)
			b.post(d.path()+"/code", "").want(t, 429, "look for our text first")
			c.text() // it was for a browser that never heard of it
			b.check(d, "/code", c.codes[d.Recipient]).want(t, 422, "That code does not work any more", "Text me a code")
			b.prove(d, "/code")
			b.get(d.path()).want(t, 200, "Choose a password")
		},
		"the wish for another code": func(t *testing.T, c *clinic, b *browser, d delivered) {
			c.policy(store.Policy{CodeFirst: true})
			b.post(d.path()+"/code", "").want(t, 303)
			c.pass(store.CodeEvery)
			b.lost(d.path()+"/code", nil)
			b.post(d.path()+"/code", "").want(t, 429, "look for our text first")
			c.text()
			b.check(d, "/code", c.codes[d.Recipient]).want(t, 303)
		},
		"the code": func(t *testing.T, c *clinic, b *browser, d delivered) {
			c.policy(store.Policy{CodeFirst: true})
			b.post(d.path()+"/code", "").want(t, 303)
			c.text()
			b.lost(d.path()+"/code/check", url.Values{"code": {c.codes[d.Recipient]}})
			b.follow(b.check(d, "/code", c.codes[d.Recipient])).want(t, 200, "Choose a password")
			if n := c.countKind(d, store.Proved); n != 1 {
				t.Errorf("it proved %d times", n)
			}
		},
		"the answer": func(t *testing.T, c *clinic, _ *browser, d delivered) {
			b := c.enrolled(d)
			b.lost(d.path()+"/ack", url.Values{"choice": {string(store.AnswerCall)}})
			b.follow(b.answer(d.path(), store.AnswerCall)).want(t, 200, "<strong>Please call me</strong>")
			if n := c.countKind(d, store.Acknowledged); n != 1 {
				t.Errorf("it was given %d times", n)
			}
		},
		"not for me": func(t *testing.T, c *clinic, b *browser, d delivered) {
			b.lost(d.path()+"/notmine", nil)
			b.post(d.path()+"/notmine", "").want(t, 403, "Thank you for telling us")
			if n := c.countKind(d, store.Disowned); n != 1 {
				t.Errorf("it was said %d times", n)
			}
		},
		"asking for it again": func(t *testing.T, c *clinic, b *browser, d delivered) {
			c.pass(life)
			b.lost(d.path()+"/ask", nil)
			b.post(d.path()+"/ask", "").want(t, 200, "You asked for this message before")
			if n := c.countKind(d, store.Asked); n != 1 {
				t.Errorf("it was asked for %d times", n)
			}
		},
		"a new password": func(t *testing.T, c *clinic, b *browser, d delivered) {
			c.enrolled(d)
			b.prove(d, "/forgot")
			b.lost(d.path()+"/reset", typed(chosenLater))
			b.post(d.path()+"/reset", chosenLater)
			later := c.deliver(plain("Take two a day"))
			b.follow(b.post(later.path()+"/unlock", chosenLater)).want(t, 200, "Take two a day")
			if n := c.countKind(d, store.Reset); n != 1 {
				t.Errorf("it was chosen %d times", n)
			}
		},
		"signing out": func(t *testing.T, c *clinic, _ *browser, d delivered) {
			b := c.enrolled(d)
			b.lost("/signout", nil)
			b.post("/signout", "").want(t, 200, "You are signed out")
		},
		"signing out everywhere": func(t *testing.T, c *clinic, _ *browser, d delivered) {
			b := c.enrolled(d)
			b.lost(d.path()+"/sessions/end-all", nil)
			b.follow(b.post(d.path()+"/sessions/end-all", "")).want(t, 200, "Your password")
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClinic(t)
			l := asking(store.AckChoices)
			l.Content.Text = "Take one a day"
			d := c.deliver(l)
			b := c.browser()
			again(t, c, b, d)
		})
	}
}
