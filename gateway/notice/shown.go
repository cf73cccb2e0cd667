package notice

import (
	"strings"
	"unicode"

	"securetext/sms/phone"
)

// masked is what a mail may show of a number, with an unchanging count of dots.
func masked(n phone.Number) string {
	country, _, _ := strings.Cut(n.Masked(), " ")
	return country + " ••• ••• ••" + lastDigits(n)
}

func lastDigits(n phone.Number) string {
	e164 := n.E164()
	return e164[max(0, len(e164)-2):]
}

// telling is how many digits of a number in a row say too much.
const telling = 6

// reveals reports whether a text holds a good part of the number, however it is
// written.
func reveals(text string, n phone.Number) bool {
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, text)
	number := strings.TrimPrefix(n.E164(), "+")
	for i := range len(number) - telling + 1 {
		if strings.Contains(digits, number[i:i+telling]) {
			return true
		}
	}
	return false
}

// shown is what may be shown of a text that others chose: one line, and nothing
// of one that repeats the number.
func shown(text string, n phone.Number) string {
	if reveals(text, n) {
		return ""
	}
	return oneLine(text)
}

// longestLine bounds, in characters, what others chose.
const longestLine = 200

// oneLine is a text without line ends and other controls, cut to a line's length.
func oneLine(text string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Cf) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	runes := []rune(strings.TrimSpace(clean))
	return string(runes[:min(len(runes), longestLine)])
}

// isASCII reports whether a text is printable ASCII throughout.
func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// isHostname reports whether a name can stand in EHLO and in a Message-ID.
func isHostname(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '.' && r != '-'
	})
}
