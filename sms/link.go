package sms

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"securetext/store/token"
)

// MaxPublicURL is how long the public URL may be, in characters: what a text
// has left for it beside the longest name and the longest wording.
const MaxPublicURL = 44

// ErrPublicURL is returned, with the reason, for a URL that links cannot begin with.
var ErrPublicURL = errors.New("not a public URL for links")

// PublicURL is what all links begin with. It comes from the configuration
// alone: nothing a client says about a host ever gets into a link (S02).
type PublicURL struct{ base string }

// ParsePublicURL reads a URL of a scheme, a host and maybe a port.
func ParsePublicURL(s string) (PublicURL, error) {
	base := strings.TrimSuffix(s, "/")
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || base != u.Scheme+"://"+u.Host {
		return PublicURL{}, fmt.Errorf("%w: want https://, a host and maybe a port", ErrPublicURL)
	}
	n, ok := countSeptets(base)
	switch {
	case !ok:
		return PublicURL{}, fmt.Errorf("%w: write the host in ASCII (xn--...)", ErrPublicURL)
	case n > MaxPublicURL:
		return PublicURL{}, fmt.Errorf("%w: it has %d characters, and a text has room for %d", ErrPublicURL, n, MaxPublicURL)
	}
	return PublicURL{base}, nil
}

func (u PublicURL) String() string { return u.base }

// path is where the patient's site takes links.
const path = "/m/"

// Link makes the link that holds a token.
func (u PublicURL) Link(t token.Token) Link {
	s := u.base + path + t.Secret()
	return Link{&s}
}

// Link is the way to a message. It shows as "[link]" wherever it is printed;
// the URL stands behind a pointer, so that even a print that cannot call the
// methods below shows none of it.
type Link struct{ url *string }

// Format implements [fmt.Formatter] for every verb.
func (l Link) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[link]") }

// LogValue implements [slog.LogValuer].
func (l Link) LogValue() slog.Value { return slog.StringValue("[link]") }

// MarshalText implements [encoding.TextMarshaler].
func (l Link) MarshalText() ([]byte, error) { return []byte("[link]"), nil }

// FindToken returns the token of the link that a text's body ends with, for
// telling from a found text which one it is.
func FindToken(body string) (token.Token, bool) {
	at := strings.LastIndex(body, path)
	if at < 0 {
		return token.Token{}, false
	}
	t, err := token.Parse(body[at+len(path):])
	return t, err == nil
}
