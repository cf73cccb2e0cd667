// Package token makes and reads the secret in a link.
//
// A token is 26 characters of Crockford's base32: 130 random bits, lower case,
// read without regard to case and with the look-alikes o, i and l taken for 0
// and 1, since people type it from one phone into another. Only its [Hash] is
// ever stored, and a [Token] never prints; [Token.Secret] is the one way in.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// Length is the number of characters of a token.
const Length = 26

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// ErrMalformed is returned for what cannot be a token. To a visitor it is the
// same as a token that nobody made (S04).
var ErrMalformed = errors.New("malformed token")

// Token is the secret in a link. The zero Token is none.
type Token struct{ secret string }

// Hash is a token's SHA-256, as stored.
type Hash [32]byte

// New makes a token.
func New() Token {
	var b [Length]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = alphabet[b[i]&31]
	}
	return Token{string(b[:])}
}

// Parse reads a token as it stands in a link or as someone typed it.
func Parse(s string) (Token, error) {
	if len(s) != Length {
		return Token{}, ErrMalformed
	}
	b := []byte(strings.ToLower(s))
	for i, c := range b {
		switch c {
		case 'o':
			b[i] = '0'
		case 'i', 'l':
			b[i] = '1'
		}
		if strings.IndexByte(alphabet, b[i]) < 0 {
			return Token{}, ErrMalformed
		}
	}
	return Token{string(b)}, nil
}

// Secret is the token's text, for the link alone.
func (t Token) Secret() string { return t.secret }

// Hash is what the store knows of the token.
func (t Token) Hash() Hash { return sha256.Sum256([]byte(t.secret)) }

// Format implements [fmt.Formatter]: a token never prints.
func (t Token) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[token]") }

// LogValue implements [slog.LogValuer].
func (t Token) LogValue() slog.Value { return slog.StringValue("[token]") }

// MarshalText implements [encoding.TextMarshaler].
func (t Token) MarshalText() ([]byte, error) { return []byte("[token]"), nil }
