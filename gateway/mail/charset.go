package mail

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// guess decodes bytes of no declared charset: by what only one charset has, as
// UTF-8 if they can be that, else as windows-1252, in which every byte is a
// letter or a sign.
func guess(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return decodeWith(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), b)
	case bytes.Contains(b, []byte("\x1b$B")) && bytes.Contains(b, []byte("\x1b(")):
		return decodeWith(japanese.ISO2022JP, b)
	case utf8.Valid(b):
		return string(b)
	}
	return decodeWith(charmap.Windows1252, b)
}

// decodeText decodes b from the charset that its sender named. Senders err: a
// name that nobody knows counts as none, and bytes that make sense as UTF-8 are
// UTF-8 whatever charset of single bytes they are said to be in.
func decodeText(b []byte, name string) string {
	if isUTF7(name) {
		return decodeUTF7(b)
	}
	enc := encodingOf(name)
	_, oneByte := enc.(*charmap.Charmap)
	switch {
	case enc == nil, enc == charmap.Windows1252 && isASCII(name):
		return guess(b)
	case oneByte && utf8.Valid(b):
		return string(b)
	case isUTF8(enc):
		return decodeUTF8(b)
	}
	return decodeWith(enc, b)
}

// encodingOf finds an encoding by its name, or nil. It reads names as browsers
// do: ISO-8859-1 and US-ASCII are windows-1252, GB2312 is GBK.
func encodingOf(name string) encoding.Encoding {
	name = strings.Trim(strings.ToLower(name), " \t\"'")
	name = strings.TrimPrefix(name, "charset=")
	for _, spelling := range []string{name, strings.ReplaceAll(name, "_", "-"), aliases[name]} {
		enc, err := htmlindex.Get(spelling)
		if err != nil {
			continue
		}
		if known, _ := htmlindex.Name(enc); known != "replacement" && known != "x-user-defined" {
			return enc
		}
	}
	return nil
}

// aliases are names that mail uses and browsers do not know.
var aliases = map[string]string{
	"cp1250": "windows-1250", "cp1251": "windows-1251", "cp1252": "windows-1252", "ansi": "windows-1252",
	"cp932": "shift_jis", "cp936": "gbk", "cp949": "euc-kr", "cp950": "big5", "latin-1": "windows-1252",
}

// isASCII reports whether a charset is named that is none for eight bits.
func isASCII(name string) bool {
	return strings.Contains(strings.ToLower(name), "ascii")
}

func isUTF8(enc encoding.Encoding) bool {
	name, err := htmlindex.Name(enc)
	return err == nil && name == "utf-8"
}

// decodeUTF8 keeps the good part of damaged UTF-8. Where no sequence of bytes is
// good, the text never was UTF-8.
func decodeUTF8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	for rest := b; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r != utf8.RuneError && size > 1 {
			return strings.ToValidUTF8(string(b), "\uFFFD")
		}
		rest = rest[size:]
	}
	return decodeWith(charmap.Windows1252, b)
}

func decodeWith(enc encoding.Encoding, b []byte) string {
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}
