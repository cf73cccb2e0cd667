package sms

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// sentence is what a text says, with {org}, {word}, {phone}, and {link} or {code}
// where those stand. Every text, of ours or of an org's own, is rendered by it.
type sentence string

// render fills the sentence in. The secret is its link or its code.
func (s sentence) render(v Voice, secret string) string {
	if v.Word.none() {
		s = s.wordless()
	}
	return strings.NewReplacer(
		"{org}", v.Org.name, "{word}", v.Word.Secret(), "{phone}", v.Phone, "{link}", secret, "{code}", secret,
	).Replace(string(s))
}

// pairs are what may stand around a word.
var pairs = map[rune]rune{
	'(': ')', '[': ']', '<': '>', '"': '"', '\'': '\'',
	'（': '）', '【': '】', '「': '」', '《': '》', '“': '”', '‘': '’',
}

// joints join a word to what comes before it.
const joints = " -,，、"

// opening is what needs a space before it.
var opening = regexp.MustCompile(`^[\p{Latin}\pN\p{Ps}]`)

// wordless is the sentence for a patient without a word: brackets and quotes
// around the word go with it, and what joined it to the rest.
func (s sentence) wordless() sentence {
	before, after, found := strings.Cut(string(s), "{word}")
	if !found {
		return s
	}
	for {
		open, n := utf8.DecodeLastRuneInString(before)
		shut, m := utf8.DecodeRuneInString(after)
		if pairs[open] != shut {
			break
		}
		before, after = before[:len(before)-n], after[m:]
	}
	before = strings.TrimRight(before, joints)
	switch {
	case before == "":
		after = strings.TrimLeft(after, joints+":：")
	case opening.MatchString(after):
		after = " " + after
	}
	return sentence(before + after)
}
