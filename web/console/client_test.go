package console_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"securetext/pickup/session"
	"securetext/store"
)

// browser is somebody's, with what it keeps.
type browser struct {
	testing.TB
	o      *office
	client *http.Client
}

// answer is what a browser got.
type answer struct {
	*http.Response
	text string
}

func (o *office) browser() *browser {
	o.Helper()
	jar, err := cookiejar.New(nil)
	must(o, "cookiejar.New", err)
	return &browser{o.TB, o, &http.Client{
		Jar: jar, Transport: o.server.Client().Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// as is a browser in which a person has just signed in.
func (o *office) as(s store.Staff) *browser {
	o.Helper()
	b := o.browser()
	a, err := o.store.StaffMember(o.Context(), s.Org, s.ID)
	must(o, "StaffMember", err)
	id, now := session.NewID(), o.clock()
	must(o, "Save", o.people.Save(o.Context(), id.Key(), session.Session{
		Org: string(a.Org), Recipient: string(a.ID), Epoch: a.Epoch, Label: "Firefox on Linux", Created: now, Seen: now, Proved: now,
	}, now))
	w := httptest.NewRecorder()
	session.Staff.Set(w, id)
	at, _ := url.Parse(o.server.URL)
	b.client.Jar.SetCookies(at, w.Result().Cookies())
	return b
}

// cookie is the value of one that the browser keeps.
func (b *browser) cookie(name string) string {
	at, _ := url.Parse(b.o.server.URL)
	for _, c := range b.client.Jar.Cookies(at) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) do(method, path string, form url.Values, change ...func(*http.Request)) answer {
	b.Helper()
	r, err := http.NewRequest(method, b.o.server.URL+path, strings.NewReader(form.Encode()))
	must(b, "NewRequest", err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, f := range change {
		f(r)
	}
	res, err := b.client.Do(r)
	must(b, method+" "+path, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(b, method+" "+path, err)
	return answer{res, string(text)}
}

func (b *browser) get(path string) answer { b.Helper(); return b.do(http.MethodGet, path, nil) }

// post sends a form of names and values.
func (b *browser) post(path string, pairs ...string) answer {
	b.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

// signIn types what the sign-in page asks for.
func (b *browser) signIn(email, typed, code string) answer {
	b.Helper()
	return b.post("/signin", "email", email, "password", typed, "code", code, "to", "/")
}

// wants checks an answer's status, and words that its page has.
func (a answer) wants(t testing.TB, status int, words ...string) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s: got status %d to %q, want %d:\n%s", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.Header.Get("Location"), status, a.plain())
	}
	for _, w := range words {
		if !strings.Contains(a.plain(), w) {
			t.Errorf("%s %s lacks %q:\n%s", a.Request.Method, a.Request.URL.Path, w, a.plain())
		}
	}
	return a
}

// goesTo checks that the answer sends the browser on.
func (a answer) goesTo(t testing.TB, path string) {
	t.Helper()
	a.wants(t, http.StatusSeeOther)
	if got := a.Header.Get("Location"); got != path {
		t.Errorf("%s %s: sent to %q, want %q", a.Request.Method, a.Request.URL.Path, got, path)
	}
}

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

// plain is the words of a page.
func (a answer) plain() string {
	text := strings.NewReplacer("&#39;", "'", "&amp;", "&", "&#43;", "+").Replace(a.text)
	if i := strings.Index(text, "<body>"); i >= 0 {
		text = text[i:]
	}
	return strings.Join(strings.Fields(tags.ReplaceAllString(text, " ")), " ")
}

// field is the value of a hidden or other input.
func (a answer) field(name string) string {
	m := regexp.MustCompile(`<input[^>]*name="` + name + `"[^>]*value="([^"]*)"`).FindStringSubmatch(a.text)
	if m == nil {
		return ""
	}
	return m[1]
}

// events are an org's of a kind.
func (o *office) events(g org, kind store.Kind) []store.Event {
	o.Helper()
	list, err := o.store.Events(o.Context(), store.EventFilter{Org: g.ID, Kind: kind, Limit: 10_000})
	must(o, "Events", err)
	return list
}

// last is the newest event of a kind.
func (o *office) last(g org, kind store.Kind) store.Event {
	o.Helper()
	list := o.events(g, kind)
	if len(list) == 0 {
		o.Fatalf("there is no %s event", kind)
	}
	return list[len(list)-1]
}

// wantBy checks that the newest event of a kind is a person's.
func (o *office) wantBy(s store.Staff, kind store.Kind) store.Event {
	o.Helper()
	e := o.last(o.own, kind)
	if e.By.Kind != store.ByStaff || e.By.ID != string(s.ID) || !e.By.Addr.IsValid() {
		o.Errorf("%s: by %+v, want %s with an address", kind, e.By, s.Name)
	}
	return e
}

func path(parts ...any) string { return fmt.Sprint(parts...) }
