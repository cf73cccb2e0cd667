package option

import "strings"

// Place is where a sender writes options.
type Place int

// The places.
const (
	Address Place = iota // 2114367789+exp=3d@…
	Header               // X-SecureText-Expires: 3d
	JSON                 // "expires_in": "3d"
)

// HeaderPrefix begins the name of every header field that is an option.
const HeaderPrefix = "X-SecureText-"

// IsHeader reports whether a header field of that name is for [Form.Set]: it is
// meant as an option, if perhaps one that does not exist.
func IsHeader(name string) bool {
	return len(name) >= len(HeaderPrefix) && strings.EqualFold(name[:len(HeaderPrefix)], HeaderPrefix)
}

// String is the place in a sentence.
func (p Place) String() string {
	switch p {
	case Address:
		return "an address"
	case Header:
		return "a header"
	default:
		return "a request"
	}
}

// name is what row is called in the place, "" if it cannot be said there.
func (p Place) name(row Row) string {
	switch p {
	case Address:
		return row.Address
	case Header:
		return row.Header
	default:
		return row.JSON
	}
}

// names are those of the options that can be had in the place today.
func (p Place) names() []string {
	var names []string
	for _, row := range table {
		if name := p.name(row); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// find returns the place of an option in the table. Case does not matter, as it
// does not in addresses and headers; in JSON it does.
func (p Place) find(name string) (int, bool) {
	for i, row := range table {
		own := p.name(row)
		if own != "" && (own == name || p != JSON && strings.EqualFold(own, name)) {
			return i, true
		}
	}
	return 0, false
}
