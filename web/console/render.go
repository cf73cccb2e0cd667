package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/web"
)

//go:embed templates/*.html
var templates embed.FS

// page is the dot of every template.
type page struct {
	Person store.Staff // whose page it is; zero: nobody is signed in
	Org    store.Org
	Here   string // the address, for the menu
	Done   string // what was just done, in words
	Data   any    // what this page alone shows
	zone   *time.Location
}

// Any reports whether the person has one of the roles, by their names.
func (p page) Any(roles ...string) bool {
	for _, r := range roles {
		if p.Person.Has(store.Role(r)) {
			return true
		}
	}
	return false
}

// In reports whether the page is below an address.
func (p page) In(below string) bool { return p.Here == below || strings.HasPrefix(p.Here, below+"/") }

// Moment is a time as the org's clocks show it.
func (p page) Moment(t time.Time) string { return t.In(p.zone).Format("Jan 2, 2006, 3:04 PM MST") }

// Day is a day as the org's clocks have it, and LastDay the last one before a time.
func (p page) Day(t time.Time) string     { return t.In(p.zone).Format("Jan 2, 2006") }
func (p page) LastDay(t time.Time) string { return p.Day(t.Add(-time.Second)) }

// renderer makes pages.
type renderer struct{ pages map[string]*template.Template }

func newRenderer(assets *web.Static) (*renderer, error) {
	r := &renderer{map[string]*template.Template{}}
	funcs := template.FuncMap{
		"asset": assets.URL, "iso": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"kind": kindWords, "status": statusWords, "refusal": refusalWords, "role": roleWords, "answer": answerWords, "rule": ruleWords, "reason": reasonWords, "roughly": roughly,
		"roles": func() []store.Role { return store.AllRoles },
	}
	layout, err := template.New("layout.html").Funcs(funcs).ParseFS(templates, "templates/layout.html")
	if err != nil {
		return nil, fmt.Errorf("parse layout: %w", err)
	}
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if path.Base(name) == "layout.html" {
			continue
		}
		set, err := template.Must(layout.Clone()).ParseFS(templates, name)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", name, err)
		}
		r.pages[path.Base(name)] = set
	}
	return r, nil
}

// render shows a page. Nothing is written unless all of it was made.
func (s *Console) render(c echo.Context, status int, name string, v visit, data any) error {
	set, ok := s.pages.pages[name]
	if !ok {
		return fmt.Errorf("render %s: no such page", name)
	}
	p := page{
		Person: v.Staff, Org: v.Org, Here: c.Request().URL.Path, Done: doneWords[c.QueryParam("done")],
		Data: data, zone: zoneOf(v.Org),
	}
	var out bytes.Buffer
	if err := set.Execute(&out, p); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	return c.HTMLBlob(status, out.Bytes())
}

// zoneOf is the org's time zone, or UTC.
func zoneOf(o store.Org) *time.Location {
	if zone, err := time.LoadLocation(o.Policy.TimeZone); err == nil {
		return zone
	}
	return time.UTC
}
