package pickup_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	paper "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// look has the browser show pages to somebody else: in forced colours, in the
// dark, on paper.
func (p *phone) look(medium string, features ...*emulation.MediaFeature) {
	p.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium, Features: features})
	if err != nil {
		p.Fatalf("emulate: %v", err)
	}
}

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

// contrasts defines edge(el), the contrast of an element's border with what is
// around it, and ring(el), that of its outline; 0: there is none.
const contrasts = `(() => {
	const rgba = s => { const v = s.match(/[\d.]+/g).map(Number); return v.length < 4 ? [...v, 1] : v; };
	const light = c => {
		const [r, g, b] = rgba(c).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const behind = el => {
		for (; el; el = el.parentElement) {
			const c = getComputedStyle(el).backgroundColor;
			if (rgba(c)[3] > 0) return c;
		}
		return 'rgb(255, 255, 255)';
	};
	const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
	window.edge = el => {
		const s = getComputedStyle(el);
		return s.borderTopStyle === 'none' || parseFloat(s.borderTopWidth) < 1 ? 0 : contrast(s.borderTopColor, behind(el.parentElement));
	};
	window.ring = el => {
		const s = getComputedStyle(el);
		return s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 2 ? 0 : contrast(s.outlineColor, behind(el.parentElement));
	};
})()`

// WCAG 1.4.11 and 2.4.7: an edge or a ring of a contrast of 3 is seen.
func TestBrowserEdgesAndFocusAreSeen(t *testing.T) {
	p := newPhone(t)
	g := newGallery(p)
	for look, features := range map[string][]*emulation.MediaFeature{
		"light":          {{Name: "prefers-color-scheme", Value: "light"}},
		"dark":           {{Name: "prefers-color-scheme", Value: "dark"}},
		"forced colours": {{Name: "forced-colors", Value: "active"}, {Name: "prefers-color-scheme", Value: "dark"}},
	} {
		p.look("", features...)
		for _, name := range g.names {
			g.show(p, name)
			eval[chromedp.Void](p, contrasts)
			for _, el := range eval[[]string](p, `[...document.querySelectorAll('button, .button, .field > input, input[type=radio], textarea, select')]
				.filter(el => edge(el) < 3).map(el => edge(el) + ' ' + el.outerHTML)`) {
				t.Errorf("%s, %s: an edge that is hard to see: %s", look, name, el)
			}
			p.focusIsSeen(look + ", " + name)
		}
	}
}

// focusIsSeen goes through the page by the tabulator key, around its end if the
// focus was in its middle.
func (p *phone) focusIsSeen(where string) {
	p.Helper()
	want := eval[int](p, `(window.stops = [...document.querySelectorAll('a, button, summary, input:not([type=hidden])')]
		.filter(el => el.tabIndex >= 0)).length`)
	seen := map[int]bool{}
	within := eval[int](p, "document.querySelectorAll('.paper').length") * 30 // stops of the browser's PDF viewer
	for range 2*want + 2 + within {
		p.do(chromedp.KeyEvent(kb.Tab))
		stop := eval[[2]float64](p, `[stops.indexOf(document.activeElement), ring(document.activeElement)]`)
		if stop[0] < 0 {
			continue // the page itself, or a frame
		}
		seen[int(stop[0])] = true
		if stop[1] < 3 {
			p.Errorf("%s: a focus of a contrast of %.1f: %s", where, stop[1], eval[string](p, `document.activeElement.outerHTML`))
		}
		if len(seen) == want {
			return
		}
	}
	p.Errorf("%s: the tabulator key reaches %d of %d places", where, len(seen), want)
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
