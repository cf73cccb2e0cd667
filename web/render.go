package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
)

// Page is what a template is given, as $ with its methods for words and dates.
type Page struct {
	Org   string // the clinic whose page it is; empty: the service's own
	Phone string // how to call it, as written; empty: nobody to call
	Logo  Logo   // the clinic's; zero: ours stands there
	For   string // which of several people who share the phone it is for; empty: whoever has it
	Data  any    // what this page alone shows
}

// Logo is a picture at the head of a page, as large as it is shown.
type Logo struct {
	URL           string // on our own site
	Width, Height int
}

// Renderer implements [echo.Renderer]. It is safe for concurrent use.
type Renderer struct {
	pages   map[string]*template.Template
	catalog *catalog
	assets  *Static
}

// New parses the embedded templates and catalogs. Its error is a fault of the
// build, which the tests find first.
func New(assets *Static) (*Renderer, error) {
	c, err := loadCatalog(locales)
	if err != nil {
		return nil, fmt.Errorf("load catalog: %w", err)
	}
	r := &Renderer{pages: map[string]*template.Template{}, catalog: c, assets: assets}
	return r, r.parse(templates)
}

// parse makes one set per page: the layout and that page alone, so that pages
// may define the same blocks.
func (r *Renderer) parse(files fs.FS) error {
	funcs := template.FuncMap{"asset": r.assets.URL, "tel": tel}
	layout, err := template.New("layout.html").Funcs(funcs).ParseFS(files, "templates/layout.html")
	if err != nil {
		return fmt.Errorf("parse layout: %w", err)
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return err
	}
	for _, name := range names {
		page := path.Base(name)
		if page == "layout.html" {
			continue
		}
		set, err := template.Must(layout.Clone()).ParseFS(files, name)
		if err != nil {
			return fmt.Errorf("parse %s: %w", page, err)
		}
		r.pages[page] = set
	}
	return nil
}

// Render implements [echo.Renderer]: data is a [Page], in the language that
// [SetLanguage] asked for or else the browser does. Nothing is written unless
// all of it was made.
func (r *Renderer) Render(w io.Writer, name string, data any, c echo.Context) error {
	set, ok := r.pages[name]
	if !ok {
		return fmt.Errorf("render %s: no such page", name)
	}
	page, ok := data.(Page)
	if !ok {
		return fmt.Errorf("render %s: want a web.Page, got %T", name, data)
	}
	var out bytes.Buffer
	v := view{Page: page, words: r.catalog.words(c)}
	if err := set.Execute(&out, v); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	_, err := out.WriteTo(w)
	return err
}

// Say returns one text of the catalog, in the language that a page would be in,
// filled as in T of a template.
func (r *Renderer) Say(c echo.Context, key string, pairs ...any) (string, error) {
	return r.catalog.words(c).T(key, pairs...)
}

// view is the dot of every template.
type view struct {
	Page
	words
}

// tel makes the link that calls a number as someone wrote it. It holds digits
// and a leading + alone, which is what makes it safe as a URL.
func tel(phone string) template.URL {
	var b strings.Builder
	b.WriteString("tel:")
	for _, r := range phone {
		if r >= '0' && r <= '9' || r == '+' && b.Len() == len("tel:") {
			b.WriteRune(r)
		}
	}
	return template.URL(b.String())
}
