package mail

import (
	"bytes"
	"strings"
)

// part is one entity of a mail: the mail itself, or a part of a multipart. Its
// slices point into the mail.
type part struct {
	header   header
	media    media
	body     []byte  // of a leaf, transfer encoding and all
	children []*part // of a multipart
}

// scanner walks a mail from front to back, a line at a time and never back, and
// builds the tree of its parts while it counts. A line is compared with the
// boundaries of at most [Limits.Depth] open multiparts, so the work is linear.
type scanner struct {
	raw     []byte
	pos     int
	limits  Limits
	until   deadline
	open    []string // boundaries of the multiparts around pos, outermost first
	parts   int
	lines   int
	body    int  // where the mail's own header has ended
	damaged bool // something was not as it should be
}

// delimiter is the line that ended a part: of which open multipart, and whether
// it was that one's last. The end of the mail is of level ended.
type delimiter struct {
	level int
	last  bool
}

const ended = -1

// scan returns the mail as a tree of parts.
func (s *scanner) scan() (*part, error) {
	s.skipEnvelope()
	root := new(part)
	_, err := s.entity(root, defaultType)
	return root, err
}

// skipEnvelope steps over what programs put before the header: a byte order
// mark, blank lines, the "From " line of a mailbox file.
func (s *scanner) skipEnvelope() {
	s.raw = bytes.TrimPrefix(s.raw, []byte("\xef\xbb\xbf"))
	s.pos = len(s.raw) - len(bytes.TrimLeft(s.raw, "\r\n"))
	for _, from := range []string{"From ", ">From "} {
		if bytes.HasPrefix(s.raw[s.pos:], []byte(from)) {
			_, s.pos = s.peek()
			return
		}
	}
}

// entity reads a header and what follows it, up to the delimiter that ends it.
func (s *scanner) entity(p *part, fallback string) (delimiter, error) {
	end, done, err := s.readHeader(p)
	if err != nil {
		return end, err
	}
	if s.body == 0 {
		s.body = s.pos
	}
	if p.media, err = s.mediaOf(p, fallback); err != nil || done {
		return end, err
	}
	if !p.media.multipart() {
		p.body, end, err = s.untilDelimiter()
		return end, err
	}
	boundary := p.media.params["boundary"]
	if boundary == "" {
		s.damaged = true
		boundary = s.guessBoundary()
	}
	switch {
	case len(boundary) > s.limits.Boundary:
		return end, tooComplex("bytes in a boundary", s.limits.Boundary)
	case boundary == "":
		p.body, end, err = s.untilDelimiter()
		return end, err
	case len(s.open) == s.limits.Depth:
		return end, tooComplex("multiparts in each other", s.limits.Depth)
	}
	return s.multipart(p, boundary)
}

// guessBoundary takes the first line that is not blank for a delimiter, if it
// looks like one.
func (s *scanner) guessBoundary() string {
	ahead := *s
	for range lookAhead {
		line, next := ahead.peek()
		if line = bytes.TrimSpace(line); len(line) > 0 {
			boundary, ok := strings.CutPrefix(string(line[:min(len(line), s.limits.Boundary)]), "--")
			if _, open := s.delimiter(line); ok && !open {
				return boundary
			}
			return ""
		}
		ahead.pos = next
	}
	return ""
}

// multipart reads the parts of p and what stands around them.
func (s *scanner) multipart(p *part, boundary string) (delimiter, error) {
	level := len(s.open)
	s.open = append(s.open, boundary)
	preamble, end, err := s.untilDelimiter()
	for err == nil && end.level == level && !end.last {
		if s.parts++; s.parts > s.limits.Parts {
			return end, tooComplex("parts", s.limits.Parts)
		}
		child := new(part)
		p.children = append(p.children, child)
		end, err = s.entity(child, p.media.childType())
	}
	s.open = s.open[:level]
	if err != nil {
		return end, err
	}
	if len(p.children) == 0 {
		p.body = preamble // no delimiter at all: all there is
	}
	if end.level != level {
		s.damaged = true
		return end, nil
	}
	epilogue, end, err := s.untilDelimiter()
	s.damaged = s.damaged || len(p.children) == 0 || len(bytes.TrimSpace(epilogue)) > 0
	return end, err
}

// untilDelimiter returns the lines up to the next delimiter, without the line
// end before it, which belongs to the delimiter.
func (s *scanner) untilDelimiter() ([]byte, delimiter, error) {
	start := s.pos
	for s.pos < len(s.raw) {
		at := s.pos
		line, err := s.line()
		if err != nil {
			return nil, delimiter{}, err
		}
		if d, ok := s.delimiter(line); ok {
			return trimLineEnd(s.raw[start:at]), d, nil
		}
	}
	return s.raw[start:], delimiter{level: ended}, nil
}

// delimiter reports whether line is one, of the innermost multipart first.
func (s *scanner) delimiter(line []byte) (delimiter, bool) {
	if len(s.open) == 0 || !bytes.HasPrefix(line, []byte("--")) {
		return delimiter{}, false
	}
	rest := bytes.TrimRight(line[2:], " \t\r")
	for level := len(s.open) - 1; level >= 0; level-- {
		n := len(s.open[level])
		if len(rest) < n || string(rest[:n]) != s.open[level] {
			continue
		}
		if tail := string(rest[n:]); tail == "" || tail == "--" {
			return delimiter{level: level, last: tail == "--"}, true
		}
	}
	return delimiter{}, false
}

// line returns the next line without its end, and steps over it.
func (s *scanner) line() ([]byte, error) {
	line, next := s.peek()
	if len(line) > s.limits.Line {
		return nil, tooComplex("bytes in a line", s.limits.Line)
	}
	if s.lines++; s.lines%4096 == 0 {
		if err := s.until.check(); err != nil {
			return nil, err
		}
	}
	s.pos = next
	return line, nil
}

// peek returns the next line without its end, and where the one after it begins.
func (s *scanner) peek() (line []byte, next int) {
	rest := s.raw[s.pos:]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		return trimLineEnd(rest[:i+1]), s.pos + i + 1
	}
	return rest, len(s.raw)
}

// trimLineEnd removes one line end, CRLF or LF.
func trimLineEnd(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}
