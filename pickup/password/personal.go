package password

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	subscriber = 7 // digits of a phone number that name the subscriber, whatever the prefix
	someDigits = 4 // fewer of them say nothing about a number
)

// personal reports whether s is made of the forbidden words: its letters are
// words of a name, or it has none and its digits are a phone number or part of
// one. Digits and signs around or between them do not help.
func personal(s string, forbidden []string) bool {
	letters, digits := fold(s)
	if letters == "" {
		return madeOfNumber(digits, forbidden)
	}
	return madeOf(letters, names(forbidden))
}

// names returns every word of the forbidden names, folded.
func names(forbidden []string) []string {
	var all []string
	for _, name := range forbidden {
		for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M) }) {
			if letters, _ := fold(word); letters != "" {
				all = append(all, letters)
			}
		}
	}
	return all
}

// madeOf reports whether s is nothing but words, one after the other.
func madeOf(s string, words []string) bool {
	reached := make([]bool, len(s)+1)
	reached[0] = true
	for i := range s {
		for _, w := range words {
			if reached[i] && strings.HasPrefix(s[i:], w) {
				reached[i+len(w)] = true
			}
		}
	}
	return reached[len(s)]
}

// madeOfNumber reports whether digits hold the last digits of a forbidden phone
// number, or are themselves a piece of it.
func madeOfNumber(digits string, forbidden []string) bool {
	if len(digits) < someDigits {
		return false
	}
	for _, f := range forbidden {
		_, number := fold(f)
		if len(number) < subscriber {
			continue
		}
		if strings.Contains(number, digits) || strings.Contains(digits, number[len(number)-subscriber:]) {
			return true
		}
	}
	return false
}

// fold returns the letters of s without case, accents or width, and its digits
// of any script as ASCII.
func fold(s string) (letters, digits string) {
	var l, d strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case unicode.IsLetter(r):
			l.WriteRune(unicode.ToLower(r))
		case unicode.IsDigit(r):
			d.WriteByte(asciiDigit(r))
		}
	}
	return l.String(), d.String()
}

// asciiDigit gives a decimal digit's value as ASCII. Unicode keeps the ten
// digits of a script together, zero first, so the value is the distance to the
// start of the run, modulo ten where runs adjoin.
func asciiDigit(r rune) byte {
	start := r
	for unicode.IsDigit(start - 1) {
		start--
	}
	return byte('0' + (r-start)%10)
}
