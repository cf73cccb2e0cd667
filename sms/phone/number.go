// Package phone reads telephone numbers and keeps them out of sight.
//
// [Parse] turns what a person or a program wrote into a [Number], which is
// always a full international number in E.164 form. A Number can be compared
// and used as a map key. However it is formatted, logged or marshalled it
// shows as "[phone number]"; [Number.E164] is the one way in.
//
// A number is accepted when its country's numbering plan knows numbers of that
// length, even if its area code is not assigned: only the carrier can tell
// whether somebody answers there.
package phone

import (
	"fmt"
	"log/slog"
	"unique"

	"github.com/nyaruka/phonenumbers"
)

// Number is a telephone number. The zero Number is no number at all.
//
// Its digits stand behind a handle, so that even a print that cannot call the
// methods below (of an unexported field, say, or with a wrong verb) shows an
// address in memory and no digits.
type Number struct {
	e164 unique.Handle[string]
}

// redacted is what every Number looks like from outside.
const redacted = "[phone number]"

// IsZero reports whether n is no number at all.
func (n Number) IsZero() bool { return n == Number{} }

// E164 returns the number in E.164 form, "+12114367789", or "" for the zero
// Number. It is personal data: give it to a carrier, a keyed hash or a seal,
// and to nothing else.
func (n Number) E164() string {
	if n.IsZero() {
		return ""
	}
	return n.e164.Value()
}

// Country returns the ISO 3166 alpha-2 code of the country or territory that
// assigned the number, such as "US" or "DO". It is "" where the numbering plan
// does not say: for unassigned area codes and numbers of no one country.
func (n Number) Country() string {
	num, err := phonenumbers.Parse(n.E164(), "")
	if err != nil {
		return ""
	}
	if region := phonenumbers.GetRegionCodeForNumber(num); region != worldwide {
		return region
	}
	return ""
}

// worldwide is libphonenumber's name for numbers of no one country (+800, +881).
const worldwide = "001"

// Masked returns what may be shown to the number's owner so that they know
// which of their phones is meant: the country code and the last digits,
// "+1 ••• ••• 7789". Of a short number only two digits are shown.
func (n Number) Masked() string {
	num, err := phonenumbers.Parse(n.E164(), "")
	if err != nil {
		return ""
	}
	national := phonenumbers.GetNationalSignificantNumber(num)
	shown := 4
	if len(national) < 9 {
		shown = 2
	}
	return fmt.Sprintf("+%d ••• ••• %s", num.GetCountryCode(), national[len(national)-shown:])
}

// Format implements [fmt.Formatter] for every verb.
func (n Number) Format(s fmt.State, _ rune) { fmt.Fprint(s, redacted) }

// LogValue implements [slog.LogValuer].
func (n Number) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (n Number) MarshalText() ([]byte, error) { return []byte(redacted), nil }
