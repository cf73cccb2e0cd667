package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
)

// ID is the 256-bit secret that a signed-in browser holds. However it is
// formatted, logged or marshalled it shows as "[session]"; [Cookie.Set] is the
// one way out.
type ID [32]byte

// encoding has one spelling per ID.
var encoding = base64.RawURLEncoding.Strict()

// NewID returns a random ID.
func NewID() ID {
	var id ID
	_, _ = rand.Read(id[:]) // never fails: crypto/rand ends the process instead
	return id
}

// ParseID reads the value of a session cookie.
func ParseID(value string) (id ID, ok bool) {
	if len(value) != encoding.EncodedLen(len(id)) {
		return ID{}, false
	}
	b, err := encoding.DecodeString(value)
	if err != nil || len(b) != len(id) {
		return ID{}, false
	}
	return ID(b), true
}

// Key returns what the ID's session is stored under.
func (id ID) Key() Key { return sha256.Sum256(id[:]) }

// Format implements [fmt.Formatter] for every verb.
func (id ID) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "[session]") }

// LogValue implements [slog.LogValuer].
func (id ID) LogValue() slog.Value { return slog.StringValue("[session]") }

// MarshalText implements [encoding.TextMarshaler].
func (id ID) MarshalText() ([]byte, error) { return []byte("[session]"), nil }

// Key is the SHA-256 of an [ID]. The ID cannot be had back from it.
type Key [32]byte

// String returns the key in lower-case hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }
