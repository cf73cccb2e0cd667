package sms

import (
	"maps"
	"slices"
)

// Languages are the ISO 639 codes that there is a wording for.
func Languages() []string { return slices.Sorted(maps.Keys(wordings)) }

// Speaks reports whether lang is one of [Languages].
func Speaks(lang string) bool { return slices.Contains(Languages(), lang) }
