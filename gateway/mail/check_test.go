package mail_test

import (
	"strings"
	"unicode/utf8"
)

// isCleanLine reports whether s is UTF-8 in one line, without controls and
// without marks that turn the writing direction round.
func isCleanLine(s string) bool {
	for _, r := range s {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return false
		}
	}
	return utf8.ValidString(s) && s == strings.TrimSpace(s)
}
