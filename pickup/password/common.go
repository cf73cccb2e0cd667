package password

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go/frequency"
	"golang.org/x/text/unicode/norm"
)

// maxPadding is how many digits and signs around a common password leave it as
// easy to guess as it was: "dragon" becomes "Dragon!99" on the first try.
const maxPadding = 4

// blocklist holds what guessers try first, in lower case. The ranking of leaked
// passwords alone is short of the 10,000 that are wanted; the words and names,
// of which the ranks below it are largely made, take it far beyond.
type blocklist struct {
	passwords map[string]struct{} // some 7,100 seen most often in leaks
	words     map[string]struct{} // some 78,000 English words, first names and surnames
}

// listed is built at its first use. Only set look-ups are taken from zxcvbn:
// its matcher needs time that grows with the cube of the length.
var listed = sync.OnceValue(func() blocklist {
	return blocklist{
		passwords: set("Passwords"),
		words:     set("English", "MaleNames", "FemaleNames", "Surname"),
	}
})

func set(names ...string) map[string]struct{} {
	all := make(map[string]struct{})
	for _, name := range names {
		for _, word := range frequency.Lists[name].List {
			all[strings.ToLower(word)] = struct{}{}
		}
	}
	return all
}

// common reports whether s is a listed password, word or name in any case, or a
// listed password with a little padding.
func common(s string) bool {
	s = strings.ToLower(norm.NFKC.String(s))
	_, password := listed().passwords[s]
	_, word := listed().words[s]
	if password || word {
		return true
	}
	base := strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	if utf8.RuneCountInString(s)-utf8.RuneCountInString(base) > maxPadding {
		return false
	}
	_, padded := listed().passwords[base]
	return padded
}
