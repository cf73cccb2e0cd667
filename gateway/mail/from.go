package mail

import (
	"io"
	"mime"
	"net/mail"
	"strings"
)

// author reads the fields of h of that name, From or Sender. ambiguous reports that they name more than
// one author, or that programs may differ on which; a field that names nobody
// is not ambiguous.
//
// The address is taken from the field as it came, before encoded words are
// decoded, so that no display name can turn into an address.
func author(h header, field string) (from Address, ambiguous bool) {
	fields := h.all(field)
	if len(fields) == 0 {
		return Address{}, false
	}
	if len(fields) > 1 || len(fields[0]) > maxFrom {
		return Address{}, true
	}
	value := unfold(fields[0])
	list, err := addresses.ParseList(value)
	if err != nil || len(list) == 0 {
		return Address{}, strings.Count(value, "@") > 1
	}
	if group := strings.HasSuffix(value, ";"); group || len(list) > 1 {
		return Address{}, true
	}
	one := list[0]
	if !isPlainAddress(one.Address) {
		return Address{}, strings.Count(one.Address, "@") > 1
	}
	return Address{Name: displayName(one), Addr: one.Address}, false
}

// maxFrom is above what a name and an address need, and below maxValue, so that
// no second author can stand beyond what is read.
const maxFrom = 2000

// addresses reads words in every charset; an unknown one is guessed, not refused.
var addresses = mail.AddressParser{WordDecoder: &mime.WordDecoder{
	CharsetReader: func(charset string, input io.Reader) (io.Reader, error) {
		b, err := io.ReadAll(input)
		return strings.NewReader(decodeText(b, charset)), err
	},
}}

// maxAddress is the longest address that SMTP can carry (RFC 5321 section 4.5.3.1).
const maxAddress = 254

// isPlainAddress reports whether addr is a dot-atom, an at sign and a domain.
// Quoted local parts and address literals are no sender's here, and the quoted
// ones may hold a second at sign.
func isPlainAddress(addr string) bool {
	local, domain, ok := strings.Cut(addr, "@")
	if !ok || local == "" || domain == "" || len(addr) > maxAddress || cleanLine(addr) != addr {
		return false
	}
	return !strings.ContainsAny(local, "@ \"(),:;<>[\\]") && !strings.ContainsAny(domain, "@ \"(),:;<>[\\]!#$%&'*+/=?^_`{|}~")
}

// displayName returns the author's name, unless it shows an address: a reader
// would take that for the author's.
func displayName(a *mail.Address) string {
	name := cut(cleanLine(decodeWords(a.Name)), 200)
	if strings.ContainsAny(name, "@\uff20\ufe6b") && !strings.EqualFold(name, a.Address) {
		return ""
	}
	return name
}
