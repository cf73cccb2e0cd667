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

// supported are the languages there is a catalog for, the fallback first.
var supported = []language.Tag{language.English, language.Spanish}

var matcher = language.NewMatcher(supported)

// languageKey is where the wish of SetLanguage stands in an echo context.
const languageKey = "web.language"

// SetLanguage asks for a language (BCP 47) ahead of those the browser asks for.
// One there is no catalog for, or the empty string, changes nothing.
func SetLanguage(c echo.Context, lang string) { c.Set(languageKey, lang) }

// catalog holds the words of all languages.
type catalog struct {
	languages []words
}

func loadCatalog(files fs.FS) (*catalog, error) {
	bundle := i18n.NewBundle(supported[0])
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	c := &catalog{}
	for _, tag := range supported {
		name := path.Join("locales", tag.String()+".toml")
		if _, err := bundle.LoadMessageFileFS(files, name); err != nil {
			return nil, fmt.Errorf("load %s: %w", name, err)
		}
	}
	for _, tag := range supported {
		c.languages = append(c.languages, words{Lang: tag.String(), localizer: i18n.NewLocalizer(bundle, tag.String())})
	}
	return c, nil
}

// words picks the language: what was set, else the browser's wish, else English.
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
	_, i, _ := matcher.Match(wishes...)
	return c.languages[i]
}
