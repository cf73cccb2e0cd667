package pickup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// viewer reports whether the browser's own PDF viewer is at work.
func (p *phone) viewer() bool {
	p.Helper()
	for range 50 {
		targets, err := chromedp.Targets(p.ctx)
		if err != nil {
			p.Fatalf("targets: %v", err)
		}
		for _, target := range targets {
			if strings.HasPrefix(target.URL, "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/") { // Chromium's, for ever
				return true
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	return false
}

// A patient looks at a picture, at its own size, and at a PDF, and comes back
// each time.
func TestS20BrowserViewsFilesInPlace(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(rich(t))
	p.visit(c.server.URL + d.path() + "?view=text")
	p.submit(secret)
	p.visit(c.server.URL + d.path() + "?view=text")
	p.calm()
	p.tap("a[href$='/a/1/view']")
	if n := eval[int](p, "document.querySelector('main img').naturalWidth"); n != 240 {
		t.Errorf("the picture is %d pixels wide, want 240", n)
	}
	p.calm()
	p.tap("a[href$='size=large']")
	p.calm()
	p.tap("main a[href$='" + d.path() + "']")
	p.tap("a[href$='/a/2/view']")
	if !p.viewer() {
		t.Error("the browser shows no PDF")
	}
	p.calm()
	p.do(chromedp.Sleep(time.Second))
	p.shoot("view-pdf")
	p.tap("main a[href$='" + d.path() + "']")
	p.wantText("How to prepare for your visit")
}

// A file that is a PDF and a page at once, or says that it is a picture, is never a page.
func TestS20BrowserRunsNoFile(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	const script = `<!doctype html><title>stolen</title><script>document.title = "stolen"; alert(1)</script>`
	pdf := append(sheet("Fine"), []byte(script)...)
	gif := append([]byte("GIF89a\x04\x00\x03\x00\x00\x00\x00"), []byte(script)...)
	files := []delivered{
		c.deliver(attached("a.pdf", "application/pdf", append([]byte("%PDF-"), []byte(script)...))),
		c.deliver(attached("a.pdf", "application/pdf", pdf)),
		c.deliver(attached("a.gif", "image/gif", gif)),
		c.deliver(attached("a.html", "text/html", []byte(script))),
	}
	p.visit(c.server.URL + files[0].path())
	p.submit(secret)
	for _, d := range files {
		for _, end := range []string{"/view", "/shown"} {
			p.visit(c.server.URL + d.path() + "/a/1" + end)
			p.do(chromedp.Sleep(500 * time.Millisecond))
			if got := eval[string](p, "document.title"); strings.Contains(got, "stolen") {
				t.Errorf("a file ran as a page, at %s", end)
			}
		}
	}
}
