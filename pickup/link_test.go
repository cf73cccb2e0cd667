package pickup_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/pickup/session"
	"securetext/store"
	"securetext/store/token"
)

func TestThreeWaysOfALink(t *testing.T) {
	c := newClinic(t)
	first := c.deliver(plain("The first result is fine."))
	second := c.deliver(plain("The second result is fine."))

	b := c.browser()
	b.get(first.path()).want(t, 200, "Choose a password", "Lakeside Family Clinic")
	b.post(first.path()+"/enrol", secret).want(t, 303)
	b.get(first.path()).want(t, 200, "The first result is fine.", "Your results", "Dr. Ana Reyes", "November 23, 2026")
	b.get(second.path()).want(t, 200, "The second result is fine.")

	other := c.browser()
	other.get(second.path()).want(t, 200, "Your password")
	other.post(second.path()+"/unlock", secret).want(t, 303)
	other.get(second.path()).want(t, 200, "The second result is fine.")

	if got, want := c.kinds(first), []store.Kind{store.Opened, store.Enrolled, store.Read}; !slices.Equal(got, want) {
		t.Errorf("first message: got events %v, want %v", got, want)
	}
	if got, want := c.kinds(second), []store.Kind{store.Read, store.Opened, store.Unlocked, store.Read}; !slices.Equal(got, want) {
		t.Errorf("second message: got events %v, want %v", got, want)
	}
	for _, s := range []string{first.Token.Secret(), second.Token.Secret(), secret, "4367789", "436-7789", "result", b.session()} {
		if strings.Contains(c.logged(), s) {
			t.Errorf("the log holds %q", s)
		}
	}
}

func TestS01TokensAreReadAsTyped(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	typed := strings.ToUpper(strings.NewReplacer("0", "O", "1", "l").Replace(d.Token.Secret()))
	c.browser().get("/m/"+typed).want(t, 200, `action="`+d.path()+`/enrol"`)
}

func TestS03LooksWithoutASessionChangeNothing(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	before := c.events(d)
	for _, agent := range []string{"", "WhatsApp/2.23", "facebookexternalhit/1.1", "Googlebot/2.1", "Mozilla/5.0 (Linux; Android 15)", "curl/8"} {
		b := c.browser()
		b.agent = agent
		for range 17 {
			for _, path := range []string{"", "/html", "/a/1", "/enrol", "/unlock", "?code=texted", "/code", "/code/check", "/forgot", "/forgot/check", "/reset", "/notmine", "/ask", "/opened"} {
				b.get(d.path() + path)
				b.do(http.MethodHead, d.path()+path, nil)
			}
			b.get(d.path(), "Sec-Purpose", "prefetch;prerender")
		}
		if b.session() != "" {
			t.Errorf("%q was given a session", agent)
		}
	}
	if after := c.events(d); !slices.Equal(before, after) {
		t.Errorf("events were added: %v", after[len(before):])
	}
	b := c.enrolled(d)
	b.get(d.path()).want(t, 200, "Hello")
}

func TestS03WhatIsFetchedAheadIsNotRead(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.enrolled(d)
	before := c.events(d)
	for _, header := range []string{"Sec-Purpose", "Purpose", "X-Moz"} {
		for _, path := range []string{"", "/html", "/a/1"} {
			p := b.get(d.path()+path, header, "prefetch")
			p.want(t, 503)
			p.wantNo(t, "Hello")
		}
	}
	if p := b.do(http.MethodHead, d.path(), nil); p.StatusCode != 200 || p.text != "" {
		t.Errorf("HEAD: got %d and %q", p.StatusCode, p.text)
	}
	if after := c.events(d); !slices.Equal(before, after) {
		t.Errorf("events were added: %v", after[len(before):])
	}
}

func TestS04TokensThatLeadNowhereLookTheSame(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.enrolled(d)
	unknown := "/m/" + token.New().Secret()
	want := b.get(unknown)
	want.want(t, 404)
	for _, path := range []string{
		"/m/short", "/m/" + strings.Repeat("u", token.Length), d.path() + "x", unknown + "/html", unknown + "/a/1", unknown + "/forgot", unknown + "/notmine",
		"/m/%00", "/m/..%2f..", "/nothing/here", "/m/",
	} {
		got := b.get(path)
		if got.StatusCode != 404 || got.text != want.text {
			t.Errorf("%s: got %d and another page than for an unknown token:\n%s", path, got.StatusCode, got.text)
		}
		for name := range want.Header {
			if name != "Date" && got.Header.Get(name) != want.Header.Get(name) {
				t.Errorf("%s: header %s is %q, for an unknown token %q", path, name, got.Header.Get(name), want.Header.Get(name))
			}
		}
	}
	for _, path := range []string{"/enrol", "/unlock", "/code", "/code/check", "/forgot", "/forgot/check", "/reset", "/notmine", "/ask", "/opened"} {
		if got := b.post(unknown+path, secret); got.StatusCode != 404 || got.text != want.text {
			t.Errorf("POST %s: got %d and another page", path, got.StatusCode)
		}
	}
}

func TestS04EndedMessagesSayWhomToCall(t *testing.T) {
	c := newClinic(t)
	wiped, expired := c.deliver(plain("Wiped text")), c.deliver(plain("Expired text"))
	b := c.enrolled(expired)
	if err := c.store.Wipe(t.Context(), c.org.ID, wiped.ID, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	p := b.get(wiped.path())
	p.want(t, 410, "This message was removed", "Lakeside Family Clinic", `href="tel:5550100142"`)
	c.pass(life + time.Minute)
	for _, when := range []string{"before it is wiped", "after"} {
		p := b.get(expired.path())
		p.want(t, 410, "no longer available", "Lakeside Family Clinic", `href="tel:5550100142"`)
		p.wantNo(t, "Expired text")
		for _, path := range []string{"/unlock", "/code", "/code/check", "/forgot", "/forgot/check", "/reset", "/notmine"} {
			b.post(expired.path()+path, secret).want(t, 410)
		}
		if _, err := c.store.Expire(t.Context(), 10, c.clock()); err != nil {
			t.Fatalf("Expire %s: %v", when, err)
		}
	}
}

func TestSomebodyElsesSessionIsNone(t *testing.T) {
	c := newClinic(t)
	mine := c.deliver(plain("For me"))
	l := plain("For her")
	l.To = "+12114367700"
	hers := c.deliver(l)
	b := c.enrolled(mine)
	for _, path := range []string{"", "/html", "/a/1"} {
		b.get(hers.path()+path).wantNo(t, "For her")
	}
	b.get(hers.path()).want(t, 200, "Choose a password")
	if got := c.kinds(hers); len(got) != 0 {
		t.Errorf("events were added: %v", got)
	}
	b.get(mine.path()).want(t, 200, "For me")
}

func TestS13SessionsAreNewAtEverySignIn(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.enrolled(d)
	old := b.session()
	p := b.post(d.path()+"/unlock", secret)
	p.want(t, 303)
	if b.session() == old || b.session() == "" {
		t.Fatal("the session is not a new one")
	}
	stale := c.browser()
	stale.get(d.path(), "Cookie", session.CookieName+"="+old).want(t, 200, "Your password")

	set := p.Cookies()
	cookie := set[len(set)-1]
	if cookie.Name != "__Host-session" || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode ||
		cookie.Path != "/" || cookie.Domain != "" || !cookie.Expires.IsZero() || cookie.MaxAge != 0 {
		t.Errorf("the cookie is %v", p.Header["Set-Cookie"])
	}
}

func TestS13SessionsEndByThemselves(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.enrolled(d)
	for range 24 { // four hours, never idle
		c.pass(10*time.Minute - time.Second)
		b.get(d.path()).want(t, 200, "Hello")
	}
	c.pass(time.Minute)
	b.get(d.path()).want(t, 200, "Your password")

	b.post(d.path()+"/unlock", secret).want(t, 303)
	c.pass(15 * time.Minute)
	b.get(d.path()).want(t, 200, "Your password")
}

func TestS13SignOut(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.enrolled(d)
	id := b.session()
	p := b.post("/signout", "")
	p.want(t, 200, "You are signed out")
	if got := p.Header.Get("Clear-Site-Data"); !strings.Contains(got, `"cache"`) || b.session() != "" {
		t.Errorf("the browser keeps something: Clear-Site-Data %q, session %q", got, b.session())
	}
	c.browser().get(d.path(), "Cookie", session.CookieName+"="+id).want(t, 200, "Your password")
	c.browser().post("/signout", "").want(t, 200)
}

func TestS14RevocationHoldsAtOnce(t *testing.T) {
	c := newClinic(t)
	l := plain("Hello")
	l.Content.HTML = "<p>Hello</p>"
	d := c.deliver(l)
	b := c.enrolled(d)
	b.get(d.path()+"?view=text").want(t, 200, "Hello")
	if err := c.store.RevokeSessions(t.Context(), c.org.ID, d.Recipient, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	p := b.get(d.path() + "?view=text")
	p.want(t, 200, "Your password")
	p.wantNo(t, "Hello")
	p = b.get(d.path() + "/html")
	p.want(t, 303)
	p.wantNo(t, "Hello")
	b.post(d.path()+"/unlock", secret).want(t, 303)
	b.get(d.path()+"?view=text").want(t, 200, "Hello")
}
