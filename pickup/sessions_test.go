package pickup_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/pickup"
	"securetext/store"
)

// otherAgents are browsers that a patient may have beside the phone, and one
// that nobody knows.
var otherAgents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
	"Lynx/2.9.0",
}

// signedIn is another browser, from which the patient has signed in.
func (c *clinic) signedIn(d delivered, agent string) *browser {
	c.Helper()
	c.pass(time.Minute)
	b := c.browser()
	b.agent = agent
	b.post(d.path()+"/unlock", secret).want(c, 303)
	if b.session() == "" {
		c.Fatal("the other browser has no session")
	}
	return b
}

var offered = regexp.MustCompile(`name="session" value="([^"]*)"`)

// handles are those that the page of sessions offers to sign out, in its order.
func (b *browser) handles(d delivered) []string {
	b.Helper()
	var out []string
	for _, m := range offered.FindAllStringSubmatch(b.get(d.path()+"/sessions").text, -1) {
		out = append(out, m[1])
	}
	return out
}

func (b *browser) end(d delivered, handle string, header ...string) page {
	b.Helper()
	return b.do("POST", d.path()+"/sessions/end", url.Values{"session": {handle}}, header...)
}

func TestS13SessionsAreInSight(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Your blood is fine"))
	phone := c.enrolled(d)
	phone.get(d.path()).want(t, 200, `href="`+d.path()+`/sessions"`)
	p := phone.get(d.path() + "/sessions")
	p.want(t, 200, "Safari, iPhone", "This is the one you are using", "signed in nowhere else", d.path()+"/sessions/end-all")
	p.wantNo(t, `name="session"`, "Your blood")

	laptop := c.signedIn(d, otherAgents[0])
	c.signedIn(d, otherAgents[1])
	p = phone.get(d.path() + "/sessions")
	p.want(t, 200, "Safari, iPhone", "Firefox, Windows", "Last used", "November 23, 2026 at 12:01 PM (UTC)", `<h2 id="on0">Browser</h2>`)
	p.wantNo(t, "nowhere else", phone.session(), laptop.session(), "Lynx", "Your blood")
	here, other := strings.Index(p.text, "Safari"), strings.Index(p.text, "Firefox")
	if here > other {
		t.Error("the browser in use does not come first")
	}

	// One is signed out from afar, and only that one.
	handles := phone.handles(d)
	if len(handles) != 2 {
		t.Fatalf("%d other browsers are offered, want 2", len(handles))
	}
	phone.end(d, handles[1]).want(t, 303)
	laptop.get(d.path()).want(t, 200, "Your password")
	laptop.get(d.path()+"/sessions").want(t, 303)
	if got := phone.handles(d); !slices.Equal(got, handles[:1]) {
		t.Errorf("offered after that: %v, want %v", got, handles[:1])
	}
	phone.end(d, handles[1]).want(t, 303) // twice is as good
	phone.get(d.path()).want(t, 200, "Your blood")
	if got := c.countKind(d, store.Read); got != 2 {
		t.Errorf("%d Read events: looking at the sessions must not be reading", got)
	}
	for _, s := range []string{phone.session(), d.Token.Secret(), handles[0], handles[1]} {
		if strings.Contains(c.logged(), s) {
			t.Errorf("the log holds %q", s)
		}
	}
}

func TestS13SignOutEverywhere(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Your blood is fine"))
	phone := c.enrolled(d)
	laptop := c.signedIn(d, otherAgents[0])
	p := phone.post(d.path()+"/sessions/end-all", "")
	p.want(t, 200, "You are signed out everywhere")
	p.wantNo(t, "<form", "Your blood")
	if got, want := p.Header.Get("Clear-Site-Data"), `"cache", "storage"`; got != want {
		t.Errorf("Clear-Site-Data is %q, want %q", got, want)
	}
	if phone.session() != "" {
		t.Error("the browser still has a session cookie")
	}
	for _, b := range []*browser{phone, laptop} {
		b.get(d.path()).want(t, 200, "Your password")
	}
	phone.post(d.path()+"/unlock", secret).want(t, 303)
	phone.get(d.path()).want(t, 200, "Your blood")
}

// A patient who signs out the browser in hand is signed out, cookie and all.
func TestS13EndingTheOwnSessionIsSigningOut(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	phone := c.enrolled(d)
	laptop := c.signedIn(d, otherAgents[0])
	own := laptop.handles(d)[0]
	phone.end(d, own).want(t, 200, "You are signed out")
	if phone.session() != "" {
		t.Error("the browser still has a session cookie")
	}
	laptop.get(d.path()).want(t, 200, "Hello")
}

func TestS13SessionsOfOthersAreOutOfReach(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	l := plain("For somebody else")
	l.To = "+12114367700"
	theirs := c.deliver(l)
	phone, other := c.enrolled(d), c.enrolled(theirs)
	second := c.signedIn(theirs, otherAgents[0])
	if got := phone.handles(d); len(got) != 0 {
		t.Errorf("another patient's sessions are offered: %v", got)
	}
	for _, h := range append(other.handles(theirs), second.handles(theirs)...) {
		phone.end(d, h).want(t, 303)
	}
	phone.end(d, "").want(t, 303)
	phone.get(theirs.path()+"/sessions").want(t, 303) // their link, my session
	phone.end(theirs, other.handles(theirs)[0]).want(t, 303)
	phone.post(theirs.path()+"/sessions/end-all", "").want(t, 303)
	for _, b := range []*browser{other, second} {
		b.get(theirs.path()).want(t, 200, "For somebody else")
	}
}

func TestS14RevokedSessionsSeeAndEndNothing(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	old := c.enrolled(d)
	if err := c.store.RevokeSessions(t.Context(), c.org.ID, d.Recipient, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	phone := c.signedIn(d, otherAgents[0]) // the old one is still in the session store
	if got := phone.handles(d); len(got) != 0 {
		t.Errorf("revoked sessions are offered: %v", got)
	}
	for _, p := range []page{
		old.get(d.path() + "/sessions"), old.end(d, c.signedIn(d, otherAgents[0]).handles(d)[0]), old.post(d.path()+"/sessions/end-all", ""),
	} {
		p.want(t, 303)
		p.wantNo(t, "Firefox")
	}
	phone.get(d.path()).want(t, 200, "Hello")
}

func TestS14NoSessionStoreNoList(t *testing.T) {
	var st *down
	c := newClinic(t, func(cfg *pickup.Config) {
		st = &down{Store: cfg.Sessions}
		cfg.Sessions = st
	})
	d := c.deliver(plain("Hello"))
	phone := c.enrolled(d)
	st.set(true)
	phone.get(d.path()+"/sessions").want(t, 503)
	phone.end(d, "0011223344556677").want(t, 503)
	phone.post(d.path()+"/sessions/end-all", "").want(t, 503)
}

func TestS15SessionsEndBySameOriginPostsAlone(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	phone := c.enrolled(d)
	laptop := c.signedIn(d, otherAgents[0])
	handle := phone.handles(d)[0]
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
	} {
		phone.end(d, handle, header...).want(t, 403)
		phone.post(d.path()+"/sessions/end-all", "", header...).want(t, 403)
	}
	for _, path := range []string{"/sessions/end?session=" + handle, "/sessions/end-all"} {
		p := phone.get(d.path() + path)
		p.want(t, 303)
		if got := p.Header.Get("Location"); got != d.path() {
			t.Errorf("GET %s leads to %s, want the link", path, got)
		}
	}
	phone.get(d.path()+"/sessions", "Sec-Purpose", "prefetch").want(t, 503)
	phone.get(d.path()).want(t, 200, "Hello")
	laptop.get(d.path()).want(t, 200, "Hello")
	stranger := c.browser()
	for _, p := range []page{stranger.get(d.path() + "/sessions"), stranger.end(d, handle), stranger.post(d.path()+"/sessions/end-all", "")} {
		p.want(t, 303)
		p.wantNo(t, "Firefox")
	}
	laptop.get(d.path()).want(t, 200, "Hello")
}
