package mail

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// decodeBody undoes the transfer encoding of p and reports whether all went
// well. The result shares memory with the mail if there was nothing to undo.
func decodeBody(p *part) ([]byte, bool) {
	encoding := strings.ToLower(strings.Trim(p.header.first("content-transfer-encoding"), " \t\";"))
	switch encoding {
	case "base64":
		out, clean := decodeBase64(p.body)
		if !clean && p.media.isBody() && isProse(p.body) {
			return p.body, false // declared wrongly, and never encoded
		}
		return out, clean
	case "quoted-printable":
		return decodeQuotedPrintable(p.body)
	case "x-uuencode", "uuencode", "x-uue":
		return decodeUU(p.body)
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit", "8bits", "7bits":
		return p.body, true
	default:
		return p.body, false
	}
}

// isProse reports whether b has as many blanks as written language.
func isProse(b []byte) bool { return bytes.Count(b, []byte(" "))*20 > len(b) }

// decodeBase64 decodes b, skipping what is not base64, and reports whether there
// was any such thing. Padding may stand in the middle, where programs put one
// encoding after another, or be missing.
func decodeBase64(b []byte) ([]byte, bool) {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
	if n, err := base64.StdEncoding.Decode(out, b); err == nil {
		return out[:n], true
	}
	out = out[:0]
	clean := true
	var bits uint32
	digits := 0
	for _, c := range b {
		v := base64Digits[c]
		switch {
		case v < 64:
			bits, digits = bits<<6|uint32(v), digits+1
			if digits == 4 {
				out = append(out, byte(bits>>16), byte(bits>>8), byte(bits))
				digits = 0
			}
		case c == '=':
			out = appendTail(out, bits, digits)
			digits = 0
		case c > ' ':
			clean = false
		}
	}
	return appendTail(out, bits, digits), clean && digits != 1
}

// appendTail adds the whole bytes in a group of fewer than four digits.
func appendTail(out []byte, bits uint32, digits int) []byte {
	switch digits {
	case 2:
		return append(out, byte(bits>>4))
	case 3:
		return append(out, byte(bits>>10), byte(bits>>2))
	}
	return out
}

var base64Digits = func() (table [256]byte) {
	for i := range table {
		table[i] = 0xff
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		table[c] = byte(i)
	}
	return table
}()

// decodeQuotedPrintable decodes b, leaves wrong escapes as they are, and reports
// whether there were none.
func decodeQuotedPrintable(b []byte) ([]byte, bool) {
	out := make([]byte, 0, len(b))
	clean := true
	for len(b) > 0 {
		line, rest, _ := bytes.Cut(b, []byte("\n"))
		ended := len(line) < len(b)
		b = rest
		text := bytes.TrimRight(line, " \t\r")
		soft := bytes.HasSuffix(text, []byte("="))
		if soft {
			text = text[:len(text)-1]
		}
		var ok bool
		out, ok = appendUnescaped(out, text)
		clean = clean && ok
		if ended && !soft {
			out = append(out, line[len(bytes.TrimRight(line, "\r")):]...)
			out = append(out, '\n')
		}
	}
	return out, clean
}

// appendUnescaped adds line to out with its =XX decoded.
func appendUnescaped(out, line []byte) ([]byte, bool) {
	clean := true
	for i := 0; i < len(line); i++ {
		c := line[i]
		if c == '=' {
			if i+2 < len(line) && unhex(line[i+1]) >= 0 && unhex(line[i+2]) >= 0 {
				c = byte(unhex(line[i+1])<<4 | unhex(line[i+2]))
				i += 2
			} else {
				clean = false
			}
		}
		out = append(out, c)
	}
	return out, clean
}

// unhex returns the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// decodeUU decodes the lines between "begin" and "end" of a uuencoded file.
func decodeUU(b []byte) ([]byte, bool) {
	start := bytes.Index(b, []byte("begin "))
	if start < 0 {
		return b, false
	}
	_, b, _ = bytes.Cut(b[start:], []byte("\n"))
	var out []byte
	for len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 || line[0] == '`' || string(line) == "end" {
			return out, true
		}
		out = appendUULine(out, line)
	}
	return out, false
}

// appendUULine adds the bytes of one line: their number, then four digits for
// three bytes each.
func appendUULine(out, line []byte) []byte {
	want := len(out) + int(line[0]-' ')&0x3f
	digit := func(i int) byte {
		if i < len(line) {
			return (line[i] - ' ') & 0x3f
		}
		return 0
	}
	for i := 1; i < len(line) && len(out) < want; i += 4 {
		a, b, c, d := digit(i), digit(i+1), digit(i+2), digit(i+3)
		out = append(out, a<<2|b>>4, b<<4|c>>2, c<<6|d)
	}
	return out[:min(len(out), want)]
}
