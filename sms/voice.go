package sms

import (
	"slices"
	"strings"
)

// Voice is how an org speaks to one patient.
type Voice struct {
	Org       OrgName
	Phone     string     // whom to call, as the org writes it; left out where it does not fit
	Lang      string     // BCP 47
	Word      Word       // the patient's own; zero: none
	Templates []Template // the org's own sentences, over ours
}

// Reply is what we answer to HELP, STOP and START: one segment without a link.
// kind is [Helped], [Stopped] or [Started].
func (v Voice) Reply(kind Kind) string {
	switch kind {
	case Helped, Stopped, Started:
		return v.say(kind, "")
	}
	return ""
}

// say renders the first sentence of a kind that fits one segment. The secret is
// the link or the code of it.
func (v Voice) say(kind Kind, secret string) string {
	var words string
	for _, s := range v.sentences(kind) {
		if words = s.render(v, secret); excess(words) <= 0 {
			break
		}
	}
	return words
}

// sentences are those of a kind, in the order in which they are tried. The last
// is in English, and fits whatever it is filled with.
func (v Voice) sentences(kind Kind) []sentence {
	var list []sentence
	for _, lang := range []string{spoken(v.Lang), fallback} {
		for _, t := range v.Templates {
			if t.Kind == kind && t.Lang == lang && t.sentence != "" {
				list = append(list, t.sentence)
			}
		}
		list = append(list, wordings[lang][kind]...)
	}
	return slices.DeleteFunc(list, v.unfit)
}

// unfit reports whether a sentence is not for this patient: it has no place for
// their word, or names a phone number that there is none of.
func (v Voice) unfit(s sentence) bool {
	return !v.Word.none() && !strings.Contains(string(s), "{word}") ||
		strings.Contains(string(s), "{phone}") && !callable(v.Phone)
}

// maxOrgPhone is how much of a text an org's phone number may take.
const maxOrgPhone = 24

// callable reports whether an org's phone number can stand in a text.
func callable(orgPhone string) bool {
	strange := strings.Trim(orgPhone, "0123456789+-./() ext")
	return orgPhone != "" && strange == "" && len(orgPhone) <= maxOrgPhone
}
