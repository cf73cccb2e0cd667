package pickup_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	paper "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"securetext/web/webtest"
)

// clipped are the texts of which a part is beside the screen or cut off.
func (p *phone) clipped() []string {
	return eval[[]string](p, `(() => {
		const out = [], wide = document.documentElement.clientWidth;
		for (const el of document.querySelectorAll('.code')) el.value = '123456';
		for (const el of document.querySelectorAll('input:not(.offscreen), button, .button, .card'))
			if (el.scrollWidth > el.clientWidth + 1) out.push('inside ' + el.outerHTML.slice(0, 80));
		const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (texts.nextNode()) {
			const text = texts.currentNode;
			if (!text.data.trim() || text.parentElement.closest('.skip, .offscreen, svg')) continue;
			const range = document.createRange();
			range.selectNodeContents(text);
			for (const r of range.getClientRects()) {
				if (r.left < -1 || r.right > wide + 1) out.push('beside the screen: ' + text.data);
				for (let el = text.parentElement; el; el = el.parentElement) {
					const box = el.getBoundingClientRect();
					if (getComputedStyle(el).overflow !== 'visible' && el !== document.body && (r.bottom > box.bottom + 1 || r.right > box.right + 1))
						out.push('cut off: ' + text.data);
				}
			}
		}
		return out;
	})()`)
}

// A window of 1280 pixels that is zoomed to 400 % is 320 wide (WCAG 1.4.10).
func TestBrowserPagesAtFourTimesTheSize(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	g := newGallery(p)
	p.do(chromedp.EmulateViewport(320, 256, chromedp.EmulateScale(4)))
	for _, name := range g.names {
		g.show(p, name)
		if n := p.overflow(); n > 0 {
			t.Errorf("%s scrolls %d pixels sideways", name, n)
		}
		for _, text := range p.clipped() {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// WCAG 1.4.11 and 2.4.7: an edge or a ring of a contrast of 3 is seen.
func TestBrowserEdgesAndFocusAreSeen(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	g := newGallery(p)
	for look, features := range map[string][]*emulation.MediaFeature{
		"light":          {{Name: "prefers-color-scheme", Value: "light"}},
		"dark":           {{Name: "prefers-color-scheme", Value: "dark"}},
		"forced colours": {{Name: "forced-colors", Value: "active"}, {Name: "prefers-color-scheme", Value: "dark"}},
	} {
		webtest.Look(t, p.ctx, "", features...)
		for _, name := range g.names {
			g.show(p, name)
			for _, el := range webtest.FaintEdges(t, p.ctx) {
				t.Errorf("%s, %s: an edge that is hard to see: %s", look, name, el)
			}
			webtest.FocusIsSeen(t, p.ctx, look+", "+name)
		}
	}
}

func TestBrowserPrintsTheMessageAlone(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	p.newFace()
	d := c.deliver(plain("Dear Mrs. Bell,\n\nyour blood test is fine.\n\nDr. Reyes"))
	p.visit(c.server.URL + d.path())
	p.submit(secret)
	p.wantText("your blood test is fine.")
	p.wantText("Sign out")
	p.appears(offerButton)
	printed, err := chromedp.Call(p.ctx, paper.PrintToPDF, paper.PrintToPDFParams{})
	if err != nil {
		t.Fatalf("print: %v", err)
	}
	text := pdfText(t, printed.Data)
	for _, want := range []string{"Your results", "Dr. Ana Reyes", "your blood test is fine.", "Lakeside Family Clinic"} {
		if !strings.Contains(text, squeezed(want)) {
			t.Errorf("the paper lacks %q: %q", want, text)
		}
	}
	for _, button := range eval[[]string](p, `[...document.querySelectorAll('button, .button, .swap, .skip')].map(el => el.textContent.trim())`) {
		if strings.Contains(text, squeezed(button)) {
			t.Errorf("%q is printed: %q", button, text)
		}
	}
}
