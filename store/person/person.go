// Package person names people who share a phone number, and keeps their names
// out of sight.
//
// [Parse] reads what a sender calls one of them: a first name or an initial that
// those who share the phone know each other by. A [Name] can be compared.
// However it is formatted, logged or marshalled it shows as "[name]";
// [Name.Written] is the one way in, for its people's own pages, and [Name.Folded]
// tells whether two spellings are one person.
package person

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
	"unique"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// How many characters a name may have, and how many digits: a phone number, a
// record's or a date of birth is none.
const maxLength, maxDigits = 20, 4

// ErrName is returned for what cannot be a name here. It says what would be
// right, and never what it was.
var ErrName = errors.New("must have 1 to 20 letters, digits (4 at most), spaces and . - ', at least one of them a letter or a digit")

// Name is what a sender calls one of several people on a number. The zero Name
// is nobody in particular.
//
// It stands behind a handle, so that even a print that cannot call the methods
// below shows an address in memory and no name.
type Name struct{ written unique.Handle[string] }

// Parse reads a name. Its only error is [ErrName].
func Parse(s string) (Name, error) {
	s = norm.NFC.String(strings.Trim(strings.ReplaceAll(s, "’", "'"), " "))
	if utf8.RuneCountInString(s) > maxLength || !written(s) {
		return Name{}, ErrName
	}
	return Name{unique.Make(s)}, nil
}

// written reports whether a name is made of nothing but what may be in one. A
// mark belongs to the letter before it: many scripts write vowels so.
func written(s string) bool {
	said, onLetter, digits := false, false, 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			digits++
		}
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		said, onLetter = said || letter, letter || onLetter && unicode.IsMark(r)
		if !onLetter && !strings.ContainsRune(" .-'", r) {
			return false
		}
	}
	return said && digits <= maxDigits
}

// IsZero reports whether n is nobody in particular.
func (n Name) IsZero() bool { return n == Name{} }

// Written is the name as its sender wrote it: for the pages of that person, and
// to be sealed.
func (n Name) Written() string {
	if n.IsZero() {
		return ""
	}
	return n.written.Value()
}

// Key is the same for all spellings of one person: "M.", "m" and " M " are one.
// It is as much a name as the other.
func (n Name) Key() string {
	folded := norm.NFC.String(cases.Fold().String(n.Written()))
	return strings.Trim(strings.Join(strings.Fields(folded), " "), " .")
}

// Folded is the one spelling that stands for all of a person's: what can be
// compared to tell whether two names are one person.
func (n Name) Folded() Name {
	if n.IsZero() {
		return n
	}
	return Name{unique.Make(n.Key())}
}

// Format implements [fmt.Formatter] for every verb.
func (n Name) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[name]") }

// LogValue implements [slog.LogValuer].
func (n Name) LogValue() slog.Value { return slog.StringValue("[name]") }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (n Name) MarshalText() ([]byte, error) { return []byte("[name]"), nil }
