package phone

import "github.com/nyaruka/phonenumbers"

// Premium reports whether whoever has the number earns by what is sent or
// called there: premium-rate and shared-cost numbers, to which no clinic has
// reason to send and fraudsters have reason to make it.
func (n Number) Premium() bool {
	num, err := phonenumbers.Parse(n.E164(), "")
	if err != nil {
		return false
	}
	switch phonenumbers.GetNumberType(num) {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST:
		return true
	}
	return false
}
