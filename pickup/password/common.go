package password

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxPadding is how many digits and signs around a common password leave it as
// easy to guess as it was: "dragon" becomes "Dragon!99" on the first try.
const maxPadding = 4

// blocklist is the ranking of common passwords, below a header that says where
// it is from and how it was made.
//
//go:embed blocklist.txt
var blocklist string

// listed returns the common passwords in lower case. They are read at the first
// use, so that a start does not wait for them.
var listed = sync.OnceValue(func() map[string]struct{} { return entries(blocklist) })

// entries returns the lines after the header, as parts of list: nothing is copied.
func entries(list string) map[string]struct{} {
	_, ranking, _ := strings.Cut(list, "\n\n")
	all := make(map[string]struct{}, strings.Count(ranking, "\n"))
	for p := range strings.FieldsSeq(ranking) {
		all[p] = struct{}{}
	}
	return all
}

// common reports whether s is a listed password, in any case or width, perhaps
// with a little padding.
func common(s string) bool {
	return padded(strings.ToLower(norm.NFKC.String(s)), maxPadding)
}

// padded reports whether s is a listed password with at most n digits and signs
// around it. Which of them are padding cannot be told from s: "1q2w3e4r!" is
// listed without its last, "abc123!!" without its last two.
func padded(s string, n int) bool {
	if _, ok := listed()[s]; ok || n == 0 {
		return ok
	}
	first, front := utf8.DecodeRuneInString(s)
	last, back := utf8.DecodeLastRuneInString(s)
	return !unicode.IsLetter(first) && padded(s[front:], n-1) ||
		!unicode.IsLetter(last) && padded(s[:len(s)-back], n-1)
}
