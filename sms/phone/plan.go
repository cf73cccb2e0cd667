package phone

import (
	"slices"

	"github.com/nyaruka/phonenumbers"
)

// SharesCode reports whether the number begins with the country code of region,
// an ISO 3166 alpha-2 code. Several countries may share one, as all of North
// America does.
func (n Number) SharesCode(region string) bool {
	num, err := phonenumbers.Parse(n.E164(), "")
	return err == nil && KnownRegion(region) && int(num.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(region)
}

// Among reports whether the number is in one of the countries; without any, all are
// meant. Area codes that nobody has assigned are in no country: they count as those
// of home, a country too, where they begin with its code. Numbers of no country at
// all, as +800, are only among all.
func (n Number) Among(countries []string, home string) bool {
	country := n.Country()
	if country == "" && n.SharesCode(home) {
		country = home
	}
	return len(countries) == 0 || slices.Contains(countries, country)
}

// Block is the number without its last four digits: what a numbering plan gives
// to one carrier at a time. It is "" for the zero Number.
func (n Number) Block() string {
	s := n.E164()
	return s[:max(0, len(s)-4)]
}
