package courier

import (
	"strings"

	"securetext/sms"
	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/token"
)

// Preview is the text that brings a message to a new patient of the org in a
// language, or reminds them of it, with a link that leads nowhere. One who has a word sees that as well.
func Preview(o store.Org, kind sms.Kind, lang string, url sms.PublicURL) (string, error) {
	voice, err := voiceOf(o)
	if err != nil {
		return "", err
	}
	voice.Lang = lang
	example, err := token.Parse(strings.Repeat("x", token.Length))
	if err != nil {
		return "", err
	}
	return sms.LinkText("", phone.Number{}, voice, kind, url.Link(example)).Body(), nil
}
