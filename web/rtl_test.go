package web

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"
)

// withArabic is the catalog with a language more, as if its file were there: its
// words are the English ones, but a few.
func withArabic(t *testing.T) *catalog {
	t.Helper()
	files := fstest.MapFS{}
	for _, s := range supported {
		name := path.Join("locales", s.file+".toml")
		b, err := fs.ReadFile(locales, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: b}
	}
	english := string(files["locales/en.toml"].Data)
	arabic := strings.NewReplacer(`title = "Private message"`, `title = "رسالة خاصة"`,
		`questions = "Questions? Call {{.Org}}:"`, `questions = "أسئلة؟ اتصل بـ {{.Org}}:"`).Replace(english)
	files["locales/ar.toml"] = &fstest.MapFile{Data: []byte(arabic)}
	before := supported
	t.Cleanup(func() { supported = before })
	supported = append(slices.Clone(supported), struct{ file, lang string }{"ar", "ar"})
	c, err := loadCatalog(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A language that is written from the right needs no more than its file and row.
func TestALanguageFromTheRight(t *testing.T) {
	assets, err := NewStatic()
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(assets)
	if err != nil {
		t.Fatal(err)
	}
	r.catalog = withArabic(t)
	e := echo.New()
	for accept, want := range map[string][]string{
		"ar-EG": {`<html lang="ar" dir="rtl">`, "<title>رسالة خاصة", "أسئلة؟ اتصل بـ \u2068Lakeside (Family) Clinic\u2069:", `href="tel:5550100142">(555) 010-0142</a>`},
		"es":    {`<html lang="es">`, "Lakeside (Family) Clinic:"},
	} {
		q := httptest.NewRequest(http.MethodGet, "/", nil)
		q.Header.Set("Accept-Language", accept)
		w := httptest.NewRecorder()
		page := Page{Org: "Lakeside (Family) Clinic", Phone: "(555) 010-0142"}
		if err := r.Render(w, "home.html", page, e.NewContext(q, w)); err != nil {
			t.Fatal(err)
		}
		for _, s := range want {
			if !strings.Contains(w.Body.String(), s) {
				t.Errorf("%s: the page lacks %q:\n%s", accept, s, w.Body)
			}
		}
		if accept == "es" && strings.ContainsAny(w.Body.String(), "\u2068\u2069") {
			t.Error("the page of another language holds isolates")
		}
	}
}

func TestDirection(t *testing.T) {
	c := withArabic(t)
	for _, w := range c.languages {
		if got := w.Dir == rtl; got != (w.Lang == "ar") {
			t.Errorf("%s is written in the direction %q", w.Lang, w.Dir)
		}
	}
}
