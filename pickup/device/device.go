// Package device knows a browser again.
//
// An [ID] is the secret in a cookie that outlives sign-ins: [SetCookie] gives it
// to a browser, [FromRequest] reads it. [Label] says in a few words what sort of
// browser it is, for its owner. The cookie opens nothing by itself: a known
// device still needs the password or a passkey.
//
// No ID is ever stored or printed; its users keep a hash.
package device

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// CookieName has the prefix that makes browsers insist on Secure, Path=/ and no
// Domain, so that no sibling host can set it.
const CookieName = "__Host-device"

// life is the longest that browsers keep a cookie (RFC 6265bis, section 5.5).
const life = 400 * 24 * time.Hour

// ID is the 256-bit secret of a browser. However it is formatted, logged or
// marshalled it shows as "[device]".
type ID [32]byte

// encoding has one spelling per ID.
var encoding = base64.RawURLEncoding.Strict()

// New returns a random ID.
func New() ID {
	var id ID
	_, _ = rand.Read(id[:]) // never fails: crypto/rand ends the process instead
	return id
}

// Parse reads the value of a device cookie.
func Parse(value string) (id ID, ok bool) {
	if len(value) != encoding.EncodedLen(len(id)) {
		return ID{}, false
	}
	b, err := encoding.DecodeString(value)
	if err != nil || len(b) != len(id) {
		return ID{}, false
	}
	return ID(b), true
}

// FromRequest returns the ID that the browser sent. Two device cookies are
// treated as none, since there is no telling which one was meant.
func FromRequest(r *http.Request) (ID, bool) {
	sent := r.CookiesNamed(CookieName)
	if len(sent) != 1 {
		return ID{}, false
	}
	return Parse(sent[0].Value)
}

// SetCookie gives the browser id, or lets it keep the one it has for longer.
func SetCookie(w http.ResponseWriter, id ID) {
	http.SetCookie(w, &http.Cookie{
		Name:     CookieName,
		Value:    encoding.EncodeToString(id[:]),
		Path:     "/",
		MaxAge:   int(life / time.Second),
		Secure:   true,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

// Format implements [fmt.Formatter] for every verb.
func (id ID) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "[device]") }

// LogValue implements [slog.LogValuer].
func (id ID) LogValue() slog.Value { return slog.StringValue("[device]") }

// MarshalText implements [encoding.TextMarshaler].
func (id ID) MarshalText() ([]byte, error) { return []byte("[device]"), nil }
