package pickup_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// took are the paths asked for since the last call, without the page's own.
func (g *gallery) took(name string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	asked := slices.DeleteFunc(g.asked, func(path string) bool { return path == "/shown/"+name })
	g.asked = nil
	return asked
}

// A first visit, with nothing kept from before, asks for the style sheet and no
// more. What makes pages kinder, the script, the icon and a clinic's logo in place of ours, is not waited for; the
// frame of a message is a part of that message, and a file that is viewed no part of ours.
func TestBrowserAsksForOneFileMore(t *testing.T) {
	t.Parallel()
	p := newPhone(t)
	g := newGallery(p)
	for _, script := range []bool{true, false} {
		if !script {
			p.noScript()
		}
		for _, name := range g.names {
			g.took(name)
			if _, err := chromedp.Call(p.ctx, network.ClearBrowserCache, cdp.Empty{}); err != nil {
				t.Fatal(err)
			}
			p.visit(g.url + name)
			var sheets, scripts, logos int
			for _, path := range g.took(name) {
				switch {
				case strings.HasPrefix(path, "/static/site.") && strings.HasSuffix(path, ".css"):
					sheets++
				case strings.HasPrefix(path, "/static/site.") && strings.HasSuffix(path, ".js"):
					scripts++
				case strings.HasPrefix(path, "/logo/"):
					logos++
				case strings.HasPrefix(path, "/static/icon."), strings.HasSuffix(path, "/opened"), strings.HasSuffix(path, "/html"), strings.HasSuffix(path, "/shown"):
				default:
					t.Errorf("%s asks for %s", name, path)
				}
			}
			if sheets != 1 || scripts > 1 || scripts > 0 && !script {
				t.Errorf("%s, scripts run: %t: %d style sheets and %d scripts are asked for", name, script, sheets, scripts)
			}
			if branded := strings.HasSuffix(name, "-logo"); logos > 1 || logos > 0 && !branded || logos == 0 && branded && script {
				t.Errorf("%s, scripts run: %t: %d logos are asked for", name, script, logos)
			}
		}
	}
}

// The ways of those who know their password, have an old link or were not meant
// are gone without script elsewhere.
func TestBrowserForgetsAndSignsOutWithoutScript(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(plain("Sent before"))
	c.enrolled(d)
	p.noScript()
	p.visit(c.server.URL + d.path())
	p.tap("a[href$=forgot]")
	p.tap("main form button")
	c.text()
	p.typeCode(c.codes[d.Recipient])
	p.submit(chosenLater)
	p.wantText("Your new password is saved")
	later := c.deliver(plain("Sent after"))
	p.visit(c.server.URL + later.path())
	p.wantText("Sent after")
	p.tap("a[href$=sessions]")
	p.wantText("This is the one you are using.")
	p.tap("form[action$=end-all] button")
	p.wantText("You are signed out everywhere")
	p.visit(c.server.URL + later.path())
	p.submit(chosenLater)
	p.wantText("Sent after")
}
