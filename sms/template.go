package sms

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"securetext/store/token"
)

// ErrTemplate is returned, with the reason and the place, for what is no template.
var ErrTemplate = errors.New("not a template for texts")

// Template is an org's own sentence for one kind of text in one language, such
// as "{org} ({word}): a message for you. STOP to end. {link}". Nothing else can
// be put into it than the name, the word and the link, so that it carries
// nothing of a message. The zero Template is none.
type Template struct {
	Kind     Kind
	Lang     string // one of [Languages]
	sentence sentence
}

// ParseTemplate reads a sentence for a kind that has a link. {org} stands in it
// once, {word} may stand in it once, and {link} ends it, after a space. Nothing
// in it may look like another link or like a number. In a language of GSM-7 it
// fits one segment with the longest name, word and link; one of the others
// gives way to ours where it does not fit. One without {word} gives way to ours
// for a patient who has a word.
func ParseTemplate(kind Kind, lang, s string) (Template, error) {
	t := Template{kind, lang, sentence(strings.TrimSpace(norm.NFC.String(s)))}
	for _, check := range []func(Template) error{row, holes, signs, looks, room} {
		if err := check(t); err != nil {
			return Template{}, fmt.Errorf("%w: %w", ErrTemplate, err)
		}
	}
	return t, nil
}

// String is the template as it was written.
func (t Template) String() string { return string(t.sentence) }

// row checks that there is a place for the template among ours.
func row(t Template) error {
	if t.Kind != NewMessage && t.Kind != Reminder {
		return fmt.Errorf("the kind is %q, and only those of %s and %s can be changed", t.Kind, NewMessage, Reminder)
	}
	if !Speaks(t.Lang) {
		return fmt.Errorf("the language is %q, which is none of %s", t.Lang, strings.Join(Languages(), ", "))
	}
	return nil
}

var (
	hole   = regexp.MustCompile(`\{[^{}]*\}|[{}]`)
	ending = regexp.MustCompile(`[^ ] \{link\}$`)
)

// holes checks what is put in.
func holes(t Template) error {
	s, count := string(t.sentence), map[string]int{}
	for _, at := range hole.FindAllStringIndex(s, -1) {
		switch name := s[at[0]:at[1]]; name {
		case "{org}", "{word}", "{link}":
			count[name]++
		default:
			return wrong(s, at[0], fmt.Sprintf("%q is none of {org}, {word} and {link}", name))
		}
	}
	switch {
	case count["{org}"] != 1:
		return fmt.Errorf("{org} stands in it %d times, and must stand in it once", count["{org}"])
	case count["{word}"] > 1:
		return fmt.Errorf("{word} stands in it %d times, and may stand in it once", count["{word}"])
	case count["{link}"] != 1 || !ending.MatchString(s):
		return errors.New("it must end with {link} after one space, and have it nowhere else")
	}
	return nil
}

// signs checks that every sign can be sent and seen.
func signs(t Template) error {
	s := string(t.sentence)
	for at, r := range strings.NewReplacer("{", " ", "}", " ").Replace(s) {
		switch {
		case r == utf8.RuneError || !unicode.IsPrint(r) || unicode.IsMark(r):
			return wrong(s, at, fmt.Sprintf("%q cannot be seen", r))
		case septets(r) == 0 && !wide[t.Lang]:
			return wrong(s, at, fmt.Sprintf("%q cannot be sent in a plain text message", r))
		}
	}
	return nil
}

// suspects are what no template may hold, with a name and word of letters put in.
var suspects = []struct {
	look *regexp.Regexp
	says string
}{
	{regexp.MustCompile(`(?i)://|www\.|[\pL\pN][.．｡][\pL\pN]|[\p{Latin}\pN]。[\p{Latin}\pN]`), "looks like a link"},
	{regexp.MustCompile(`\pN{4}`), "looks like a number: at most 3 digits may stand together"},
}

// touching is a name or a word that runs into others.
var touching = regexp.MustCompile(`[\p{Latin}\pN]\{|\}[\p{Latin}\pN]|\}\{`)

// looks checks that nothing looks like what it is not, with a word and without.
func looks(t Template) error {
	for _, s := range []string{string(t.sentence), string(t.sentence.wordless())} {
		if at := touching.FindStringIndex(s); at != nil {
			return wrong(s, at[0], "a space belongs between a {name} and what is beside it")
		}
		filled := hole.ReplaceAllStringFunc(s, func(name string) string { return strings.Repeat("x", len(name)) })
		for _, suspect := range suspects {
			if at := suspect.look.FindStringIndex(filled); at != nil {
				return wrong(filled, at[0], suspect.says)
			}
		}
	}
	return nil
}

// The longest and the shortest that a template is filled with.
var (
	longestWord  = strings.Repeat("w", maxWord)
	longest      = Voice{Org: OrgName{strings.Repeat("w", MaxOrgName)}, Word: Word{&longestWord}}
	shortest     = Voice{Org: OrgName{"w"}}
	longestLink  = strings.Repeat("w", MaxPublicURL+len(path)+token.Length)
	shortestLink = strings.Repeat("w", len("https://w.ww")+len(path)+token.Length)
)

// room checks that it fits one segment.
func room(t Template) error {
	if wide[t.Lang] {
		if over := excess(t.sentence.render(shortest, shortestLink)); over > 0 {
			return fmt.Errorf("characters too long: %d, even with the shortest name and link", over)
		}
		return nil
	}
	if over := excess(t.sentence.render(longest, longestLink)); over > 0 {
		return fmt.Errorf("characters too long: %d, with the longest name, word and link", over)
	}
	return nil
}

// wrong is an error about the sign that begins at byte at of s.
func wrong(s string, at int, says string) error {
	return fmt.Errorf("character %d: %s", utf8.RuneCountInString(s[:at])+1, says)
}
