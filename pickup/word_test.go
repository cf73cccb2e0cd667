package pickup_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"securetext/pickup"
	"securetext/store"
	"securetext/store/seal"
)

// choose is a patient's first use: a password and a word.
func (b *browser) choose(d delivered, password, word string, header ...string) page {
	b.Helper()
	return b.do(http.MethodPost, d.path()+"/enrol", url.Values{"password": {password}, "word": {word}}, header...)
}

// word is what the courier will find beside the recipient's number, opened as
// it does.
func (c *clinic) word() string {
	c.Helper()
	due, err := c.store.Due(c.Context(), 100, time.Minute, c.clock())
	if err != nil || len(due) == 0 {
		c.Fatalf("Due: got %d rows and error %v", len(due), err)
	}
	d := due[0]
	at := d.Place()
	key, err := c.keys.DataKey(c.Context(), d.NumberKey, at)
	if err != nil {
		c.Fatalf("DataKey: %v", err)
	}
	if len(d.Word) == 0 {
		return ""
	}
	if _, err := key.Open(d.Word, at); err == nil {
		c.Error("the word opens as if it were the number")
	}
	at.Part = seal.PartWord
	word, err := key.Open(d.Word, at)
	if err != nil {
		c.Fatalf("open word: %v", err)
	}
	return string(word)
}

func TestAWordForTextsIsKeptSealed(t *testing.T) {
	for typed, want := range map[string]string{
		"heron": "heron", " Heron ": "heron", "ÁGUILA": "aguila", "": "", "  ": "",
	} {
		c := newClinic(t)
		d := c.deliver(plain("Hello"))
		b := c.browser()
		b.choose(d, secret, typed).want(t, 303)
		if got := c.word(); got != want {
			t.Errorf("typed %q: got %q, want %q", typed, got, want)
		}
		b.get(d.path()).wantNo(t, "heron", "aguila")
	}
}

func TestABadWordIsAskedForAgain(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.browser()
	for _, typed := range []string{"my heron", "he", "heronheronheron", "heron7", "苍鹭鹭", "stop", `"><script>`} {
		p := b.choose(d, secret, typed)
		p.want(t, 422, "Please use one word of 3 to 12 letters.", `aria-describedby="badword why" aria-invalid="true" autofocus`)
		p.wantNo(t, secret, "<script>", `value="`+typed)
		if b.session() != "" {
			t.Fatalf("%q signed in", typed)
		}
	}
	p := b.choose(d, "short", "my heron") // both at once
	p.want(t, 422, "That is too short", "Please use one word")
	if n := strings.Count(p.text, "autofocus"); n != 1 {
		t.Errorf("%d fields are focused, want the first that is wrong", n)
	}
	p = b.choose(d, "short", "Heron") // a good one need not be typed again
	p.want(t, 422, "That is too short", `value="heron"`)
	p.wantNo(t, "Please use one word of 3 to 12 letters.</p>")
	b.choose(d, secret, "heron").want(t, 303)
	if got := c.word(); got != "heron" {
		t.Errorf("got the word %q", got)
	}
	for _, s := range []string{"heron", "stop", secret} {
		if strings.Contains(strings.ToLower(c.logged()), s) {
			t.Errorf("the log holds %q", s)
		}
	}
}

// What stands in every text is no secret to those who see the phone.
func TestS06APasswordIsNotMadeOfTheWord(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	b := c.browser()
	for _, chosen := range []string{"kingfisher", "King-Fisher 77", "kingfisherkingfisher", "Lakeside kingfisher"} {
		b.choose(d, chosen, "Kingfisher").want(t, 422, "Please choose another")
	}
	b.choose(d, "kingfisher at dawn", "Kingfisher").want(t, 303)
}

// forgetful is a store that fails to enrol, and tells what it was given.
type forgetful struct {
	store.Reader
	mu   sync.Mutex
	last store.Enrolment
}

func (f *forgetful) Enrol(_ context.Context, e store.Enrolment, _ time.Time) (store.Viewer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = e
	return store.Viewer{}, errDisk
}

func TestTheWordIsInNoLogWhenTheStoreFails(t *testing.T) {
	f := &forgetful{}
	c := newClinic(t, func(cfg *pickup.Config) { f.Reader, cfg.Store = cfg.Store, f })
	d := c.deliver(plain("Hello"))
	c.browser().choose(d, secret, "heron").want(t, 500, "Something went wrong on our side")
	if len(f.last.Word) == 0 || strings.Contains(string(f.last.Word), "heron") {
		t.Error("the store was not given a sealed word")
	}
	if l := c.logged(); !strings.Contains(l, "enrol") || strings.Contains(l, "heron") || strings.Contains(l, secret) {
		t.Errorf("the log is %s", l)
	}
}

func TestBrowserTakesAWord(t *testing.T) {
	p, c := newPhone(t), newClinic(t)
	d := c.deliver(plain("Hello"))
	p.visit(c.server.URL + d.path())
	p.wantText("A word only you know (optional)")

	p.do(chromedp.SendKeys(chromedp.ID("word"), "two words"), chromedp.SendKeys(chromedp.ID("password"), secret),
		chromedp.Click(chromedp.CSS("main form button")))
	if !eval[bool](p, "document.getElementById('word').matches(':invalid') && document.getElementById('password').value !== ''") {
		t.Error("the browser did not keep the form, password and all, until the word is one")
	}
	eval[chromedp.Void](p, "document.forms[0].reset()")
	p.do(chromedp.SendKeys(chromedp.ID("word"), "Stop"))
	p.submit(secret)
	p.wantText("Please use one word")
	p.shoot("1-first-use-word-refused")
	if got := eval[string](p, "document.activeElement.id + document.getElementById('password').value"); got != "word" {
		t.Errorf("got focus and password %q, want the word to be mended, and no password", got)
	}
	p.do(chromedp.SendKeys(chromedp.ID("word"), "Heron"))
	p.submit(secret)
	p.wantText("Hello")
	if got := c.word(); got != "heron" {
		t.Errorf("got the word %q", got)
	}
}
