package mail

import (
	"io"
	"mime"
	"net/mail"
	"strings"
)

// author reads the From fields of a mail. ambiguous reports that they name more
// than one author; a field that cannot be read names none.
//
// The address is taken from the field as it came, before encoded words are
// decoded, so that no display name can turn into an address.
func author(fields []string) (from Address, ambiguous bool) {
	if len(fields) != 1 {
		return Address{}, len(fields) > 1
	}
	list, err := addresses.ParseList(fields[0])
	if err != nil || len(list) == 0 {
		return Address{}, strings.Count(fields[0], "@") > 1
	}
	if group := strings.HasSuffix(fields[0], ";"); group || len(list) > 1 {
		return Address{}, true
	}
	one := list[0]
	if !isPlainAddress(one.Address) {
		return Address{}, strings.Count(one.Address, "@") > 1
	}
	return Address{Name: displayName(one), Addr: one.Address}, false
}

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
