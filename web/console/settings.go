package console

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"securetext/sms"
	"securetext/store"
	"securetext/store/setting"
)

// settingsPage is what settings.html shows.
type settingsPage struct {
	Sections  []shownSection
	Languages []shownLanguage
}

type shownSection struct {
	section
	Rows []fieldRow
}

// fieldRow is a field with its value.
type fieldRow struct {
	field
	Value   string
	Problem string
}

type shownLanguage struct {
	Lang, Words string
	Own         bool // some of its sentences are
}

// showSettings serves GET /settings.
func (s *Console) showSettings(c echo.Context, v visit) error {
	var p settingsPage
	for _, sec := range sections() {
		p.Sections = append(p.Sections, shownSection{sec, rows(sec.Fields, v.Org)})
	}
	for _, lang := range sms.Languages() {
		l := shownLanguage{Lang: lang, Words: languageWords(lang)}
		for _, t := range v.Org.Policy.Templates {
			l.Own = l.Own || t.Lang == lang
		}
		p.Languages = append(p.Languages, l)
	}
	return s.render(c, http.StatusOK, "settings.html", v, p)
}

// rows are fields with what an org has in them.
func rows(fields []field, o store.Org) (list []fieldRow) {
	for _, f := range fields {
		list = append(list, fieldRow{field: f, Value: f.Get(o)})
	}
	return list
}

// sectionPage is what section.html shows.
type sectionPage struct {
	section
	Rows      []fieldRow // values as they are typed
	Operators []fieldRow
	Version   int64 // of what was shown
	Same      bool  // nothing was changed
	Meanwhile *versionRow
	Samples   []sample // of a page of sentences
}

// pageOfSection is a section as it is now.
func (s *Console) pageOfSection(v visit, sec section) (sectionPage, error) {
	p := sectionPage{section: sec, Rows: rows(sec.Fields, v.Org), Operators: rows(sec.Shown, v.Org), Version: v.Org.Version}
	for i, r := range p.Rows {
		p.Rows[i].Value = r.shown(r.Value)
	}
	var err error
	p.Samples, err = s.samples(v.Org, sec)
	return p, err
}

// section hands on which section an address is of: one of sentences says in which
// language they are.
func (s *Console) section(sec section, next func(echo.Context, visit, section) error) handler {
	return func(c echo.Context, v visit) error {
		lang := c.Param("lang")
		switch {
		case sec.Lang == "":
			return next(c, v, sec)
		case !sms.Speaks(lang):
			return store.ErrNotFound
		}
		return next(c, v, wording(lang))
	}
}

// showSection serves GET of a section.
func (s *Console) showSection(c echo.Context, v visit, sec section) error {
	p, err := s.pageOfSection(v, sec)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "section.html", v, p)
}

// previewSection serves POST of a section: it says what the change would do, and
// changes nothing.
func (s *Console) previewSection(c echo.Context, v visit, sec section) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	after, ok, err := s.readSection(c, v, sec, f)
	if err != nil || !ok {
		return err
	}
	p, err := s.preview(c, v, after)
	if err != nil {
		return err
	}
	p.Title, p.Action, p.Back, p.Edit = sec.Title, sec.Path, settingsPath, true
	for _, field := range sec.Fields {
		if f.sent(field.Name) {
			p.Hidden = append(p.Hidden, choice{field.Name, f.line(field.Name)})
		}
	}
	return s.render(c, http.StatusOK, "preview.html", v, p)
}

// setSection serves POST of what a preview showed.
func (s *Console) setSection(c echo.Context, v visit, sec section) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	after, ok, err := s.readSection(c, v, sec, f)
	if err != nil || !ok {
		return err
	}
	err = s.store.SetOrg(c.Request().Context(), store.OrgChange{Org: after, By: s.actor(c, v), At: s.now()})
	if errors.Is(err, store.ErrConflict) { // between the two looks
		if v.Org, err = s.store.Org(c.Request().Context(), v.Org.ID); err != nil {
			return fmt.Errorf("find org: %w", err)
		}
		return s.tellMeanwhile(c, v, sec, f)
	}
	if err != nil {
		return fmt.Errorf("change settings: %w", err)
	}
	return toPage(c, settingsPath, "settings")
}

// readSection is the org as the form would have it. If there is something to say
// about it instead, it is said, and ok is false.
func (s *Console) readSection(c echo.Context, v visit, sec section, f form) (after store.Org, ok bool, err error) {
	if version, err := strconv.ParseInt(f.get("version"), 10, 64); err != nil || version != v.Org.Version {
		return after, false, s.tellMeanwhile(c, v, sec, f)
	}
	p, err := s.pageOfSection(v, sec)
	if err != nil {
		return after, false, err
	}
	after, wrong := v.Org, false
	for i, r := range p.Rows {
		if !f.sent(r.Name) {
			continue
		}
		p.Rows[i].Value = f.line(r.Name)
		value := r.typed(p.Rows[i].Value)
		if value == r.Get(v.Org) {
			continue
		}
		if err := r.Set(&after, value); err != nil {
			p.Rows[i].Problem, wrong = sentence(err.Error()), true
		}
	}
	p.Same = !wrong && len(store.Changed(v.Org, after)) == 0
	if wrong || p.Same || f.get("act") == "edit" {
		status := http.StatusUnprocessableEntity
		if !wrong && !p.Same {
			status = http.StatusOK
		}
		return after, false, s.render(c, status, "section.html", v, p)
	}
	return after, true, nil
}

// tellMeanwhile shows the form once more after somebody else changed the settings:
// with what was typed where it differs from what was there when it was, and with
// what the other person set everywhere else. So nothing of either is lost.
func (s *Console) tellMeanwhile(c echo.Context, v visit, sec section, f form) error {
	p, err := s.pageOfSection(v, sec)
	if err != nil {
		return err
	}
	from, _ := strconv.ParseInt(f.get("version"), 10, 64)
	list, err := s.store.OrgVersions(c.Request().Context(), v.Org.ID, from+1, 1)
	if err != nil {
		return fmt.Errorf("find version: %w", err)
	}
	for i, r := range p.Rows {
		if typed := f.line(r.Name); f.sent(r.Name) && len(list) == 1 && r.typed(typed) != r.Get(list[0].Org) {
			p.Rows[i].Value = typed
		}
	}
	recent, err := s.history(c.Request().Context(), v, 0, 1)
	if err != nil {
		return err
	}
	if len(recent) == 1 {
		p.Meanwhile = &recent[0]
	}
	return s.render(c, http.StatusConflict, "section.html", v, p)
}

// sample is a text as patients get it.
type sample struct {
	Label    string
	Text     string
	Taken    int
	Of       int
	Encoding sms.Encoding
	NoStop   bool // it does not say how to end the texts
	Ours     bool // the org's own sentence does not fit
}

// samples are the texts of which a section has the sentences.
func (s *Console) samples(o store.Org, sec section) (list []sample, err error) {
	if sec.Lang == "" {
		return nil, nil
	}
	for _, kind := range setting.TemplateKinds {
		one, err := s.sample(o, kind, sec.Lang)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// sample is the text of a kind that an org's patients get in a language.
func (s *Console) sample(o store.Org, kind sms.Kind, lang string) (sample, error) {
	text, err := s.desk.Preview(o, kind, lang)
	if err != nil {
		return sample{}, fmt.Errorf("make text: %w", err)
	}
	one := sample{Label: kindsOfTexts[kind] + " in " + languageWords(lang), Text: text, NoStop: !strings.Contains(strings.ToUpper(text), "STOP")}
	one.Taken, one.Of, one.Encoding = sms.Room(text)
	if t := setting.Template(kind, lang); t.Get(o) != "" {
		if err := t.Set(&o, ""); err != nil {
			return sample{}, err
		}
		ours, err := s.desk.Preview(o, kind, lang)
		if err != nil {
			return sample{}, fmt.Errorf("make text: %w", err)
		}
		one.Ours = ours == text
	}
	return one, nil
}
