package notice

import (
	"maps"
	"slices"

	"golang.org/x/text/language"

	"securetext/sms/reason"
	"securetext/store"
)

// wording is what mails say in one language.
type wording struct {
	lang    string // BCP 47
	steps   map[store.Kind]step
	reasons map[reason.Reason]explanation // English has none: see explain
	labels  labels
	closing string // {org}
}

// step is what is said of one step of a message.
type step struct {
	subject string // {end}: the last digits of the number
	lead    string
	when    string // before the time of the step; empty: it is not shown
}

// explanation is why a message could not be delivered, and what to do next.
type explanation struct{ why, next string }

type labels struct{ why, next, phone, accepted, message, reference, console string }

// fallback is for languages that have no row.
const fallback = "en"

// wordings has a row a language, by its ISO 639 code. Adding a language is
// adding a file and a row: a test holds every row to all steps and reasons.
var wordings = map[string]wording{
	"en": english,
	"es": spanish,
	"fr": french,
	"vi": vietnamese,
	"tl": tagalog,
	"zh": chinese,
}

// codes are the keys of [wordings], and matcher finds the one for a tag.
var codes = slices.Sorted(maps.Keys(wordings))

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, code := range codes {
		tags = append(tags, language.Make(code))
	}
	return language.NewMatcher(tags)
}()

// wordingFor finds the row of a BCP 47 tag such as "es-MX". A match of low
// confidence is one in another script, which few can read: Traditional Chinese
// for Simplified.
func wordingFor(lang string) wording {
	_, i, sure := matcher.Match(language.Make(lang))
	if sure <= language.Low {
		return wordings[fallback]
	}
	return wordings[codes[i]]
}
