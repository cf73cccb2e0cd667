package pickup_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"securetext/pickup/session"
	"securetext/store"
)

// browser keeps cookies and follows no redirect.
type browser struct {
	*clinic
	client *http.Client
	agent  string
}

func (c *clinic) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.Fatal(err)
	}
	client := *c.server.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{clinic: c, client: &client, agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"}
}

// page is an answer, read.
type page struct {
	*http.Response
	text string
}

func (b *browser) do(method, path string, form url.Values, header ...string) page {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), method, b.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("User-Agent", b.agent)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.Fatalf("%s: %v", method, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Logf("%s broke off: %v", method, err)
	}
	return page{resp, string(text)}
}

func (b *browser) get(path string, header ...string) page {
	b.Helper()
	return b.do(http.MethodGet, path, nil, header...)
}

func (b *browser) post(path, password string, header ...string) page {
	b.Helper()
	return b.do(http.MethodPost, path, url.Values{"password": {password}}, header...)
}

// session is the session cookie that the browser holds; empty: none.
func (b *browser) session() string { return b.cookie(session.CookieName) }

func (b *browser) cookie(name string) string {
	u, _ := url.Parse(b.server.URL)
	for _, k := range b.client.Jar.Cookies(u) {
		if k.Name == name {
			return k.Value
		}
	}
	return ""
}

// enrolled is a browser that has just set the first password.
func (c *clinic) enrolled(d delivered) *browser {
	c.Helper()
	b := c.browser()
	if p := b.post(d.path()+"/enrol", secret); p.StatusCode != http.StatusSeeOther || b.session() == "" {
		c.Fatalf("enrol: got %d, want 303 and a session:\n%s", p.StatusCode, p.text)
	}
	return b
}

func (p page) want(t testing.TB, status int, texts ...string) {
	t.Helper()
	if p.StatusCode != status {
		t.Errorf("got status %d, want %d:\n%.1200s", p.StatusCode, status, p.text)
	}
	for _, s := range texts {
		if !strings.Contains(p.text, s) {
			t.Errorf("the page lacks %q:\n%.2500s", s, p.text)
		}
	}
}

func (p page) wantNo(t testing.TB, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if strings.Contains(p.text, s) {
			t.Errorf("the page holds %q", s)
		}
	}
}

func plain(text string) letter {
	return letter{Content: store.Content{Subject: "Your results", From: "Dr. Ana Reyes", Text: text}}
}
