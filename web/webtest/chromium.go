// Package webtest tries pages in a browser: the one that TEST_CHROMIUM names, the
// size of a telephone unless it is told otherwise.
//
// It is for tests alone. A site's own tests wrap [Open]'s context in a type that
// knows its forms.
package webtest

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// axe looks for what keeps people out of a page. See axe/LICENSE.
//
//go:embed axe/axe.min.js
var axe string

// Open starts a browser with what is in the folder of a profile, and ends it with
// the test.
func Open(t *testing.T, profile string, more ...chromedp.ExecAllocatorOption) context.Context {
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
	Do(t, ctx, chromedp.EmulateViewport(360, 640, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch))
	return ctx
}

// Do has the browser take steps.
func Do(t *testing.T, browser context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(browser, 30*time.Second)
	defer cancel()
	if chromedp.FromContext(browser).Target == nil {
		ctx = browser // the browser lives as long as the context it is started with
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("browser: %v", err)
	}
}

// Eval returns what an expression is; a promise is waited for.
func Eval[T any](t *testing.T, browser context.Context, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(browser, 60*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("evaluate %.80s: %v", expression, err)
	}
	return v
}

// Scheme turns the lights on or off: "light" or "dark".
func Scheme(t *testing.T, browser context.Context, name string) {
	t.Helper()
	_, err := chromedp.Call(browser, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
	if err != nil {
		t.Fatalf("emulate %s: %v", name, err)
	}
}

// NoScript has the browser run no script of any page.
func NoScript(t *testing.T, browser context.Context) {
	t.Helper()
	_, err := chromedp.Call(browser, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	if err != nil {
		t.Fatalf("disable scripts: %v", err)
	}
}

// Violations are what axe finds wrong with the page by all rules but those that
// are off, a line each.
func Violations(t *testing.T, browser context.Context, off ...string) []string {
	t.Helper()
	bringAxe(t, browser)
	type violation struct {
		ID    string
		Help  string
		Nodes []struct{ HTML, FailureSummary string }
	}
	var out []string
	for _, v := range Eval[[]violation](t, browser, `axe.run(document, {iframes: false}).then(r => r.violations)`) {
		if slices.Contains(off, v.ID) {
			continue
		}
		for _, n := range v.Nodes {
			out = append(out, fmt.Sprintf("%s: %s: %s: %s", v.ID, v.Help, n.HTML, n.FailureSummary))
		}
	}
	return out
}

// bringAxe has the page and those after it know axe. It is half a megabyte, too much
// to be sent for each page.
func bringAxe(t *testing.T, browser context.Context) {
	t.Helper()
	if Eval[bool](t, browser, "'axe' in window") {
		return
	}
	now := true
	if _, err := chromedp.Call(browser, page.AddScriptToEvaluateOnNewDocument,
		page.AddScriptToEvaluateOnNewDocumentParams{Source: axe, RunImmediately: &now}); err != nil {
		t.Fatalf("bring axe: %v", err)
	}
}

// Overflow is how many CSS pixels the page is wider than the screen.
func Overflow(t *testing.T, browser context.Context) int {
	t.Helper()
	return Eval[int](t, browser, "document.documentElement.scrollWidth - document.documentElement.clientWidth")
}

// SmallTargets are what is harder to hit than a square of 44 CSS pixels. Links
// within a sentence are let off, as in WCAG 2.5.5.
func SmallTargets(t *testing.T, browser context.Context) []string {
	t.Helper()
	return Eval[[]string](t, browser, `[...document.querySelectorAll('a, button, input, label.check')].filter(el => {
		if (el.closest('.skip, .offscreen, .text') || el.matches('.check input')) return false;
		const r = el.getBoundingClientRect();
		return r.width > 0 && (r.height < 44 || r.width < 44);
	}).map(el => el.outerHTML)`)
}
