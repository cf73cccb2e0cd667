package sms

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// MaxOrgName is how long an org's name in texts may be, in GSM-7 septets: one
// for each letter, two for the likes of [ ] and the euro sign.
const MaxOrgName = 30

// ErrOrgName is returned, with the reason, for a name that cannot stand in texts.
var ErrOrgName = errors.New("not a name for texts")

// OrgName is an org's name as it stands in texts: GSM-7 and short. The zero
// OrgName is none.
type OrgName struct{ name string }

// ParseOrgName reads a name, and writes it in GSM-7: curly quotes become
// straight ones, accents that GSM-7 lacks are dropped, and runs of space
// become one. What has no such spelling, and what is too long, is ErrOrgName:
// nothing is cut off, since half a name looks like a fraud.
func ParseOrgName(s string) (OrgName, error) {
	name, err := respell(s)
	if err != nil {
		return OrgName{}, fmt.Errorf("%w: %w", ErrOrgName, err)
	}
	n, _ := countSeptets(name)
	switch {
	case name == "":
		return OrgName{}, fmt.Errorf("%w: it is empty", ErrOrgName)
	case n > MaxOrgName:
		return OrgName{}, fmt.Errorf("%w: it has %d characters, and a text has room for %d", ErrOrgName, n, MaxOrgName)
	}
	return OrgName{name}, nil
}

func (n OrgName) String() string { return n.name }

// spellings are what people write in names that GSM-7 has another sign for.
var spellings = map[rune]string{
	'‘': "'", '’': "'", '‚': "'", '′': "'", '`': "'", '´': "'", '“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`,
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '−': "-", '·': "-", '•': "-", '…': "...",
	'™': "TM", '®': "", '©': "", '×': "x", 'º': "o", 'ª': "a", '\u00ad': "",
	'œ': "oe", 'Œ': "OE", 'ł': "l", 'Ł': "L", 'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'þ': "th", 'Þ': "Th", 'ı': "i", 'ẞ': "SS",
}

// respell writes s in GSM-7.
func respell(s string) (string, error) {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		switch plain, known := spellings[r]; {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case known:
			b.WriteString(plain)
		case septets(r) > 0:
			b.WriteRune(r)
		case septets(unaccented(r)) > 0:
			b.WriteRune(unaccented(r))
		default:
			return "", fmt.Errorf("%q cannot be sent in a plain text message", r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " "), nil
}

// unaccented returns the letter below the accents of r.
func unaccented(r rune) rune {
	for _, base := range norm.NFD.String(string(r)) {
		return base
	}
	return r
}
