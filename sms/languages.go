package sms

import (
	"maps"
	"slices"

	"golang.org/x/text/language"
)

// Languages are the ISO 639 codes that there is a wording for.
func Languages() []string { return slices.Sorted(maps.Keys(wordings)) }

// Speaks reports whether lang is one of [Languages].
func Speaks(lang string) bool { return slices.Contains(Languages(), lang) }

// wide are the languages that GSM-7 cannot write.
var wide = map[string]bool{"zh": true}

// codes are the names that package language has for languages of ours.
var codes = map[string]string{"fil": "tl", "cmn": "zh"}

// spoken returns the one of [Languages] that a patient of a BCP 47 tag is
// spoken to in: regions have no matter, but "zh" is Simplified Chinese alone.
func spoken(tag string) string {
	t, _ := language.Parse(tag) // of what is no tag, as much as is one
	base, _ := t.Base()
	script, _ := t.Script()
	lang := base.String()
	if code, known := codes[lang]; known {
		lang = code
	}
	if !Speaks(lang) || lang == "zh" && script.String() != "Hans" {
		return fallback
	}
	return lang
}
