package letter

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// What a link of a message may ask a phone to do: call a number, not run a code
// of its network's, and write to one address, not a letter that somebody else wrote.
var (
	dialled   = regexp.MustCompile(`^\+?[().\- ]*(?:[0-9][().\- ]*){3,20}$`)
	addressee = regexp.MustCompile(`^[^\s@,;<>"\\]+@[^\s@,;<>"\\]+$`)
)

// safeLink is where a link of a message leads (S19); empty: nowhere. No address
// holds a name and password, which look like another host, nor characters that
// turn it around, and a host in other letters is told by its ASCII name.
func safeLink(href string) string {
	u, err := url.Parse(href)
	if err != nil {
		return ""
	}
	switch u.Scheme {
	case "http", "https":
		return webLink(u)
	case "mailto":
		if to, err := url.PathUnescape(u.Opaque); err == nil && addressee.MatchString(to) {
			return "mailto:" + u.Opaque
		}
	case "tel":
		if number, err := url.PathUnescape(u.Opaque); err == nil && dialled.MatchString(number) {
			return "tel:" + strings.Map(digit, number)
		}
	}
	return ""
}

func webLink(u *url.URL) string {
	if u.Host == "" || u.User != nil {
		return ""
	}
	plain, err := url.PathUnescape(u.String())
	if err == nil && plain != Upright(plain) {
		return ""
	}
	if host := u.Hostname(); strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return ""
		}
		u.Host = strings.Replace(u.Host, host, ascii, 1)
	}
	return u.String()
}

// digit keeps what is dialled of a number.
func digit(r rune) rune {
	if r == '+' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// Upright is text without the characters that turn what follows around, by which
// a name or an address can be made to look like another. Languages that are
// written from the right do not need them.
func Upright(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '\u202A' && r <= '\u202E' {
			return -1
		}
		return r
	}, text)
}
