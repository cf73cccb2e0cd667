package sms

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
)

// codeDigits is how many digits a code has, and allCodes how many codes there are.
const codeDigits, allCodes = 6, 1_000_000

// ErrCode is returned for what cannot be a code.
var ErrCode = errors.New("not a code: it has six digits")

// OneTimeCode proves who holds a phone: it is texted there, and typed where it
// is asked for (S09, S10). It shows as "[code]" wherever it is printed, and
// stands behind a pointer, as a [Link] does. The zero OneTimeCode is none.
type OneTimeCode struct{ digits *string }

// NewCode makes a code; all are equally likely.
func NewCode() OneTimeCode {
	const fair = 1<<32 - 1<<32%allCodes // from here on, some codes would come once more than others
	for {
		var b [4]byte
		rand.Read(b[:])
		if n := binary.BigEndian.Uint32(b[:]); n < fair {
			digits := fmt.Sprintf("%0*d", codeDigits, n%allCodes)
			return OneTimeCode{&digits}
		}
	}
}

// ParseCode reads a code as people type it, with spaces and dashes in it. The
// error never says what it was.
func ParseCode(s string) (OneTimeCode, error) {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Dash, r) {
			return -1
		}
		return r
	}, s)
	if len(digits) != codeDigits || strings.Trim(digits, "0123456789") != "" {
		return OneTimeCode{}, ErrCode
	}
	return OneTimeCode{&digits}, nil
}

// Secret is the digits: for the phone, and to be hashed.
func (c OneTimeCode) Secret() string {
	if c.digits == nil {
		return ""
	}
	return *c.digits
}

// Format implements [fmt.Formatter] for every verb.
func (c OneTimeCode) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[code]") }

// LogValue implements [slog.LogValuer].
func (c OneTimeCode) LogValue() slog.Value { return slog.StringValue("[code]") }

// MarshalText implements [encoding.TextMarshaler].
func (c OneTimeCode) MarshalText() ([]byte, error) { return []byte("[code]"), nil }
