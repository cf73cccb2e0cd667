package dmarc

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// canonical is a domain in lower case and A-labels, without a final dot. It is
// false for what is no domain of two labels or more.
func canonical(domain string) (string, bool) {
	domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	if !isASCII(domain) {
		var err error
		if domain, err = idna.Lookup.ToASCII(domain); err != nil {
			return "", false
		}
	}
	if !strings.Contains(domain, ".") || !isName(domain) {
		return "", false
	}
	return domain, true
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// isName tells whether DNS may be asked for name: letters, digits, hyphens and
// underscores in labels of 1 to 63, 253 in all. What hostile records and
// signatures make up beyond that is not passed on.
func isName(name string) bool {
	if len(name) == 0 || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if len(label) == 0 || len(label) > 63 || strings.ContainsFunc(label, notInName) {
			return false
		}
	}
	return true
}

func notInName(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_':
		return false
	}
	return true
}

// organizational is the domain one registers (RFC 7489 section 3.2), by the
// public suffix list that is compiled in. A public suffix is its own.
func organizational(domain string) string {
	org, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return domain
	}
	return org
}

// alignment is how close an authenticated domain must be to the From domain.
type alignment bool

const (
	relaxed alignment = false // the same organizational domain
	strict  alignment = true  // the same domain
)

func aligned(from, authenticated string, mode alignment) bool {
	if authenticated == "" {
		return false
	}
	if mode == strict {
		return from == authenticated
	}
	return organizational(from) == organizational(authenticated)
}
