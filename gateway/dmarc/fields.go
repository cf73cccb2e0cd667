package dmarc

import (
	"bytes"
	"strings"
)

// Bounds of a header whose signatures are verified. The library looks through
// all fields once for each name in an h= tag, and copies a field once for each
// of its lines. Honest mail is far below.
const (
	maxHeader      = 256 << 10
	maxFields      = 1000
	maxLines       = 2000 // of one field
	maxSignature   = 8 << 10
	maxSignedNames = 200
)

// once are the fields that a mail has at most once (RFC 5322 section 3.6, RFC
// 2045 section 3) and that change what a reader sees or to whom it is ascribed.
var once = []string{
	"from", "subject", "sender", "reply-to", "to", "cc", "date", "message-id",
	"mime-version", "content-type", "content-transfer-encoding",
}

// fieldCounts says how often a mail has each field of once.
type fieldCounts map[string]int

// countFields reads a mail's header as the DKIM library does. It is false if
// the header is out of bounds, and then no signature is verified.
func countFields(raw []byte) (fieldCounts, bool) {
	counts := fieldCounts{}
	header := raw
	for fields := 0; len(header) > 0; fields++ {
		var field []byte
		field, header = nextField(header)
		if isBlank(field) {
			break
		}
		name, value, _ := bytes.Cut(field, []byte(":"))
		key := strings.TrimSpace(string(name))
		if fields == maxFields || len(raw)-len(header) > maxHeader || !inBounds(key, field, value) {
			return nil, false
		}
		for _, f := range once {
			if strings.EqualFold(key, f) {
				counts[f]++
			}
		}
	}
	return counts, true
}

func inBounds(key string, field, value []byte) bool {
	if bytes.Count(field, []byte("\n")) > maxLines {
		return false
	}
	return !strings.EqualFold(key, "dkim-signature") ||
		len(field) <= maxSignature && bytes.Count(value, []byte(":")) < maxSignedNames
}

// nextField cuts a field with its folded lines off a header.
func nextField(header []byte) (field, rest []byte) {
	end := 0
	for end < len(header) {
		line := bytes.IndexByte(header[end:], '\n') + 1
		if line == 0 {
			return header, nil
		}
		end += line
		if isBlank(header[:end]) {
			break // what follows is the body, even if it is indented
		}
		if end < len(header) && header[end] != ' ' && header[end] != '\t' {
			break
		}
	}
	return header[:end], header[end:]
}

func isBlank(line []byte) bool {
	return string(line) == "\r\n" || string(line) == "\n"
}

// coveredBy tells that nobody can have added one of these fields to a mail
// signed over names. A signature covers the lowest ones, while a reader shows
// the first: a second Subject on top would leave the signature good. From and
// Subject must be signed; many signers leave out others, so of those a single
// one will do.
func (c fieldCounts) coveredBy(names []string) bool {
	for _, f := range once {
		signed := 0
		for _, n := range names {
			if strings.EqualFold(n, f) {
				signed++
			}
		}
		if f != "from" && f != "subject" {
			signed = max(signed, 1)
		}
		if c[f] > signed {
			return false
		}
	}
	return true
}
