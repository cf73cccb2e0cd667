package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"securetext/store"
	"securetext/store/eventfile"
)

// once walks the ways to a message as a patient's browser would, and checks what
// it sees on each.
func (d *demo) once(ctx context.Context) error {
	b, err := newBrowser(&tls.Config{RootCAs: d.roots()})
	if err != nil {
		return err
	}
	for _, way := range []struct {
		subject string
		how     func(b *browser, link string) (*page, error)
		said    string
	}{
		{"First of four", (*browser).withPassword, "first use: password set, message read"},
		{"Second of four", (*browser).open, "recently viewed another: message read at once"},
		{"Third of four", (*browser).afterSignOut, "signed out, password entered: message read"},
		{"Fourth of four", d.onNewPhone, "another phone, texted code and password entered: message read"},
	} {
		text, err := d.send(ctx, way.subject, "The words of: "+way.subject)
		if err != nil {
			return err
		}
		got, err := way.how(b.with(ctx), linkOf(text))
		if err != nil {
			return fmt.Errorf("%s: %w", way.subject, err)
		}
		if !strings.Contains(got.text, "The words of: "+way.subject) {
			return fmt.Errorf("%s: the page (status %d) does not show the message", way.subject, got.status)
		}
		d.step("%s", way.said)
	}
	return d.printEvents(ctx)
}

// onNewPhone opens a link in a browser of its own, which has to prove by a code
// that it holds the phone.
func (d *demo) onNewPhone(b *browser, link string) (*page, error) {
	phone, err := newBrowser(&tls.Config{RootCAs: d.roots()})
	if err != nil {
		return nil, err
	}
	phone = phone.with(b.ctx)
	p, err := phone.askCode(link)
	if err != nil {
		return nil, err
	}
	text, err := d.receive(b.ctx, isCode)
	if err != nil {
		return nil, err
	}
	if p, err = phone.submit(p, "code", codeIn(text)); err != nil {
		return nil, err
	}
	return phone.submit(p, "password", demoPassword)
}

func (d *demo) printEvents(ctx context.Context) error {
	events, err := d.store.Events(ctx, store.EventFilter{Org: d.org.ID})
	if err != nil {
		return err
	}
	d.step("%d events, the last message's:", len(events))
	last := events[len(events)-1].Message
	for _, e := range events {
		if e.Message == last {
			if err := d.p.print(eventfile.LineOf(e)); err != nil {
				return err
			}
		}
	}
	return nil
}

// browser is as much of one as the patient's pages need with JavaScript off:
// it follows redirects, keeps cookies and submits forms.
type browser struct {
	ctx    context.Context
	client *http.Client
}

// page is what it shows.
type page struct {
	status int
	at     *url.URL
	text   string
	root   *html.Node
}

func newBrowser(t *tls.Config) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &browser{client: &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: t}}}, nil
}

func (b *browser) with(ctx context.Context) *browser { return &browser{ctx, b.client} }

// open opens a link.
func (b *browser) open(link string) (*page, error) {
	req, err := http.NewRequestWithContext(b.ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, err
	}
	return b.do(req)
}

// withPassword opens a link and fills in the password it asks for.
func (b *browser) withPassword(link string) (*page, error) { return b.withThis(link, demoPassword) }

func (b *browser) withThis(link, password string) (*page, error) {
	p, err := b.open(link)
	if err != nil {
		return nil, err
	}
	return b.submit(p, "password", password)
}

// askCode opens a link that asks for a code, and has it texted.
func (b *browser) askCode(link string) (*page, error) {
	p, err := b.open(link)
	if err != nil {
		return nil, err
	}
	return b.tap(p, "/code")
}

// sixDigits finds the code in a text: in no other do so many stand alone.
var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

func isCode(text string) bool { return sixDigits.MatchString(text) }

func codeIn(text string) string { return sixDigits.FindString(text) }

// afterSignOut opens a link, signs out, and opens it again.
func (b *browser) afterSignOut(link string) (*page, error) {
	p, err := b.open(link)
	if err != nil {
		return nil, err
	}
	if _, err := b.tap(p, "/signout"); err != nil {
		return nil, err
	}
	return b.withPassword(link)
}

// tap follows the link of a page, or presses the button of the form, whose
// address ends in that.
func (b *browser) tap(p *page, ending string) (*page, error) {
	for n := range p.root.Descendants() {
		switch {
		case n.Data == "a" && strings.HasSuffix(attr(n, "href"), ending):
			to, err := p.at.Parse(attr(n, "href"))
			if err != nil {
				return nil, err
			}
			return b.open(to.String())
		case n.Data == "form" && strings.HasSuffix(attr(n, "action"), ending):
			return b.post(p, n, fields(n))
		}
	}
	return nil, fmt.Errorf("the page has nothing to tap that leads to %s", ending)
}

// submit sends the form of a page that has an input of that name, with value in it.
func (b *browser) submit(p *page, name, value string) (*page, error) {
	for form := range p.root.Descendants() {
		if form.Data != "form" {
			continue
		}
		if f := fields(form); f.Has(name) {
			f.Set(name, value)
			return b.post(p, form, f)
		}
	}
	return nil, fmt.Errorf("the page has no form that asks for a %s", name)
}

// fields are a form's inputs as the page fills them in.
func fields(form *html.Node) url.Values {
	all := url.Values{}
	for n := range form.Descendants() {
		if n.Data == "input" && attr(n, "name") != "" {
			all.Set(attr(n, "name"), attr(n, "value"))
		}
	}
	return all
}

func (b *browser) post(p *page, form *html.Node, fields url.Values) (*page, error) {
	action, err := p.at.Parse(attr(form, "action"))
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(b.ctx, http.MethodPost, action.String(), strings.NewReader(fields.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(req)
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// userAgent is of a telephone: with that of a program it would count as a bot.
const userAgent = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"

func (b *browser) do(req *http.Request) (*page, error) {
	req.Header.Set("User-Agent", userAgent)
	res, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	root, err := html.Parse(bytes.NewReader(body))
	return &page{status: res.StatusCode, at: res.Request.URL, text: string(body), root: root}, err
}
