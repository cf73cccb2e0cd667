package pickup_test

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxGrade is the school year whose readers a page may ask for.
const maxGrade = 6.5

// ends are the elements at whose edges a text ends.
var ends = map[atom.Atom]bool{
	atom.P: true, atom.H1: true, atom.H2: true, atom.Li: true, atom.Ul: true, atom.Ol: true, atom.Div: true,
	atom.Section: true, atom.Article: true, atom.Form: true, atom.Label: true, atom.Button: true, atom.Header: true,
	atom.Main: true, atom.Footer: true, atom.Input: true, atom.Iframe: true, atom.Summary: true, atom.Details: true,
	atom.A: true, atom.Dt: true, atom.Dd: true, atom.Legend: true, atom.Option: true, atom.Table: true, atom.Td: true,
	atom.Th: true, atom.Tr: true, atom.Br: true,
}

// fixed are the texts of a page from top to bottom, without what the sender
// wrote: that stands in elements that state their own direction.
func fixed(t testing.TB, page string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	var text strings.Builder
	flush := func() {
		if s := strings.Join(strings.Fields(text.String()), " "); s != "" {
			out = append(out, s)
		}
		text.Reset()
	}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.DataAtom == atom.Head || n.DataAtom == atom.Svg || n.DataAtom == atom.Bdi || attr(n, "dir") == "auto" || attr(n, "href") == "#main":
			return
		case n.Type == html.TextNode:
			text.WriteString(n.Data)
			return
		case ends[n.DataAtom] && !(n.DataAtom == atom.A && attr(n, "class") == "phone"):
			flush()
			defer flush()
		}
		for child := range n.ChildNodes() {
			walk(child)
		}
	}
	walk(root)
	return out
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// grade is the Flesch-Kincaid grade level. A heading, a label or a button is a
// sentence as well.
func grade(texts []string) float64 {
	var sentences, words, syllables float64
	for _, text := range texts {
		open := false
		for word := range strings.FieldsSeq(text) {
			if n := syllablesOf(word); n > 0 {
				words++
				syllables += float64(n)
				open = true
			}
			if open && strings.ContainsAny(word[len(word)-1:], ".?!:") {
				sentences++
				open = false
			}
		}
		if open {
			sentences++
		}
	}
	return 0.39*words/sentences + 11.8*syllables/words - 15.59
}

// prose are the texts without headings, labels and buttons.
func prose(texts []string) []string {
	var out []string
	for _, s := range texts {
		if strings.HasSuffix(s, ".") {
			out = append(out, s)
		}
	}
	return out
}

// oddWords are those of our texts in which syllablesOf would miss a syllable.
var oddWords = map[string]int{"anyone": 3, "anything": 3, "everyone": 3}

// syllablesOf counts the vowels that are heard; 0: not a word. When in doubt it
// counts one too many.
func syllablesOf(word string) int {
	word = strings.TrimFunc(strings.ToLower(word), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if n, ok := oddWords[word]; ok || word == "" {
		return n
	}
	n, before := 0, false
	for i, r := range word {
		vowel := strings.ContainsRune("aeiou", r) || r == 'y' && i > 0
		if vowel && !before {
			n++
		}
		before = vowel
	}
	if n > 1 && silentEnd(word) {
		n--
	}
	return max(n, 1)
}

// silentEnd tells whether the last e is not heard, as in "code", "codes" and
// "called", unlike in "little", "closes" and "texted".
func silentEnd(word string) bool {
	stem, found := strings.CutSuffix(word, "e")
	if found {
		return !endsIn(stem, "a", "e", "i", "o", "u", "bl", "cl", "dl", "fl", "gl", "pl", "tl", "zl")
	}
	if stem, found = strings.CutSuffix(word, "es"); found {
		return !endsIn(stem, "s", "x", "z", "ch", "sh", "c", "g", "bl", "pl", "tl")
	}
	stem, found = strings.CutSuffix(word, "ed")
	return found && !endsIn(stem, "t", "d")
}

func endsIn(s string, suffixes ...string) bool {
	for _, suffix := range suffixes {
		if strings.HasSuffix(s, suffix) {
			return true
		}
	}
	return false
}

func TestSyllables(t *testing.T) {
	for word, want := range map[string]int{
		"a": 1, "code": 1, "codes": 1, "Message": 2, "messages": 3, "“private”": 2, "password.": 2, "called": 1, "texted": 2, "closes": 2,
		"little": 2, "available": 4, "anyone": 3, "optional": 3, "family": 3, "yes": 1, "by": 1, "10": 1, "·": 0, "the": 1, "minutes": 2,
	} {
		if got := syllablesOf(word); got != want {
			t.Errorf("%s has %d syllables, want %d", word, got, want)
		}
	}
}

// How hard these are is known.
func TestGrade(t *testing.T) {
	for _, x := range []struct {
		text      string
		low, high float64
	}{
		{"The sun did not shine. It was too wet to play. So we sat in the house all that cold, cold, wet day.", -2, 2},
		{"Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived in Liberty, " +
			"and dedicated to the proposition that all men are created equal.", 12, 18},
	} {
		if got := grade([]string{x.text}); got < x.low || got > x.high {
			t.Errorf("%.30q is of grade %.1f, want %.0f to %.0f", x.text, got, x.low, x.high)
		}
	}
}

func TestPagesAreEasyToRead(t *testing.T) {
	everyPage(t, "en", func(name string, p page) {
		texts := fixed(t, p.text)
		if len(texts) < 3 {
			t.Errorf("%s: got only %q", name, texts)
		}
		whole, sentences := grade(texts), grade(prose(texts))
		if whole > maxGrade || sentences > maxGrade {
			t.Errorf("%s is of grade %.1f, its sentences of %.1f, want at most %.1f: %q", name, whole, sentences, maxGrade, texts)
		} else {
			t.Logf("%s: grade %.1f, its sentences %.1f", name, whole, sentences)
		}
	})
}
