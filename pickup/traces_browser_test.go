package pickup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"securetext/store"
	"securetext/store/seal"
)

// What must not be left on a phone: each part of a message in a word of its own,
// what was written back, taken, refused or never sent, and the password.
var marks = []string{"heronsubject", "herontext", "heronfolded", "heronframe", "heronfile", "heronreply", "heronrefused", "heronprogram", "heronunsent", secret}

// marked are two messages with all of the marks in them.
func marked(t *testing.T) (text, html letter) {
	body := "Dear Mrs. Bell,\nherontext is fine.\n"
	text = letter{Reply: true, Content: store.Content{
		Subject: "heronsubject", From: "Dr. Ana Reyes", Text: body + "On Monday you wrote:\n> heronfolded", TextFold: len(body),
	}}
	html = letter{Content: store.Content{
		Subject: "heronsubject", From: "Dr. Ana Reyes", Text: "herontext", HTML: "<p>The <b>heronframe</b> is fine.</p>",
		Attachments: []store.ContentAttachment{{Part: 1, Name: "heronfile.pdf", Type: "application/pdf"}, {Part: 2, Name: "heronfile.png", Type: "image/png"}},
	}, Files: []seal.Plaintext{sheet("heronfile"), picture(t)}}
	return text, html
}

// newTrustingPhone starts a browser that takes the site's certificate for a good
// one. Of a site with a bad one it would write nothing to disk anyhow.
func newTrustingPhone(t *testing.T, site *httptest.Server, profile string, more ...chromedp.ExecAllocatorOption) *phone {
	t.Helper()
	key := sha256.Sum256(site.Certificate().RawSubjectPublicKeyInfo)
	return newPhoneIn(t, profile, append(more, chromedp.Flag("ignore-certificate-errors", false),
		chromedp.Flag("ignore-certificate-errors-spki-list", base64.StdEncoding.EncodeToString(key[:])))...)
}

// close ends the browser as its owner does, who lets it write to disk what it will.
func (p *phone) close() {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Cancel(ctx); err != nil {
		p.Fatalf("close the browser: %v", err)
	}
}

// traces are the files of a folder that hold a word, as UTF-8 or UTF-16.
func traces(t *testing.T, folder, word string) []string {
	t.Helper()
	var wide []byte
	for _, u := range utf16.Encode([]rune(word)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	var found []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Contains(b, []byte(word)) || bytes.Contains(b, wide) {
			found = append(found, strings.TrimPrefix(path, folder))
		}
		return nil
	})
	if err != nil {
		t.Fatalf("search the profile: %v", err)
	}
	return found
}

// careless is a site that keeps on the phone what it can: what is found of it
// shows that the search of the profile finds anything.
func careless(t *testing.T) *httptest.Server {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "max-age=86400")
		fmt.Fprint(w, `<!doctype html><title>careless-title</title><p>careless-text<script>localStorage.setItem("k", "careless-" + "stored")</script>`)
	}))
	t.Cleanup(s.Close)
	return s
}

// readAll opens every page that shows something of the messages.
func (p *phone) readAll(url string, text, html delivered) {
	p.Helper()
	p.visit(url + text.path())
	p.submit(secret)
	p.wantText("herontext")
	p.do(chromedp.Click(chromedp.CSS("summary")))
	p.wantText("heronfolded")
	p.write("heronreply")
	p.wantText("What you wrote")
	p.failToWrite()
	p.visit(url + html.path())
	p.do(chromedp.Sleep(500 * time.Millisecond)) // the frame has no event of its own
	p.visit(url + html.path() + "/html")
	p.wantText("heronframe")
	p.visit(url + html.path() + "?view=text")
	p.wantText("herontext")
	for _, part := range []string{"/a/1/view", "/a/2/view"} {
		p.visit(url + html.path() + part)
		p.wantText("heronfile.p")
		p.do(chromedp.Sleep(time.Second)) // nor has what shows the file
	}
	p.visit(url + text.path() + "/sessions")
	p.wantText("This is the one you are using")
}

// failToWrite sends what is not taken, and types what is not sent.
func (p *phone) failToWrite() {
	p.Helper()
	p.write("heronrefused", upload{"heronprogram.exe", []byte("MZ\x90\x00")})
	p.wantText("We cannot take a file of this kind.")
	if got := p.typed(); got != "heronrefused" {
		p.Errorf("the field holds %q", got)
	}
	p.do(chromedp.SendKeys(chromedp.ID("words"), "heronunsent "))
	p.tap("section a.swap")
	p.wantText("This was not sent yet.")
	p.do(chromedp.SendKeys(chromedp.ID("words"), "heronunsent "))
}

// wantNothing wants nothing of a message on the page, seen or unseen.
func (p *phone) wantNothing(where string) {
	p.Helper()
	source := eval[string](p, "document.documentElement.outerHTML")
	for _, mark := range marks {
		if strings.Contains(source, mark) {
			p.Errorf("%s: the page holds %q", where, mark)
		}
	}
	if strings.Contains(source, "<iframe") {
		p.Errorf("%s: the page has a frame", where)
	}
}

// wantNoTraces wants nothing of a message in the profile of a closed browser.
func wantNoTraces(t *testing.T, profile string) {
	t.Helper()
	for _, word := range []string{"careless-title", "careless-text", "careless-stored"} {
		if len(traces(t, profile, word)) == 0 {
			t.Errorf("not even %s is found in the profile: what is searched is not all", word)
		}
	}
	for _, mark := range marks {
		if found := traces(t, profile, mark); len(found) > 0 {
			t.Errorf("%q is left in %v", mark, found)
		}
	}
}

// After sign-out, Back, Reload and a restart that opens the last pages again show
// nothing of a message, and nothing of it is on the phone's disk.
func TestS13BrowserKeepsNothingAfterSignOut(t *testing.T) {
	profile := t.TempDir()
	c := newClinic(t)
	p := newTrustingPhone(t, c.server, profile)
	text, html := marked(t)
	first, second := c.deliver(text), c.deliver(html)
	p.visit(careless(t).URL)
	p.readAll(c.server.URL, first, second)
	p.visit(c.server.URL + first.path())
	p.tap("header button")
	p.wantText("You are signed out")
	p.wantNothing("signed out")
	p.do(chromedp.NavigateBack())
	p.wantText("Your password")
	p.wantNothing("back")
	p.do(chromedp.Reload())
	p.wantText("Your password")
	p.wantNothing("reloaded")
	p.everyEntry(c.server.URL)
	if n := eval[int](p, "sessionStorage.length + localStorage.length"); n != 0 {
		t.Errorf("the site keeps %d things in the browser's storage", n)
	}
	p.visit(c.server.URL + second.path())
	p.close()
	wantNoTraces(t, profile)

	again := newTrustingPhone(t, c.server, profile, chromedp.Flag("restore-last-session", true))
	tab := again.tabOf(c.server.URL)
	tab.until(`document.getElementById("password") != null`)
	tab.wantText("Your password")
	tab.wantNothing("opened again")
	tab.everyEntry(c.server.URL)
	again.close()
	wantNoTraces(t, profile)
}

// everyEntry goes back to each page of the site that the tab has been on.
func (p *phone) everyEntry(url string) {
	p.Helper()
	history, err := chromedp.Run(p.ctx, chromedp.NavigationEntries())
	if err != nil {
		p.Fatalf("history: %v", err)
	}
	for _, e := range history.Entries {
		for _, mark := range marks {
			if strings.Contains(e.Title+e.URL, mark) {
				p.Errorf("the history holds %q", mark)
			}
		}
		if strings.HasPrefix(e.URL, url) && e.URL != url+"/signout" { // of that the browser shows nothing without asking
			p.do(chromedp.NavigateToHistoryEntry(e.ID))
			p.wantNothing("back in the history")
		}
	}
}

// tabOf is the tab in which the browser opened the site again by itself.
func (p *phone) tabOf(url string) *phone {
	p.Helper()
	for range 50 {
		tabs, err := chromedp.Targets(p.ctx)
		if err != nil {
			p.Fatalf("tabs: %v", err)
		}
		for _, tab := range tabs {
			switch {
			case tab.Type != "page" || !strings.HasPrefix(tab.URL, url):
			case tab.Attached:
				return p
			default:
				ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithTargetID(tab.TargetID))
				p.Cleanup(cancel)
				other := &phone{T: p.T, ctx: ctx}
				other.do() // attaches to the tab
				if _, err := chromedp.Call(ctx, cdppage.BringToFront, cdp.Empty{}); err != nil {
					p.Fatalf("bring the tab to the front: %v", err)
				}
				return other
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.Fatal("the browser opened nothing of the site again")
	return nil
}

// Nor is anything on the disk of a phone on which nobody signed out.
func TestS16BrowserWritesNoMessageToDisk(t *testing.T) {
	profile := t.TempDir()
	c := newClinic(t)
	p := newTrustingPhone(t, c.server, profile)
	text, html := marked(t)
	first, second := c.deliver(text), c.deliver(html)
	p.visit(careless(t).URL)
	p.readAll(c.server.URL, first, second)
	p.visit(c.server.URL + first.path())
	p.wantText("herontext")
	p.close()
	wantNoTraces(t, profile)
}

// back goes back by one page. One that the browser kept whole meanwhile tells
// chromedp nothing, not even that it is there.
func (p *phone) back() {
	p.Helper()
	history, err := chromedp.Run(p.ctx, chromedp.NavigationEntries())
	if err != nil || history.CurrentIndex < 1 {
		p.Fatalf("history: %v", err)
	}
	to := history.Entries[history.CurrentIndex-1]
	if _, err := chromedp.Call(p.ctx, cdppage.NavigateToHistoryEntry, cdppage.NavigateToHistoryEntryParams{EntryID: to.ID}); err != nil {
		p.Fatalf("back: %v", err)
	}
	for n := 0; n < 200 && history.Entries[history.CurrentIndex].ID != to.ID; n++ {
		time.Sleep(50 * time.Millisecond)
		if history, err = chromedp.Run(p.ctx, chromedp.NavigationEntries()); err != nil {
			p.Fatalf("history: %v", err)
		}
	}
	p.until("true")
}

// until waits for a page of which an expression is true.
func (p *phone) until(expression string) {
	p.Helper()
	for range 200 {
		there, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`document.readyState == "complete" && document.body != null && (`+expression+`)`))
		if err == nil && there {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.Fatalf("no page of which this is true: %s", expression)
}

// Without script Back sends nothing again that was taken or refused, and the button of
// a page that came back whole sends it once; after sign-out Back leads to nothing, and
// nothing is on the disk.
func TestS13BrowserBackWithoutScript(t *testing.T) {
	profile := t.TempDir()
	c := newClinic(t)
	p := newTrustingPhone(t, c.server, profile)
	text, _ := marked(t)
	d := c.deliver(text)
	p.visit(careless(t).URL)
	p.noScript()
	p.visit(c.server.URL + d.path())
	p.submit(secret)
	p.write("heronreply")
	p.wantText("What you wrote")
	p.back()
	p.wantText("herontext")
	if p.typed() != "" {
		eval[chromedp.Void](p, `document.querySelector('form[action$="/reply"] button').click()`)
		p.until(`document.getElementById("replies") != null`)
	}
	p.visit(c.server.URL + d.path())
	p.failToWrite()
	p.back()
	p.wantText("Your message was not sent")
	p.back()
	p.wantText("herontext")
	if list, _ := c.threadOf(d); len(list) != 1 || list[0].Text != "heronreply" || countOf(c.kinds(d), store.Replied) != 1 {
		t.Errorf("%d replies are stored, want the one", len(list))
	}
	p.visit(c.server.URL + d.path())
	p.wantText("This was not sent yet.")
	p.tap("header button")
	p.wantText("You are signed out")
	p.back()
	p.wantText("Your password")
	p.wantNothing("back")
	p.everyEntry(c.server.URL)
	p.close()
	wantNoTraces(t, profile)
}
