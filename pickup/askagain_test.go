package pickup_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"securetext/pickup"
	"securetext/store"
	"securetext/store/token"
)

const askButton = "Ask Lakeside Family Clinic to send it again"

// asked are the events of patients who asked for the message again.
func (c *clinic) asked(d delivered) []store.Event {
	c.Helper()
	return slices.DeleteFunc(c.events(d), func(e store.Event) bool { return e.Kind != store.Asked })
}

func TestAnExpiredMessageIsAskedForWithOneTap(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Expired text"))
	c.pass(life)
	b := c.browser()
	for _, when := range []string{"before it is wiped", "after"} {
		p := b.get(d.path())
		p.want(t, 410, askButton, `<form method="post" action="`+d.path()+`/ask">`, "Lakeside Family Clinic", `href="tel:5550100142"`)
		p.wantNo(t, "Expired text")
		if n := strings.Count(p.text, "<button") + strings.Count(p.text, `class="button`); n != 1 {
			t.Errorf("%s: the page has %d buttons, want 1", when, n)
		}
		if _, err := c.store.Expire(t.Context(), 10, c.clock()); err != nil {
			t.Fatalf("Expire %s: %v", when, err)
		}
	}
	p := b.post(d.path()+"/ask", "")
	p.want(t, 200, "We let Lakeside Family Clinic know", "They were told", `href="tel:5550100142"`)
	p.wantNo(t, "<button")
	events := c.asked(d)
	if len(events) != 1 || events[0].By.Kind != store.ByVisitor || !events[0].By.Addr.IsLoopback() || !events[0].At.Equal(c.clock()) {
		t.Fatalf("got events %v, want one by a visitor", events)
	}
	if l := c.logged(); !strings.Contains(l, "expired message asked for") || strings.Contains(l, d.Token.Secret()) {
		t.Errorf("the log is %s", l)
	}

	c.pass(store.AskAgainEvery - time.Second)
	p = c.browser().post(d.path()+"/ask", "")
	p.want(t, 200, "We let Lakeside Family Clinic know", "You asked for this message before")
	if n := len(c.asked(d)); n != 1 {
		t.Errorf("the sender was told %d times in a day", n)
	}
	c.pass(2 * time.Second)
	b.post(d.path()+"/ask", "").want(t, 200, "They were told")
	if n := len(c.asked(d)); n != 2 {
		t.Errorf("a day later: got %d events, want a second", n)
	}
}

func TestS03LooksAtAnExpiredLinkAskForNothing(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	c.pass(life)
	for _, agent := range previews {
		b := c.browser()
		b.agent = agent
		b.get(d.path()).want(t, 410)
		p := b.get(d.path() + "/ask")
		p.want(t, 303)
		if got := p.Header.Get("Location"); got != d.path() {
			t.Errorf("GET leads to %s", got)
		}
		b.do(http.MethodHead, d.path()+"/ask", nil)
		b.get(d.path()+"/ask", "Sec-Purpose", "prefetch;prerender")
	}
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
	} {
		c.browser().post(d.path()+"/ask", "", header...).want(t, 403)
	}
	if got := c.asked(d); len(got) != 0 {
		t.Errorf("the message was asked for: %v", got)
	}
}

func TestOnlyWhatExpiredIsAskedFor(t *testing.T) {
	c := newClinic(t)
	live, wiped := c.deliver(plain("Hello")), c.deliver(plain("Wiped text"))
	if err := c.store.Wipe(t.Context(), c.org.ID, wiped.ID, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	b := c.browser()
	b.post(live.path()+"/ask", "").want(t, 303)
	b.get(live.path()).want(t, 200, "Choose a password")
	for _, wait := range []time.Duration{0, life + time.Minute} {
		c.pass(wait)
		p := b.get(wiped.path())
		p.want(t, 410, "This message was removed")
		p.wantNo(t, "<form", "send it again")
		b.post(wiped.path()+"/ask", "").want(t, 303)
	}
	if got := append(c.asked(live), c.asked(wiped)...); len(got) != 0 {
		t.Errorf("something was asked for: %v", got)
	}
}

// overtaken is a store whose links look expired although their messages were
// wiped, as when that happens between two of its answers.
type overtaken struct{ store.Reader }

func (s overtaken) Link(ctx context.Context, hash token.Hash, device store.DeviceHash, now time.Time) (store.Link, error) {
	link, err := s.Reader.Link(ctx, hash, device, now)
	link.State = store.LinkExpired
	return link, err
}

func TestAMessageWipedWhileItIsAskedForIsGone(t *testing.T) {
	c := newClinic(t, func(cfg *pickup.Config) { cfg.Store = overtaken{cfg.Store} })
	d := c.deliver(plain("Hello"))
	if err := c.store.Wipe(t.Context(), c.org.ID, d.ID, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	c.browser().post(d.path()+"/ask", "").want(t, 303)
	if got := c.asked(d); len(got) != 0 {
		t.Errorf("it was asked for: %v", got)
	}
}

func TestBrowserAsksForAnExpiredMessage(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(plain("Hello"))
	c.pass(life)
	p.noScript()
	for _, want := range []string{"They were told", "You asked for this message before"} {
		p.visit(c.server.URL + d.path())
		p.wantText("no longer available")
		p.do(chromedp.Click(chromedp.CSS("main button")), chromedp.WaitVisible(chromedp.CSS("[role=status]")))
		p.wantText("We let Lakeside Family Clinic know")
		p.wantText(want)
	}
	p.visit(c.server.URL + d.path() + "/ask") // as when the page is opened again later
	p.wantText("no longer available")
	if n := len(c.asked(d)); n != 1 {
		t.Errorf("the sender was told %d times, want once", n)
	}
}
