package mail

import (
	"net/mail"
	"strings"
)

// readHeader takes from the mail's header what is not part of its text.
func (c *Content) readHeader(h header) error {
	c.MessageID = messageID(h.first("message-id"))
	c.From, c.FromAmbiguous = author(h, "from")
	c.Sender, c.SenderAmbiguous = author(h, "sender")
	c.To = h.addressees("to", maxAddressees)
	c.Cc = h.addressees("cc", maxAddressees-len(c.To))
	c.AutoSubmitted = h.autoSubmitted()
	var err error
	c.Options, err = h.options()
	return err
}

// messageID takes the brackets off an id.
func messageID(s string) string {
	if _, after, ok := strings.Cut(s, "<"); ok {
		s, _, _ = strings.Cut(after, ">")
	}
	return cut(cleanLine(s), maxMessageID)
}

// maxMessageID is as long as a line may be (RFC 5322 section 2.1.1).
const maxMessageID = 998

// optionPrefix begins the names of the fields that are for this service.
const optionPrefix = "x-securetext-"

// maxOptions is far above the number of options there are.
const maxOptions = 50

// options returns the fields that are for this service. Too many are refused:
// what a sender asks for is never dropped.
func (h header) options() ([]Option, error) {
	var options []Option
	for _, f := range h {
		name, ok := strings.CutPrefix(f.name, optionPrefix)
		if !ok || name == "" {
			continue
		}
		if len(options) == maxOptions {
			return nil, tooComplex("options in the header", maxOptions)
		}
		options = append(options, Option{Name: name, Value: cleanLine(decodeWords(unfold(f.body)))})
	}
	return options, nil
}

// autoSubmitted reports whether the mail must not be answered by a program: RFC
// 3834 section 5, RFC 2919, and the habits of before.
func (h header) autoSubmitted() bool {
	word := func(name string) string {
		s, _, _ := strings.Cut(h.first(name), ";")
		s, _, _ = strings.Cut(s, "(")
		return strings.ToLower(strings.TrimSpace(s))
	}
	switch word("precedence") {
	case "bulk", "list", "junk", "auto_reply":
		return true
	}
	auto, suppress := word("auto-submitted"), word("x-auto-response-suppress")
	return auto != "" && auto != "no" || suppress != "" && suppress != "none" ||
		h.first("list-id") != "" || h.first("return-path") == "<>" || word("content-type") == "multipart/report"
}

// maxAddressees bounds the addresses read of To and Cc.
const maxAddressees = 200

// addressees reads up to n addresses from the fields of h of that name. It
// passes over those that cannot be read.
func (h header) addressees(field string, n int) []Address {
	var all []Address
	for _, body := range h.all(field) {
		for _, a := range parseList(body) {
			if len(all) == n {
				return all
			}
			if cleanLine(a.Address) == a.Address && len(a.Address) <= maxAddress {
				all = append(all, Address{Name: displayName(a), Addr: a.Address})
			}
		}
	}
	return all
}

// parseList reads a list of addresses: as one, or each for itself if it has
// faults. The last address of what had to be cut off may be half of one.
func parseList(body []byte) []*mail.Address {
	value := unfold(body)
	if len(body) > maxValue {
		value = value[:max(strings.LastIndexByte(value, ','), 0)]
	}
	if list, err := addresses.ParseList(value); err == nil {
		return list
	}
	var list []*mail.Address
	for one := range strings.SplitSeq(value, ",") {
		if a, err := addresses.Parse(one); err == nil {
			list = append(list, a)
		}
	}
	return list
}
