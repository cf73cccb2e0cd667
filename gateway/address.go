package gateway

import (
	"strings"

	"securetext/gateway/mail"
	"securetext/gateway/option"
	"securetext/sms"
	"securetext/sms/phone"
	"securetext/store"
)

// addressee is one recipient of a mail: <number>[+option=value…]@<domain>.
type addressee struct {
	address string // as it was written in RCPT
	number  string // likewise
	asked   option.Options
	notify  *store.Notify
}

// addresseeOf takes an address apart. What the number is depends on who asks.
func (s *SMTP) addresseeOf(address string) (addressee, error) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 || !s.ours(address[at+1:]) {
		return addressee{}, errRelay
	}
	local := strings.TrimSpace(address[:at])
	if strings.EqualFold(local, "postmaster") || strings.EqualFold(local, "abuse") {
		return addressee{}, errPostmaster
	}
	number, options, found := option.Cut(local)
	form := option.NewForm(option.Address, sms.Languages)
	if found {
		if err := form.SetAll(options); err != nil {
			return addressee{}, err
		}
	}
	return addressee{address: address, number: number, asked: form.Options}, nil
}

// targets reads the recipients of a mail as its sender's org does, with what the
// header asks for all of them under what each address asks.
func targets(to []addressee, c *mail.Content, org store.Org) ([]Target, declined, error) {
	form := option.NewForm(option.Header, sms.Languages)
	for _, o := range c.Options {
		if err := form.Set(option.HeaderPrefix+o.Name, o.Value); err != nil {
			return nil, nil, err
		}
	}
	list, found := make([]Target, len(to)), make(declined, len(to))
	for i, a := range to {
		number, err := phone.Parse(a.number, org.Region)
		found[i] = err
		list[i] = Target{Number: number, Options: a.asked.Over(form.Options), Notify: a.notify}
	}
	return list, found, nil
}
