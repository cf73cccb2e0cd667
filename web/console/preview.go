package console

import (
	"context"
	"fmt"
	"html/template"
	"slices"

	"github.com/labstack/echo/v4"

	"securetext/sms"
	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/setting"
)

// previewPage is what preview.html shows: what a change would do.
type previewPage struct {
	Title, Action, Back string
	Edit                bool     // there is a form to go back to
	Hidden              []choice // what the form had, by the fields' names
	Version             int64
	Changes             []changeRow
	Effects             []string
	Samples             []sample
	SignIn              []string     // how patients sign in then, if that changes
	Picture             template.URL // a new logo
	Logo                store.Logo   // how large it is
}

// changeRow is a setting that changes, in words.
type changeRow struct{ Label, From, To string }

// preview says what it does when an org's settings become others.
func (s *Console) preview(c echo.Context, v visit, after store.Org) (previewPage, error) {
	ctx, p := c.Request().Context(), previewPage{Version: v.Org.Version, Changes: changeRows(v.Org, after)}
	reach, err := s.store.Reach(ctx, v.Org.ID, s.now())
	if err != nil {
		return p, fmt.Errorf("count reach: %w", err)
	}
	diff := setting.Diff(v.Org, after)
	for _, change := range diff {
		e := effect{Change: change, after: after, reach: reach}
		if change.Name == "countries" {
			if e.abroad, err = s.abroad(ctx, v.Org, after.Policy.Countries); err != nil {
				return p, err
			}
		}
		p.Effects = append(p.Effects, e.words())
		if slices.Contains(ofSignIn, change.Name) {
			p.SignIn = signInWords(after.Policy)
		}
	}
	p.Samples, err = s.samplesOf(after, diff)
	return p, err
}

func changeRows(before, after store.Org) (list []changeRow) {
	for _, c := range setting.Diff(before, after) {
		f, _ := fieldNamed(c.Name)
		list = append(list, changeRow{f.Label, f.Words(c.From), f.Words(c.To)})
	}
	return list
}

// samplesOf are the texts that read otherwise after a change.
func (s *Console) samplesOf(after store.Org, diff []setting.Change) (list []sample, err error) {
	for _, lang := range sms.Languages() {
		for _, kind := range setting.TemplateKinds {
			name := setting.Template(kind, lang).Name
			if !slices.ContainsFunc(diff, func(c setting.Change) bool {
				return c.Name == name || (c.Name == "sms_name" || c.Name == "lang") && lang == after.Lang && kind == sms.NewMessage
			}) {
				continue
			}
			one, err := s.sample(after, kind, lang)
			if err != nil {
				return nil, err
			}
			list = append(list, one)
		}
	}
	return list, nil
}

// abroad counts the numbers, of those that messages went to in the last 30 days, to
// which none could go any more.
func (s *Console) abroad(ctx context.Context, o store.Org, countries []string) (int, error) {
	if len(countries) == 0 {
		return 0, nil
	}
	list, err := s.store.Written(ctx, o.ID, s.now().AddDate(0, 0, -30))
	if err != nil {
		return 0, fmt.Errorf("find whom was written to: %w", err)
	}
	seen := map[phone.Number]bool{}
	for _, r := range list {
		key, err := s.keys.DataKey(ctx, r.NumberKey, r.Place())
		if err != nil {
			return 0, fmt.Errorf("open key of number: %w", err)
		}
		written, err := key.Open(r.Number, r.Place())
		if err != nil {
			return 0, fmt.Errorf("open number: %w", err)
		}
		n, err := phone.Parse(string(written), o.Region)
		if err == nil && !n.Among(countries, o.Region) {
			seen[n] = true
		}
	}
	return len(seen), nil
}
