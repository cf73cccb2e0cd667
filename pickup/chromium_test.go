package pickup_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"securetext/web/webtest"
)

// phone is a Chromium the size of a telephone.
type phone struct {
	*testing.T
	ctx context.Context
}

// newPhone starts the browser that TEST_CHROMIUM names, with nothing in it.
func newPhone(t *testing.T) *phone {
	t.Helper()
	return newPhoneIn(t, t.TempDir())
}

// newPhoneIn starts it with what is in the folder of a profile.
func newPhoneIn(t *testing.T, profile string, more ...chromedp.ExecAllocatorOption) *phone {
	t.Helper()
	return &phone{T: t, ctx: webtest.Open(t, profile, more...)}
}

func (p *phone) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	webtest.Do(p.T, p.ctx, steps...)
}

func (p *phone) visit(url string) {
	p.Helper()
	p.do(chromedp.Navigate(url))
}

// eval returns what an expression is; a promise is waited for.
func eval[T any](p *phone, expression string) T {
	p.Helper()
	return webtest.Eval[T](p.T, p.ctx, expression)
}

// text is what can be read on the page.
func (p *phone) text() string { return eval[string](p, "document.body.innerText") }

func (p *phone) wantText(want string) {
	p.Helper()
	if got := p.text(); !strings.Contains(got, want) {
		p.Errorf("the page lacks %q:\n%s", want, got)
	}
}

func (p *phone) wantNoText(unwanted string) {
	p.Helper()
	if got := p.text(); strings.Contains(got, unwanted) {
		p.Errorf("the page has %q:\n%s", unwanted, got)
	}
}

// submit types a password and taps the button.
func (p *phone) submit(password string) {
	p.Helper()
	p.do(chromedp.SendKeys(chromedp.ID("password"), password))
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS("main form button")))
	if err != nil {
		p.Fatalf("submit: %v", err)
	}
	if response.Status >= 500 {
		p.Errorf("submit: got status %d", response.Status)
	}
}

// scheme turns the lights on or off: "light" or "dark".
func (p *phone) scheme(name string) {
	p.Helper()
	webtest.Scheme(p.T, p.ctx, name)
}

// noScript has the browser run no script of any page.
func (p *phone) noScript() {
	p.Helper()
	webtest.NoScript(p.T, p.ctx)
}

// shoot keeps a picture of the whole page.
func (p *phone) shoot(name string) {
	p.Helper()
	webtest.Shoot(p.T, p.ctx, name)
}

// violations are what axe finds wrong with the page.
func (p *phone) violations(off ...string) []string {
	p.Helper()
	return webtest.Violations(p.T, p.ctx, off...)
}

// overflow is how many CSS pixels the page is wider than the screen.
func (p *phone) overflow() int { return webtest.Overflow(p.T, p.ctx) }

// smallTargets are what is hard to hit.
func (p *phone) smallTargets() []string { return webtest.SmallTargets(p.T, p.ctx) }
