package sms

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How many letters a patient's word has.
const minWord, maxWord = 3, 12

// ErrWord is returned, with the reason, for what cannot be a patient's word.
var ErrWord = errors.New("not a word for texts")

// Word is a word that a patient chose, and that stands in every later text: one
// without it is not from us. It is a secret of the two, so that it shows as
// "[word]" wherever it is printed, and stands behind a pointer, as a [Link]
// does. The zero Word is none.
type Word struct{ word *string }

// ParseWord reads a word, and writes it in lower case and in GSM-7, as
// [ParseOrgName] does. The error says why it is none, and never what it was.
func ParseWord(s string) (Word, error) {
	word, err := respell(strings.ToLower(s))
	letters := utf8.RuneCountInString(word)
	switch {
	case err != nil || strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLower(r) }):
		return Word{}, fmt.Errorf("%w: use only letters from a to z, and only one word", ErrWord)
	case letters < minWord:
		return Word{}, fmt.Errorf("%w: it needs %d letters or more", ErrWord, minWord)
	case letters > maxWord:
		return Word{}, fmt.Errorf("%w: it has %d letters, and a text has room for %d", ErrWord, letters, maxWord)
	case ParseKeyword(word) != "":
		return Word{}, fmt.Errorf("%w: to text it has another meaning, such as stop or help", ErrWord)
	}
	return Word{&word}, nil
}

func (w Word) none() bool { return w.word == nil }

// Secret is the word itself: for texts, and for its patient.
func (w Word) Secret() string {
	if w.word == nil {
		return ""
	}
	return *w.word
}

// Format implements [fmt.Formatter] for every verb.
func (w Word) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[word]") }

// LogValue implements [slog.LogValuer].
func (w Word) LogValue() slog.Value { return slog.StringValue("[word]") }

// MarshalText implements [encoding.TextMarshaler].
func (w Word) MarshalText() ([]byte, error) { return []byte("[word]"), nil }
