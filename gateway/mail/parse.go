package mail

import (
	"bytes"
	"strings"
	"time"
)

// originalName is what the mail as it came is called among its attachments.
const originalName = "original.eml"

// Parse reads one mail as it was received, with CRLF or LF line ends. The error
// wraps one of this package's; see there what each asks of the sender.
func Parse(raw []byte, l Limits) (*Content, error) {
	if int64(len(raw)) > l.Size {
		return nil, ErrTooLarge
	}
	s := &scanner{raw: withLineFeeds(raw), limits: l, until: deadline(time.Now().Add(l.Budget))}
	root, err := s.scan()
	if err != nil {
		return nil, err
	}
	if !root.header.isMail() {
		return nil, ErrNotMail
	}
	r := &reader{limits: l, until: s.until, damaged: s.damaged}
	c, err := r.content(root)
	if err != nil {
		return nil, err
	}
	if err := c.readHeader(root.header); err != nil {
		return nil, err
	}
	c.BodyHash = hashBody(s.raw[s.body:])
	if c.Partial {
		c.Attachments = append(c.Attachments, Attachment{Name: originalName, Type: nestedMail, Data: raw})
	}
	return c, nil
}

// withLineFeeds mends the mail of programs that end lines in CR alone.
func withLineFeeds(raw []byte) []byte {
	if bytes.IndexByte(raw, '\n') >= 0 {
		return raw
	}
	return bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
}

// reader makes content of a tree of parts.
type reader struct {
	limits   Limits
	until    deadline
	damaged  bool
	files    []Attachment
	spares   [sources]block
	inflated int // bytes of RTF so far
}

// content returns what the mail says, or [ErrUnreadable] if that is nothing.
func (r *reader) content(root *part) (*Content, error) {
	body, err := r.read(root)
	if err != nil {
		return nil, err
	}
	body = r.body(body)
	c := &Content{HTML: joinHTML(body), Attachments: r.files}
	c.Subject = cleanLine(decodeWords(root.header.first("subject")))
	history := !isForward(c.Subject)
	if c.HTMLFold, err = r.foldHTML(body, history); err != nil {
		return nil, err
	}
	if err := r.withText(body); err != nil {
		return nil, err
	}
	c.Text = joinText(body)
	c.TextFold = foldOf(c.Text, body, history)
	if c.Subject == "" && blank(c.Text) && len(c.Attachments) == 0 {
		return nil, ErrUnreadable
	}
	markInline(c)
	c.Partial = r.damaged
	return c, nil
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }
