package mail

import (
	"strings"
)

// decodeWords decodes the RFC 2047 encoded words in s: "=?utf-8?q?caf=C3=A9?=".
// It also reads words with blanks in them, within quotes or without blanks
// between them, and joins a character that was split over two words.
func decodeWords(s string) string {
	var out strings.Builder
	var run []byte // decoded bytes of neighbouring words in one charset
	var charset string
	flush := func() {
		out.WriteString(decodeText(run, charset))
		run, charset = nil, ""
	}
	for s != "" {
		start := strings.Index(s, "=?")
		if start < 0 {
			break
		}
		w, rest, ok := nextWord(s[start:])
		if !ok {
			flush()
			out.WriteString(s[:start+2])
			s = s[start+2:]
			continue
		}
		apart := run == nil || strings.Trim(s[:start], " \t") != ""
		if apart || !strings.EqualFold(charset, w.charset) {
			flush()
		}
		if apart {
			out.WriteString(s[:start])
		}
		run, charset, s = append(run, w.data...), w.charset, rest
	}
	flush()
	out.WriteString(s)
	return out.String()
}

// word is one encoded word, its data still in its charset.
type word struct {
	charset string
	data    []byte
}

// maxWord bounds an encoded word. RFC 2047 says 75; some programs write a whole
// subject as one.
const maxWord = 2000

// nextWord reads the encoded word that s begins with.
func nextWord(s string) (w word, rest string, ok bool) {
	near := s[:min(len(s), maxWord)]
	fields := strings.SplitN(near, "?", 4) // "=", charset, encoding, text and the rest
	if len(fields) < 4 || fields[1] == "" || strings.ContainsAny(fields[1], " \t=") {
		return w, "", false
	}
	text, _, found := strings.Cut(fields[3], "?=")
	if !found {
		return w, "", false
	}
	w.charset, _, _ = strings.Cut(fields[1], "*") // RFC 2231 adds a language
	switch fields[2] {
	case "q", "Q":
		w.data = decodeQ(text)
	case "b", "B":
		w.data, _ = decodeBase64([]byte(text))
	default:
		return w, "", false
	}
	used := len("=???") + len(fields[1]) + len(fields[2]) + len(text) + len("?=")
	return w, s[used:], true
}

// decodeQ decodes the Q encoding of RFC 2047 section 4.2.
func decodeQ(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '_':
			out = append(out, ' ')
		case s[i] == '=' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return out
}
