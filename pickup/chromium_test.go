package pickup_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
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
	path := os.Getenv("TEST_CHROMIUM")
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("TEST_CHROMIUM is not set")
		}
		t.Skip("TEST_CHROMIUM is not set: the pages are not tried in a browser")
	}
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.IgnoreCertErrors,
		chromedp.UserDataDir(profile), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.UserAgent("Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &phone{T: t, ctx: ctx}
	p.do(chromedp.EmulateViewport(360, 640, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch))
	return p
}

func (p *phone) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	if chromedp.FromContext(p.ctx).Target == nil {
		ctx = p.ctx // the browser lives as long as the context it is started with
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.Fatalf("browser: %v", err)
	}
}

func (p *phone) visit(url string) {
	p.Helper()
	p.do(chromedp.Navigate(url))
}

// eval returns what an expression is; a promise is waited for.
func eval[T any](p *phone, expression string) T {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 60*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("evaluate %.80s: %v", expression, err)
	}
	return v
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
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
	if err != nil {
		p.Fatalf("emulate %s: %v", name, err)
	}
}

// noScript has the browser run no script of any page.
func (p *phone) noScript() {
	p.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	if err != nil {
		p.Fatalf("disable scripts: %v", err)
	}
}

// screens is the folder for screenshots: SCREENS, or a new one.
var screens = sync.OnceValues(func() (string, error) {
	dir := os.Getenv("SCREENS")
	if dir == "" {
		return os.MkdirTemp("", "securetext-screens-")
	}
	return dir, os.MkdirAll(dir, 0o755)
})

// shoot keeps a picture of the whole page.
func (p *phone) shoot(name string) {
	p.Helper()
	dir, err := screens()
	if err != nil {
		p.Fatal(err)
	}
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.Fatalf("screenshot: %v", err)
	}
	file := filepath.Join(dir, name+".png")
	if err := os.WriteFile(file, png, 0o644); err != nil {
		p.Fatal(err)
	}
	p.Log("screenshot:", file)
}

// violations are what axe finds wrong with the page by all rules but those that
// are off, a line each.
func (p *phone) violations(off ...string) []string {
	p.Helper()
	axe, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		p.Fatal(err)
	}
	eval[chromedp.Void](p, string(axe))
	type violation struct {
		ID    string
		Help  string
		Nodes []struct{ HTML, FailureSummary string }
	}
	var out []string
	for _, v := range eval[[]violation](p, `axe.run(document, {iframes: false}).then(r => r.violations)`) {
		if slices.Contains(off, v.ID) {
			continue
		}
		for _, n := range v.Nodes {
			out = append(out, fmt.Sprintf("%s: %s: %s: %s", v.ID, v.Help, n.HTML, n.FailureSummary))
		}
	}
	return out
}

// overflow is how many CSS pixels the page is wider than the screen.
func (p *phone) overflow() int {
	return eval[int](p, "document.documentElement.scrollWidth - document.documentElement.clientWidth")
}

// smallTargets are what is harder to hit than a square of 44 CSS pixels. Links
// within a sentence are let off, as in WCAG 2.5.5.
func (p *phone) smallTargets() []string {
	return eval[[]string](p, `[...document.querySelectorAll('a, button, input, label.check')].filter(el => {
		if (el.closest('.skip, .offscreen, .text') || el.matches('.check input')) return false;
		const r = el.getBoundingClientRect();
		return r.width > 0 && (r.height < 44 || r.width < 44);
	}).map(el => el.outerHTML)`)
}
