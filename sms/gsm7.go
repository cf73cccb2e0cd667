package sms

import (
	"strings"
	"unicode/utf16"
)

// Encoding is how a text travels.
type Encoding string

// The encodings of SMS (3GPP TS 23.038).
const (
	GSM7 Encoding = "GSM-7"
	UCS2 Encoding = "UCS-2"
)

// How many units one segment holds, and each of several, which lose some to
// the header that joins them.
const (
	septetsAlone, septetsEach = 160, 153
	unitsAlone, unitsEach     = 70, 67
)

const (
	// basicSigns cost one septet each, in the order of the GSM default alphabet.
	basicSigns = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	// extendedSigns cost two.
	extendedSigns = "\f^{}\\[~]|€"
)

// septets counts what a sign costs in GSM-7; 0: it is not in it.
func septets(r rune) int {
	switch {
	case strings.ContainsRune(basicSigns, r):
		return 1
	case strings.ContainsRune(extendedSigns, r):
		return 2
	}
	return 0
}

// countSeptets returns the length of s in GSM-7, and false if s cannot be
// written in it.
func countSeptets(s string) (int, bool) {
	n := 0
	for _, r := range s {
		cost := septets(r)
		if cost == 0 {
			return 0, false
		}
		n += cost
	}
	return n, true
}

// countUnits returns the length of s in UCS-2.
func countUnits(s string) int { return len(utf16.Encode([]rune(s))) }

// Measure returns how a text of these words travels, and in how many segments.
func Measure(s string) (segments int, e Encoding) {
	if n, ok := countSeptets(s); ok {
		return split(n, septetsAlone, septetsEach), GSM7
	}
	return split(countUnits(s), unitsAlone, unitsEach), UCS2
}

// Room returns how much of the one segment that a text of these words may have it
// takes, and how much that holds: in septets or units, as it travels.
func Room(s string) (taken, of int, e Encoding) {
	if n, ok := countSeptets(s); ok {
		return n, septetsAlone, GSM7
	}
	return countUnits(s), unitsAlone, UCS2
}

// excess returns how much of s does not fit one segment, in septets or units;
// below 0: what there is room for.
func excess(s string) int {
	taken, of, _ := Room(s)
	return taken - of
}

func split(n, alone, each int) int {
	if n <= alone {
		return 1
	}
	return (n + each - 1) / each
}
