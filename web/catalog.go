package web

import (
	"fmt"
	"io/fs"
	"path"

	"github.com/BurntSushi/toml"
	"github.com/labstack/echo/v4"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// supported are the languages there is a catalog for, the fallback first: the
// name of the file, and the language as pages state it (BCP 47). Adding a
// language is adding a file and a row.
var supported = []struct{ file, lang string }{
	{"en", "en"},
	{"es", "es"},
	{"fr", "fr"},
	{"vi", "vi"},
	{"tl", "tl"}, // Filipino ("fil") is the same to us
	{"zh", "zh-Hans"},
}

// languageKey is where the wish of SetLanguage stands in an echo context.
const languageKey = "web.language"

// SetLanguage asks for a language (BCP 47) ahead of those the browser asks for.
// One there is no catalog for, or the empty string, changes nothing.
func SetLanguage(c echo.Context, lang string) { c.Set(languageKey, lang) }

// catalog holds the words of all languages.
type catalog struct {
	languages []words // as in supported
	matcher   language.Matcher
}

func loadCatalog(files fs.FS) (*catalog, error) {
	bundle := i18n.NewBundle(language.Make(supported[0].file))
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	for _, s := range supported {
		name := path.Join("locales", s.file+".toml")
		if _, err := bundle.LoadMessageFileFS(files, name); err != nil {
			return nil, fmt.Errorf("load %s: %w", name, err)
		}
	}
	c := &catalog{}
	var tags []language.Tag
	for _, s := range supported {
		tag := language.Make(s.lang)
		c.languages = append(c.languages, words{Lang: s.lang, Dir: direction(tag), localizer: i18n.NewLocalizer(bundle, s.file)})
		tags = append(tags, tag)
	}
	c.matcher = language.NewMatcher(tags)
	return c, nil
}

const rtl = "rtl"

// direction is rtl for a language that is written from the right.
func direction(tag language.Tag) string {
	switch script, _ := tag.Script(); script.String() {
	case "Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm":
		return rtl
	}
	return ""
}

// words picks the language: what was set, else the browser's wish, else English.
// A match of low confidence is one in another script, which few can read:
// Traditional Chinese for Simplified.
func (c *catalog) words(ctx echo.Context) words {
	var wishes []language.Tag
	if set, _ := ctx.Get(languageKey).(string); set != "" {
		if tag, err := language.Parse(set); err == nil {
			wishes = append(wishes, tag)
		}
	}
	accepted, _, err := language.ParseAcceptLanguage(ctx.Request().Header.Get("Accept-Language"))
	if err == nil {
		wishes = append(wishes, accepted...)
	}
	_, i, sure := c.matcher.Match(wishes...)
	if sure <= language.Low {
		i = 0
	}
	return c.languages[i]
}
