package mail

import (
	"bytes"
	"strings"
)

// header is the fields of one entity in their order.
type header []field

// field is one header field. Its body is as it came, folds and all.
type field struct {
	name string // lower case
	body []byte
	at   int // where in the mail body begins
}

// maxValue bounds what is read of one field: its decoding may take time that
// grows faster than its length.
const maxValue = 16 << 10

// readHeader reads fields up to the blank line. done reports that the entity
// ended within its header, at end.
func (s *scanner) readHeader(p *part) (end delimiter, done bool, err error) {
	first := s.pos
	for s.pos < len(s.raw) {
		at := s.pos
		line, err := s.line()
		if err != nil {
			return end, false, err
		}
		if len(line) == 0 {
			return end, false, nil
		}
		if d, ok := s.delimiter(line); ok {
			return d, true, nil
		}
		if !s.addLine(p, line, at) {
			s.pos = at
			return end, false, nil
		}
		if s.pos-first > s.limits.HeaderBytes {
			return end, false, tooComplex("bytes in a header", s.limits.HeaderBytes)
		}
		if len(p.header) > s.limits.HeaderFields {
			return end, false, tooComplex("fields in a header", s.limits.HeaderFields)
		}
	}
	return delimiter{level: ended}, true, nil
}

// addLine adds the line that begins at to the header of p. It reports false
// where the line must be the body already, the blank line being forgotten.
func (s *scanner) addLine(p *part, line []byte, at int) bool {
	n := len(p.header)
	if folded := line[0] == ' ' || line[0] == '\t'; folded && n > 0 {
		last := &p.header[n-1]
		last.body = s.raw[last.at : at+len(line)]
		return true
	}
	if name, ok := fieldName(line); ok {
		start := bytes.IndexByte(line, ':') + 1
		p.header = append(p.header, field{name, line[start:], at + start})
		return true
	}
	s.damaged = true
	return s.headerGoesOn()
}

// lookAhead is how many lines of rubbish in a header are forgiven at a time.
const lookAhead = 10

// headerGoesOn reports whether a field that mail is known to have comes soon,
// and before a blank line.
func (s *scanner) headerGoesOn() bool {
	ahead := *s
	for range lookAhead {
		line, next := ahead.peek()
		if len(line) == 0 {
			return false
		}
		if name, ok := fieldName(line); ok && known[name] {
			return true
		}
		ahead.pos = next
	}
	return false
}

// fieldName returns the name of the field that line begins, in lower case.
// Blanks before the colon are an old habit (RFC 5322 section 4.5).
func fieldName(line []byte) (string, bool) {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || colon > 100 {
		return "", false
	}
	name := strings.TrimRight(string(line[:colon]), " \t")
	for _, c := range []byte(name) {
		if c <= ' ' || c >= 0x7f {
			return "", false
		}
	}
	return strings.ToLower(name), name != ""
}

// all returns the bodies of the fields called name, as they came.
func (h header) all(name string) [][]byte {
	var bodies [][]byte
	for _, f := range h {
		if f.name == name {
			bodies = append(bodies, f.body)
		}
	}
	return bodies
}

// first returns the first of them, unfolded, as UTF-8 and cut to maxValue, or "".
func (h header) first(name string) string {
	for _, f := range h {
		if f.name == name {
			return unfold(f.body)
		}
	}
	return ""
}

var lineEnds = strings.NewReplacer("\r", "", "\n", "")

func unfold(body []byte) string {
	body = body[:min(len(body), maxValue)]
	return strings.TrimSpace(lineEnds.Replace(guess(body)))
}

// known are the fields by which a mail's header is told from other text.
var known = map[string]bool{
	"from": true, "to": true, "cc": true, "bcc": true, "subject": true, "date": true, "sender": true, "reply-to": true,
	"message-id": true, "in-reply-to": true, "references": true, "received": true, "return-path": true, "delivered-to": true,
	"mime-version": true, "content-type": true, "content-transfer-encoding": true, "content-disposition": true,
	"dkim-signature": true, "x-mailer": true,
}

// isMail reports whether h can be the header of a mail.
func (h header) isMail() bool {
	for _, f := range h {
		if known[f.name] {
			return true
		}
	}
	return false
}
