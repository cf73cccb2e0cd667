package web

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// words says things in one language.
type words struct {
	Lang      string // BCP 47, for <html lang>
	Dir       string // rtl where it is written from the right, for <html dir>; else empty
	localizer *i18n.Localizer
}

// errPairs is the fault of a template that calls T with a name and no value.
var errPairs = errors.New("want names and values in pairs")

// T returns the text of a key, its {{.Name}}s filled from pairs of name and
// value. A key that the catalog lacks is an error, which the tests find.
func (w words) T(key string, pairs ...any) (string, error) {
	data, err := fields(pairs)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	if w.Dir == rtl {
		isolate(data)
	}
	return w.localizer.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: data})
}

// N is T for a text that depends on a count, which the text calls {{.N}}.
func (w words) N(key string, n int) (string, error) {
	return w.localizer.Localize(&i18n.LocalizeConfig{
		MessageID: key, PluralCount: n, TemplateData: map[string]any{"N": n},
	})
}

func fields(pairs []any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errPairs
	}
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, errPairs
		}
		data[name] = pairs[i+1]
	}
	return data, nil
}

// isolate keeps a clinic's name or a phone number from mixing with text that is
// written from the right (Unicode's first strong isolate). It is <bdi> for words that
// stand within a sentence of the catalog.
func isolate(data map[string]any) {
	for name, value := range data {
		if text, ok := value.(string); ok {
			data[name] = "\u2068" + text + "\u2069"
		}
	}
}

// Day writes a date out, in UTC: the server does not know where the reader is.
// The script puts the reader's own in its place.
func (w words) Day(t time.Time) (string, error) {
	t = t.UTC()
	months, err := w.T("date.months")
	if err != nil {
		return "", err
	}
	return w.T("date.day", "Day", t.Day(), "Month", strings.Fields(months)[t.Month()-1], "Year", t.Year())
}

// Moment writes a date and time out, in UTC.
func (w words) Moment(t time.Time) (string, error) {
	day, err := w.Day(t)
	if err != nil {
		return "", err
	}
	clock, err := w.T("date.clock")
	if err != nil {
		return "", err
	}
	return w.T("date.moment", "Day", day, "Time", t.UTC().Format(clock))
}

// Size writes a number of bytes as people say it: "840 KB", "2.4 MB".
func (w words) Size(bytes int64) (string, error) {
	const kilo, mega = 1 << 10, 1 << 20
	if bytes < mega {
		return w.T("size.kilo", "N", max(1, (bytes+kilo/2)/kilo))
	}
	point, err := w.T("size.point")
	if err != nil {
		return "", err
	}
	tenths := (bytes*10 + mega/2) / mega
	return w.T("size.mega", "N", fmt.Sprintf("%d%s%d", tenths/10, point, tenths%10))
}
