// Package passcode reads what a sender and a patient agreed beforehand.
//
// A [Passcode] is letters and digits of any script. How it is written does not
// count: capitals, spaces, hyphens, the width of its letters and the script of its
// digits are all the same, so "12-34", "1234" and "１２３４" are one. It is short
// enough to be guessed, so it never prints, and stores keep a keyed hash of it
// alone (store.PasscodeOf); [Passcode.Secret] is the one way in.
package passcode

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// How many letters and digits a passcode has.
const (
	Min = 4
	Max = 32
)

// ErrMalformed is returned for what cannot be a passcode; never with what it was.
var ErrMalformed = errors.New("not a passcode")

// Passcode is what was agreed, in the one spelling that is compared. The zero
// Passcode is none. Two are the same if == says so.
type Passcode struct{ folded string }

// Parse reads a passcode as somebody wrote it.
func Parse(s string) (Passcode, error) {
	folded := fold(s)
	if n := utf8.RuneCountInString(folded); n < Min || n > Max || strings.ContainsFunc(folded, foreign) {
		return Passcode{}, ErrMalformed
	}
	return Passcode{folded}, nil
}

// foreign reports whether r is neither letter nor digit. Some scripts write
// vowels as marks.
func foreign(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N) }

// fold is s in the one spelling.
func fold(s string) string {
	s = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
	return strings.Map(plain, s)
}

// plain drops what stands between letters, and what cannot be seen, and writes
// digits as ours.
func plain(r rune) rune {
	switch {
	case unicode.In(r, unicode.Zs, unicode.Pd, unicode.Cf), r == '\t', r == '−':
		return -1
	case unicode.IsDigit(r):
		zero := r
		for unicode.IsDigit(zero - 1) {
			zero--
		}
		return '0' + (r-zero)%10 // digits come ten in a row
	}
	return r
}

// Within reports whether a text gives the passcode away.
func (p Passcode) Within(text string) bool {
	return p.folded != "" && strings.Contains(fold(text), p.folded)
}

// Secret is the passcode in the one spelling, to be hashed.
func (p Passcode) Secret() string { return p.folded }

// Format implements [fmt.Formatter] for every verb.
func (p Passcode) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[passcode]") }

// LogValue implements [slog.LogValuer].
func (p Passcode) LogValue() slog.Value { return slog.StringValue("[passcode]") }

// MarshalText implements [encoding.TextMarshaler].
func (p Passcode) MarshalText() ([]byte, error) { return []byte("[passcode]"), nil }
