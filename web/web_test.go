package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// newSite is the smallest echo that serves what this package holds.
func newSite(t *testing.T, page echo.HandlerFunc) *echo.Echo {
	t.Helper()
	assets, err := NewStatic()
	if err != nil {
		t.Fatalf("NewStatic: %v", err)
	}
	e := echo.New()
	if e.Renderer, err = New(assets); err != nil {
		t.Fatalf("New: %v", err)
	}
	e.Use(Headers)
	e.GET("/", page)
	e.GET("/static/:file", assets.Serve)
	e.GET("/favicon.ico", assets.Icon)
	return e
}

func home(c echo.Context) error { return c.Render(http.StatusOK, "home.html", Page{}) }

func get(e *echo.Echo, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

func TestS16PagesAreKeptByNobodyAndFramedByNobody(t *testing.T) {
	h := get(newSite(t, home), "/").Header()
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		"Strict-Transport-Security": "max-age=63072000",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	csp := h.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("policy %q lacks %q", csp, want)
		}
	}
	if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") || strings.Contains(csp, "http") {
		t.Errorf("policy %q lets in what it must not", csp)
	}
	if h.Get("Permissions-Policy") == "" {
		t.Error("there is no Permissions-Policy")
	}
}

func TestStaticFilesAreKeptByTheirHash(t *testing.T) {
	e := newSite(t, home)
	urls := regexp.MustCompile(`/static/[^"]+`).FindAllString(get(e, "/").Body.String(), -1)
	if len(urls) != 3 {
		t.Fatalf("the page links to %d static files, want style, script and icon", len(urls))
	}
	for _, url := range urls {
		if !regexp.MustCompile(`^/static/\w+\.[0-9a-f]{12}\.\w+$`).MatchString(url) {
			t.Errorf("%s holds no hash", url)
		}
		w := get(e, url)
		if got := w.Header().Get("Cache-Control"); w.Code != http.StatusOK || got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: got %d with Cache-Control %q", url, w.Code, got)
		}
		if strings.Contains(w.Header().Get("Content-Type"), "octet-stream") {
			t.Errorf("%s has no media type", url)
		}
	}
	for _, url := range []string{"/static/site.css", "/static/..%2fweb.go", "/static/"} {
		if w := get(e, url); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", url, w.Code)
		}
	}
}

func TestIconIsServedUnasked(t *testing.T) {
	w := get(newSite(t, home), "/favicon.ico")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("got %d with type %q", w.Code, w.Header().Get("Content-Type"))
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ name, set, accept, want string }{
		{"nothing is known", "", "", "en"},
		{"the browser's", "", "de, es-MX;q=0.8, en;q=0.5", "es"},
		{"the message's before the browser's", "en", "es", "en"},
		{"the message's region has no matter", "es-419", "en", "es"},
		{"one there is no catalog for", "de", "es", "es"},
		{"none at all", "de", "pt", "en"},
		{"another region's French", "fr-CA", "en", "fr"},
		{"Vietnamese", "", "vi-VN, en;q=0.5", "vi"},
		{"Tagalog", "tl", "en", "tl"},
		{"Filipino, which is Tagalog to us", "", "fil-PH, en;q=0.5", "tl"},
		{"Klingon, which is not", "tlh", "", "en"},
		{"Chinese", "zh", "en", "zh-Hans"},
		{"Chinese by script", "zh-Hans", "en", "zh-Hans"},
		{"Chinese by region", "", "zh-CN", "zh-Hans"},
		{"Chinese in another script", "", "zh-Hant-TW", "en"},
		{"Chinese where the other script is used", "zh-HK", "", "en"},
		{"Chinese in another script, and French", "zh-TW", "fr", "fr"},
		{"nonsense", "%%", "\x00;;q=", "en"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newSite(t, func(ctx echo.Context) error {
				SetLanguage(ctx, c.set)
				return home(ctx)
			})
			body := get(e, "/", "Accept-Language", c.accept).Body.String()
			if !strings.Contains(body, `<html lang="`+c.want+`">`) {
				t.Errorf("got %.60q, want language %s", body, c.want)
			}
		})
	}
}

func TestRenderRefusesWhatIsNoPage(t *testing.T) {
	for name, page := range map[string]echo.HandlerFunc{
		"unknown template": func(c echo.Context) error { return c.Render(200, "nosuch.html", Page{}) },
		"other data":       func(c echo.Context) error { return c.Render(200, "home.html", "text") },
		"missing field":    func(c echo.Context) error { return c.Render(200, "enrol.html", Page{Data: struct{}{}}) },
	} {
		if w := get(newSite(t, page), "/"); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "<html") {
			t.Errorf("%s: got %d and %q", name, w.Code, w.Body)
		}
	}
}

func TestWords(t *testing.T) {
	c, err := loadCatalog(locales)
	if err != nil {
		t.Fatal(err)
	}
	en, es, fr, vi, tl, zh := c.languages[0], c.languages[1], c.languages[2], c.languages[3], c.languages[4], c.languages[5]
	at := time.Date(2026, 11, 3, 15, 4, 0, 0, time.FixedZone("", -6*3600))
	text := func(s string, err error) string {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		return s
	}
	for _, x := range []struct{ got, want string }{
		{text(en.Day(at)), "November 3, 2026"},
		{text(es.Day(at)), "3 de noviembre de 2026"},
		{text(en.Moment(at)), "November 3, 2026 at 9:04 PM (UTC)"},
		{text(es.Moment(at)), "3 de noviembre de 2026, 21:04 (UTC)"},
		{text(fr.Moment(at)), "3 novembre 2026 à 21:04 (UTC)"},
		{text(vi.Moment(at)), "21:04 ngày 3 tháng 11, 2026 (UTC)"},
		{text(tl.Moment(at)), "Nobyembre 3, 2026 nang 9:04 PM (UTC)"},
		{text(zh.Moment(at)), "2026年11月3日 21:04（UTC）"},
		{text(en.Size(0)), "1 KB"},
		{text(en.Size(840 << 10)), "840 KB"},
		{text(en.Size(2_500_000)), "2.4 MB"},
		{text(es.Size(2_500_000)), "2,4 MB"},
		{text(fr.Size(2_500_000)), "2,4\u00a0Mo"},
		{text(fr.Size(840 << 10)), "840\u00a0Ko"},
		{text(en.N("message.files", 1)), "1 file"},
		{text(es.N("message.files", 3)), "3 archivos"},
		{text(fr.N("message.files", 0)), "0 fichier"},
		{text(fr.N("message.files", 2)), "2 fichiers"},
		{text(vi.N("message.files", 2)), "2 tệp"},
		{text(tl.N("message.files", 3)), "3 file"},
		{text(tl.N("message.files", 4)), "4 na file"},
		{text(zh.N("message.files", 1)), "1 个文件"},
		{string(tel("+1 (555) 010-0199 x+2")), "tel:+155501001992"},
		{string(tel(`javascript:alert(1)"`)), "tel:1"},
	} {
		if x.got != x.want {
			t.Errorf("got %q, want %q", x.got, x.want)
		}
	}
	if _, err := en.T("layout.private", "Org"); err == nil {
		t.Error("a name without its value is not refused")
	}
	if _, err := en.T("no.such.key"); err == nil {
		t.Error("a key that does not exist is not refused")
	}
}

func BenchmarkRender(b *testing.B) {
	assets, err := NewStatic()
	if err != nil {
		b.Fatal(err)
	}
	r, err := New(assets)
	if err != nil {
		b.Fatal(err)
	}
	page := Page{Org: "Lakeside Clinic", Phone: "555-0100", Data: struct{ Path, Ending, Problem string }{"/m/x", "89", ""}}
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder())
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Render(&strings.Builder{}, "enrol.html", page, c); err != nil {
			b.Fatal(err)
		}
	}
}
