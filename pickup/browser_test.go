package pickup_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"securetext/store"
	show "securetext/web/letter"
)

func TestBrowserThreeWays(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	first, second := c.deliver(rich(t)), c.deliver(plain("Dear Mrs. Bell,\n\nyour blood test is fine.\n\nDr. Reyes"))

	p.visit(c.server.URL + first.path())
	p.wantText("Choose a password")
	p.shoot("1-first-use")
	p.submit("password1")
	p.wantText("easy to guess")
	p.shoot("1-first-use-refused")
	p.do(chromedp.Click(chromedp.ID("reveal")))
	if got := eval[string](p, "document.getElementById('password').type"); got != "text" {
		t.Errorf("the password is not shown: the field's type is %s", got)
	}
	p.submit(secret)
	p.wantText("How to prepare for your visit")
	p.do(chromedp.Sleep(500 * time.Millisecond)) // the frame has no event of its own
	p.shoot("2-message-html")
	p.scheme("dark")
	p.shoot("2-message-html-dark")
	p.scheme("light")
	if got := c.kinds(first); !slices.Contains(got, store.Read) || countOf(got, store.Read) != 2 {
		t.Errorf("got events %v, want a Read for the page and one for the frame", got)
	}

	p.visit(c.server.URL + second.path())
	p.wantText("your blood test is fine.")
	p.shoot("2-message")
	p.do(chromedp.Click(chromedp.CSS("header button")), chromedp.WaitVisible(chromedp.CSS("[role=status]")))
	p.wantText("You are signed out")

	p.visit(c.server.URL + second.path())
	p.wantText("Your password")
	p.shoot("3-password")
	p.submit("not the one")
	p.wantText("not the right password")
	p.submit(secret)
	p.wantText("your blood test is fine.")
}

func countOf(kinds []store.Kind, kind store.Kind) int {
	n := 0
	for _, k := range kinds {
		if k == kind {
			n++
		}
	}
	return n
}

func TestBrowserTellsThatALinkWasOpened(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(plain("Hello"))
	p.visit(c.server.URL + d.path())
	if got := c.kinds(d); len(got) != 0 {
		t.Errorf("events at once: %v", got)
	}
	p.do(chromedp.Sleep(2 * time.Second))
	events := c.events(d)
	if e := events[len(events)-1]; e.Kind != store.Opened || e.By.Kind != store.ByVisitor {
		t.Errorf("the last event is %s by %s, want opened by a visitor", e.Kind, e.By.Kind)
	}
}

// A page out of the back/forward cache says so in its pageshow event.
func TestS16BrowserAsksAgainForARestoredPage(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(plain("Hello"))
	p.visit(c.server.URL + d.path())
	p.submit(secret)
	p.wantText("Hello")
	if err := c.store.RevokeSessions(t.Context(), c.org.ID, d.Recipient, ana, c.clock()); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.Evaluate[chromedp.Void](`dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}))`),
		chromedp.WaitVisible(chromedp.ID("password")))
	if strings.Contains(p.text(), "Hello") {
		t.Error("the message is still there")
	}
}

// The framed document is shown without its policy here, under which axe could
// not run. Its heading is on the page around it.
func TestBrowserFramedMessageIsForEveryone(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(rich(t))
	frame := c.enrolled(d).get(d.path() + "/html")
	bare := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", frame.Header.Get("Content-Type"))
		fmt.Fprint(w, frame.text)
	}))
	defer bare.Close()
	for _, scheme := range []string{"light", "dark"} {
		p.scheme(scheme)
		p.visit(bare.URL)
		p.wantText("insurance card")
		for _, v := range p.violations("page-has-heading-one") {
			t.Errorf("%s: %s", scheme, v)
		}
	}
	eval[chromedp.Void](p, "document.documentElement.style.fontSize = '225%'") // twice ours
	if n := p.overflow(); n > 0 {
		t.Errorf("with text of twice the size the frame is %d pixels too wide", n)
	}
}

func TestBrowserWithoutScript(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(plain("Hello"))
	p.noScript()
	p.visit(c.server.URL + d.path())
	p.do(chromedp.Sleep(1500 * time.Millisecond))
	if got := c.kinds(d); len(got) != 0 {
		t.Errorf("a browser that runs no script, as those of previews, made events %v", got)
	}
	p.submit(secret)
	p.wantText("Hello")
	p.do(chromedp.Click(chromedp.CSS("header button")), chromedp.WaitVisible(chromedp.CSS("[role=status]")))
	p.visit(c.server.URL + d.path())
	p.submit(secret)
	p.wantText("Hello")
	want := []store.Kind{store.Opened, store.Enrolled, store.Read, store.Unlocked, store.Read}
	if got := c.kinds(d); !slices.Equal(got, want) {
		t.Errorf("got events %v, want %v", got, want)
	}
}

// Every page is shown in a browser as the site sent it, headers and all.
func TestBrowserPagesAreForEveryone(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	g := newGallery(p)
	for _, name := range g.names {
		t.Run(name, func(t *testing.T) {
			p := &phone{T: t, ctx: p.ctx}
			for _, scheme := range []string{"light", "dark"} {
				p.scheme(scheme)
				g.show(p, name)
				p.shoot("page-" + name + "-" + scheme)
				for _, v := range p.violations() {
					t.Errorf("%s: %s", scheme, v)
				}
			}
			if n := p.overflow(); n > 0 {
				t.Errorf("the page is %d pixels wider than the screen", n)
			}
			for _, target := range p.smallTargets() {
				t.Errorf("hard to hit: %s", target)
			}
			eval[chromedp.Void](p, "document.documentElement.style.fontSize = '225%'") // twice ours
			if n := p.overflow(); n > 0 {
				t.Errorf("with text of twice the size the page is %d pixels wider than the screen", n)
			}
			p.shoot("page-" + name + "-large")
		})
	}
}

// hostile is HTML that calls the trap in every way it can.
func hostile(trap string) string {
	return strings.ReplaceAll(`<script src="TRAP/script"></script><script>fetch("TRAP/fetch"); top.document.title = "stolen"</script>
		<img src="TRAP/img" srcset="TRAP/srcset 2x" onerror="fetch('TRAP/onerror')"><img src=x onerror="new Image().src='TRAP/x'">
		<link rel="stylesheet" href="TRAP/css"><link rel="preload" as="image" href="TRAP/preload"><link rel="prefetch" href="TRAP/prefetch">
		<link rel="dns-prefetch" href="TRAP/dns"><style>@import "TRAP/import"; body { background: url(TRAP/bg) }</style>
		<p style="background:url(TRAP/style)">Visible text</p><svg onload="fetch('TRAP/svg')"><image href="TRAP/svgimage"/></svg>
		<iframe src="TRAP/iframe"></iframe><iframe srcdoc="<script>fetch('TRAP/srcdoc')</script>"></iframe><object data="TRAP/object"></object>
		<embed src="TRAP/embed"><video src="TRAP/video" poster="TRAP/poster" autoplay></video><audio src="TRAP/audio" autoplay></audio>
		<form action="TRAP/form" id="f"><button autofocus onfocus="f.submit()">x</button></form><meta http-equiv="refresh" content="0;url=TRAP/refresh">
		<base href="TRAP/base/"><body background="TRAP/body" onload="fetch('TRAP/onload')"><input type="image" src="TRAP/input">
		<table background="TRAP/table"><tr><td>cell</td></tr></table><a href="TRAP/ping" ping="TRAP/ping2">link</a>`, "TRAP", trap)
}

func TestS19BrowserRunsAndLoadsNothingOfAMessage(t *testing.T) {
	var hits atomic.Int32
	trap := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		t.Log("the trap was reached at", r.URL.Path)
	}))
	defer trap.Close()
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(letter{Content: store.Content{Subject: "Hello", Text: "x", HTML: hostile(trap.URL)}})

	p.visit(c.server.URL + d.path())
	p.submit(secret)
	p.do(chromedp.Sleep(time.Second))
	if got := eval[string](p, "document.title"); got == "stolen" {
		t.Error("the message changed the page around it")
	}
	p.shoot("hostile-message")

	// Nor does it when the sanitiser is out of the way: the frame is a wall of its own.
	raw := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/frame" {
			w.Header().Set("Content-Security-Policy", show.FramePolicy)
			fmt.Fprint(w, strings.Replace(show.Frame("en", store.Content{}, nil, ""), "</main>", hostile(trap.URL)+"</main>", 1))
			return
		}
		fmt.Fprint(w, `<!doctype html><title>around</title><iframe src="/frame" height="600"></iframe>`)
	}))
	defer raw.Close()
	for _, path := range []string{"/", "/frame"} {
		p.visit(raw.URL + path)
		p.do(chromedp.Sleep(time.Second))
		if got := eval[string](p, "document.title"); got == "stolen" {
			t.Errorf("%s: a script ran", path)
		}
	}

	if n := hits.Load(); n != 0 {
		t.Errorf("the message reached the trap %d times", n)
	}

	open := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, hostile(trap.URL))
	}))
	defer open.Close()
	p.visit(open.URL)
	p.do(chromedp.Sleep(time.Second))
	if hits.Load() == 0 {
		t.Error("without any wall the trap is not reached either: it is none")
	}
}
