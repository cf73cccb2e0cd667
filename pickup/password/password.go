// Package password hashes and checks the recipients' passwords.
//
// [Check] says whether a password may be set, and why not. A [Hasher] turns an
// accepted one into an argon2id PHC string ([Hasher.Hash]) and compares a typed
// one with it ([Hasher.Verify]). Both wait for admission, because each hash
// costs a core and megabytes for tens of milliseconds: no more run at once than
// there are cores, few may wait, and the rest are told [ErrBusy].
//
// A password is normalised to NFC, so that one typed on another keyboard still
// fits, and is never truncated. No password, hash or pepper appears in an error
// or, through their types, in a log line.
package password

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Lengths in characters (code points after NFC), and the bytes that a typed
// password may have before anything looks at it.
const (
	MinLength = 8
	MaxLength = 128
	maxBytes  = 2048 // 128 characters in decomposed form stay well below this
)

// Why [Check] refused a password. The wording for people is the page's.
var (
	ErrTooShort = errors.New("password too short")
	ErrTooLong  = errors.New("password too long")
	ErrCommon   = errors.New("password too common")
	ErrPersonal = errors.New("password made of the number or the name")
)

// Password is what somebody typed. However it is formatted, logged or
// marshalled it shows as "[password]"; string(p) is the one way in.
type Password string

// Format implements [fmt.Formatter] for every verb.
func (p Password) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "[password]") }

// LogValue implements [slog.LogValuer].
func (p Password) LogValue() slog.Value { return slog.StringValue("[password]") }

// MarshalText implements [encoding.TextMarshaler].
func (p Password) MarshalText() ([]byte, error) { return []byte("[password]"), nil }

// normal returns the password in NFC, or [ErrTooLong] for one that could never
// have been set, before any work is spent on it.
func (p Password) normal() (string, error) {
	if len(p) > maxBytes {
		return "", ErrTooLong
	}
	s := norm.NFC.String(string(p))
	if utf8.RuneCountInString(s) > MaxLength {
		return "", ErrTooLong
	}
	return s, nil
}
