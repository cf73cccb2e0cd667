package phone

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unique"

	"github.com/nyaruka/phonenumbers"
)

// ErrNotNumber is returned, wrapped with the reason, for anything that is not
// a telephone number. The reason is for the sender to read: it says what to
// mend and repeats nothing of what was written.
var ErrNotNumber = errors.New("not a phone number")

const (
	maxWritten = 64 // bytes, punctuation included
	maxDigits  = 15 // E.164, country code included
)

// Parse reads a telephone number as people write it: digits, with spaces,
// dots, dashes, slashes and parentheses between them. "+44…" and "0044…" are
// international; all else is a national number of region, an ISO 3166 alpha-2
// code such as "US". With an unknown or empty region only international
// numbers are read. The error always wraps [ErrNotNumber].
//
// Parse(n.E164(), "") returns n.
func Parse(s, region string) (Number, error) {
	digits, abroad, err := clean(s)
	if err != nil {
		return Number{}, err
	}
	var num *phonenumbers.PhoneNumber
	if abroad {
		num, err = international(digits)
	} else if rest, ok := strings.CutPrefix(digits, "00"); ok {
		num, err = doubleZero(digits, rest, region)
	} else {
		num, err = national(digits, region)
	}
	if err != nil {
		return Number{}, err
	}
	return checked(num)
}

// KnownRegion reports whether region is a code for which [Parse] can read
// national numbers.
func KnownRegion(region string) bool {
	return phonenumbers.GetCountryCodeForRegion(region) != 0
}

// clean returns the digits of s, and whether a plus stood before them. It
// refuses by name what the library would quietly turn into digits or drop:
// letters, digits of other scripts, extensions.
func clean(s string) (digits string, plus bool, err error) {
	if len(s) > maxWritten {
		return "", false, refuse("it is too long")
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune(" .-/()", r):
		case r == '+' && !plus && b.Len() == 0:
			plus = true
		case r == '+':
			return "", false, refuse("it has a plus sign inside")
		case r == ';' || r == ',' || r == '#' || r == '*':
			return "", false, refuse("texts cannot reach an extension, or a number with signs in it")
		case unicode.IsLetter(r):
			return "", false, refuse("it has letters in it")
		case unicode.IsDigit(r):
			return "", false, refuse("its digits must be 0 to 9")
		default:
			return "", false, refuse("it has a sign that no phone number has")
		}
	}
	if b.Len() == 0 {
		return "", false, refuse("it has no digits")
	}
	return b.String(), plus, nil
}

// international reads digits that begin with a country code.
func international(digits string) (*phonenumbers.PhoneNumber, error) {
	num, err := phonenumbers.Parse("+"+digits, "")
	if err != nil {
		return nil, refuse(parseReason(err))
	}
	return num, nil
}

// doubleZero reads "00" as the plus sign. Where the region dials abroad with a
// longer prefix that begins with 00 (Australia's 0011, Brazil's 00 and a
// carrier), the two readings lead to different people, and neither is taken.
func doubleZero(digits, rest, region string) (*phonenumbers.PhoneNumber, error) {
	num, err := international(rest)
	if err != nil {
		return nil, err
	}
	local, err := phonenumbers.ParseAndKeepRawInput(digits, region)
	if err == nil && dialledAbroad(local) && e164(local) != e164(num) {
		return nil, refuse("it can be read in two ways: write + and the country code")
	}
	return num, nil
}

// national reads a number of region. A prefix for dialling abroad is refused:
// the library would take the US number 0114367789 for an Austrian one.
func national(digits, region string) (*phonenumbers.PhoneNumber, error) {
	if !KnownRegion(region) {
		return nil, refuse("it has no country code: write + and the country code")
	}
	num, err := phonenumbers.ParseAndKeepRawInput(digits, region)
	if err != nil {
		return nil, refuse(parseReason(err))
	}
	home := phonenumbers.GetCountryCodeForRegion(region)
	if dialledAbroad(num) || int(num.GetCountryCode()) != home {
		return nil, refuse("it begins as a call abroad: write + and the country code")
	}
	return num, nil
}

func dialledAbroad(num *phonenumbers.PhoneNumber) bool {
	return num.GetCountryCodeSource() == phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD
}

// checked makes a Number of num if its numbering plan has such numbers.
func checked(num *phonenumbers.PhoneNumber) (Number, error) {
	if reason := impossible(num); reason != "" {
		return Number{}, refuse(reason)
	}
	full := e164(num)
	again, err := phonenumbers.Parse(full, "")
	if err != nil || e164(again) != full {
		return Number{}, refuse("it has a trunk prefix too many")
	}
	return Number{unique.Make(full)}, nil
}

// impossible returns why no phone can have this number, or "".
func impossible(num *phonenumbers.PhoneNumber) string {
	switch phonenumbers.IsPossibleNumberWithReason(num) {
	case phonenumbers.IS_POSSIBLE:
	case phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return "its area code is missing"
	case phonenumbers.INVALID_COUNTRY_CODE:
		return "its country code does not exist"
	case phonenumbers.TOO_SHORT:
		return "it has too few digits"
	case phonenumbers.TOO_LONG:
		return "it has too many digits"
	default:
		return "its country has no numbers of that length"
	}
	if len(e164(num)) > len("+")+maxDigits {
		return "it has too many digits"
	}
	area := phonenumbers.GetNationalSignificantNumber(num)[0]
	if num.GetCountryCode() == northAmerica && area < '2' {
		return "its area code begins with 0 or 1"
	}
	return ""
}

// northAmerica is the country code whose area codes all begin with 2 to 9.
const northAmerica = 1

// parseReason puts the library's errors in our words: its own may one day
// repeat the number.
func parseReason(err error) string {
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return "its country code does not exist"
	case errors.Is(err, phonenumbers.ErrNumTooLong):
		return "it has too many digits"
	default:
		return "it has too few digits"
	}
}

func e164(num *phonenumbers.PhoneNumber) string {
	return phonenumbers.Format(num, phonenumbers.E164)
}

func refuse(reason string) error {
	return fmt.Errorf("%w: %s", ErrNotNumber, reason)
}
