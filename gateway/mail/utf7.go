package mail

import (
	"bytes"
	"strings"
	"unicode/utf16"
)

// isUTF7 reports whether a sender names UTF-7 (RFC 2152). Only then is it read:
// guessed, it would let HTML hide in what looks like plain words.
func isUTF7(name string) bool {
	name = strings.Trim(strings.ToLower(name), " \t\"'")
	return name == "utf-7" || name == "utf7" || strings.HasSuffix(name, "-utf-7")
}

// decodeUTF7 decodes the stretches "+...-" of b. What is wrong stays as it is.
func decodeUTF7(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		plain, coded, found := bytes.Cut(b, []byte("+"))
		out.WriteString(guess(plain))
		if !found {
			break
		}
		n := 0
		for n < len(coded) && base64Digits[coded[n]] < 64 {
			n++
		}
		if n == 0 {
			out.WriteByte('+')
		} else {
			out.WriteString(utf7Run(coded[:n]))
		}
		b = coded[n:]
		if len(b) > 0 && b[0] == '-' {
			b = b[1:]
		}
	}
	return out.String()
}

// utf7Run decodes one stretch: UTF-16, the high byte first, in base64.
func utf7Run(digits []byte) string {
	raw, _ := decodeBase64(digits)
	units := make([]uint16, 0, len(raw)/2)
	for ; len(raw) >= 2; raw = raw[2:] {
		units = append(units, uint16(raw[0])<<8|uint16(raw[1]))
	}
	return string(utf16.Decode(units))
}
