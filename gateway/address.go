package gateway

import (
	"fmt"
	"regexp"
	"strings"

	"securetext/sms/phone"
)

// numberOf reads the number of <number>@<domain>. A national number is one of
// region. Options may follow the number, as in 2114367789+lang=es; there are
// none yet, and an unknown one is refused by name rather than passed over.
func (s *SMTP) numberOf(address, region string) (phone.Number, error) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 || !s.ours(address[at+1:]) {
		return phone.Number{}, errRelay
	}
	local := strings.TrimSpace(address[:at])
	if strings.EqualFold(local, "postmaster") || strings.EqualFold(local, "abuse") {
		return phone.Number{}, errPostmaster
	}
	number, option, found := cutOption(local)
	if found {
		return phone.Number{}, fmt.Errorf("%w %s", errOption, optionName(option))
	}
	return phone.Parse(number, region)
}

// cutOption cuts at the first plus that is not the number's own.
func cutOption(local string) (number, option string, found bool) {
	own := len(local) - len(strings.TrimLeft(local, "+ "))
	number, option, found = strings.Cut(local[own:], "+")
	return local[:own] + number, option, found
}

// spoken is what of an option's name is said back: a name, and nothing that
// could be a number or take a reply apart.
var spoken = regexp.MustCompile(`^[A-Za-z][A-Za-z-]{0,19}`)

func optionName(option string) string {
	if name := spoken.FindString(option); name != "" {
		return strings.ToLower(name)
	}
	return "without a name"
}
