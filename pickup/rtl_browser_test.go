package pickup_test

import (
	"strings"
	"testing"
)

// mirrored turns the page into one of a language that is written from the right:
// its direction, and Hebrew letters for the Latin ones, but in what stays as it is.
const mirrored = `(() => {
	document.documentElement.dir = 'rtl';
	document.documentElement.lang = 'he';
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (texts.nextNode())
		if (!texts.currentNode.parentElement.closest('.phone, bdi'))
			texts.currentNode.data = texts.currentNode.data.replace(/[a-z]/gi, c => String.fromCharCode(0x5d0 + c.toLowerCase().charCodeAt(0) - 97));
})()`

// Every page as it would be in Arabic or Hebrew: nothing is beside the screen, it
// begins at the right, and numbers to call and codes read from the left.
func TestBrowserPagesFromTheRight(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	g := newGallery(p)
	for _, name := range g.names {
		p.visit(g.url + name)
		eval[string](p, mirrored+" || ''")
		if n := p.overflow(); n > 0 {
			t.Errorf("%s scrolls %d pixels sideways", name, n)
		}
		for _, text := range p.clipped() {
			t.Errorf("%s: %s", name, text)
		}
		for _, el := range eval[[]string](p, `[...document.querySelectorAll('.phone, .code')].filter(el => getComputedStyle(el).direction != 'ltr').map(el => el.outerHTML)`) {
			t.Errorf("%s: from the right: %s", name, el)
		}
		if wrong := eval[[]string](p, `[...document.querySelectorAll('main h1, main > section > p')].filter(el => getComputedStyle(el).direction == 'rtl' &&
			getComputedStyle(el).textAlign != 'start').map(el => el.outerHTML)`); len(wrong) > 0 {
			t.Errorf("%s: begins at the left: %s", name, strings.Join(wrong, ", "))
		}
		p.shoot("rtl-" + name)
	}
}
