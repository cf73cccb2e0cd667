package webtest

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Look has the browser show pages to somebody else: in forced colours, in the
// dark, on paper.
func Look(t *testing.T, browser context.Context, medium string, features ...*emulation.MediaFeature) {
	t.Helper()
	_, err := chromedp.Call(browser, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium, Features: features})
	if err != nil {
		t.Fatalf("emulate: %v", err)
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

// FaintEdges are the buttons and fields whose border has a contrast below 3 (WCAG
// 1.4.11), a line each.
func FaintEdges(t *testing.T, browser context.Context) []string {
	t.Helper()
	Eval[chromedp.Void](t, browser, contrasts)
	return Eval[[]string](t, browser, `[...document.querySelectorAll('button, .button, .field > input, input[type=radio], textarea, select')]
		.filter(el => edge(el) < 3).map(el => edge(el) + ' ' + el.outerHTML)`)
}

// FocusIsSeen goes through the page by the tabulator key, around its end if the
// focus was in its middle.
func FocusIsSeen(t *testing.T, browser context.Context, where string) {
	t.Helper()
	Eval[chromedp.Void](t, browser, contrasts)
	want := Eval[int](t, browser, `(window.stops = [...document.querySelectorAll('a, button:not([hidden]), summary, input:not([type=hidden])')]
		.filter(el => el.tabIndex >= 0 && !(el.type === 'radio' && !el.checked))).length`) // of a group of boxes the ticked one
	seen := map[int]bool{}
	// The browser's PDF viewer has stops of its own, and so has a field for a date.
	within := Eval[int](t, browser, `document.querySelectorAll('.paper').length * 30 +
		document.querySelectorAll('select, textarea').length * 2 + document.querySelectorAll('input[type=date]').length * 8`)
	for range 2*want + 2 + within {
		Do(t, browser, chromedp.KeyEvent(kb.Tab))
		stop := Eval[[2]float64](t, browser, `[stops.indexOf(document.activeElement), ring(document.activeElement)]`)
		if stop[0] < 0 {
			continue // the page itself, or a frame
		}
		seen[int(stop[0])] = true
		if stop[1] < 3 {
			t.Errorf("%s: a focus of a contrast of %.1f: %s", where, stop[1], Eval[string](t, browser, `document.activeElement.outerHTML`))
		}
		if len(seen) == want {
			return
		}
	}
	t.Errorf("%s: the tabulator key reaches %d of %d places", where, len(seen), want)
}
