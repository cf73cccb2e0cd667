// Package mail turns the bytes of one RFC 5322 mail into content to read.
//
// [Parse] walks the mail once, line by line, and counts against [Limits] as it
// goes; that same walk finds the parts, so that no second parser can see more
// than was counted. Then each part is decoded on its own (RFC 2045 transfer
// encodings, charsets, RFC 2047 and RFC 2231 words) and sorted into body and
// attachments.
//
// What is broken but within limits is accepted: as much text as can be had,
// with [Content.Partial] set and the mail as it came attached. A mail is never
// accepted with nothing to read in it, and no mail makes Parse panic, hang or
// hold more than a small multiple of its size.
package mail

import (
	"fmt"
	"log/slog"
	"time"
)

// Content is what a mail says. It is health data: however it is formatted,
// logged or marshalled it shows as "[mail]".
//
// All strings are valid UTF-8, and all but the bodies are single lines without
// control characters. [Attachment.Data] may share memory with the mail parsed.
type Content struct {
	// MessageID is the Message-ID without its angle brackets, "" if there is none.
	MessageID string

	// From is the one author that the header names. It is zero if there is
	// none, or if the field cannot be read beyond doubt.
	From Address

	// FromAmbiguous is set where the header names several authors, in one From
	// field or in several. Such a mail is to be refused: programs disagree
	// about who wrote it.
	FromAmbiguous bool

	// Sender is who sent the mail for its author, by the Sender field. It is as
	// From is, and SenderAmbiguous as FromAmbiguous.
	Sender          Address
	SenderAmbiguous bool

	// To and Cc are whom the header names, as far as it can be read: at most 200
	// in all. Who gets the mail is for the envelope to say.
	To, Cc []Address

	Subject string

	// Text is the whole body as plain text, lines ending in "\n". Where the
	// mail has HTML only, it is made from that.
	Text string

	// HTML is the whole body as HTML, untrusted and as it came, or "".
	HTML string

	// TextFold and HTMLFold are where in Text and HTML that part begins, up to the
	// end, which a reader may want to open only on demand: a signature, the quoted
	// history of a conversation, or both. They are 0 where there is no such part.
	// What stands before always has something to read.
	TextFold, HTMLFold int

	// Attachments are in the order of the mail.
	Attachments []Attachment

	// Options are the X-SecureText- fields in their order.
	Options []Option

	// AutoSubmitted is set where a program or a mailing list sent the mail, or
	// asks for no answer: nothing may be sent back (RFC 3834 section 2).
	AutoSubmitted bool

	// BodyHash is the SHA-256 of all that follows the header, without blanks at
	// the ends of lines and blank lines at the end. The same mail sent twice has
	// the same one.
	BodyHash [32]byte

	// Partial is set where the mail is malformed and something may be missing
	// from the fields above. Then the last attachment is the mail as it came,
	// named "original.eml".
	Partial bool
}

// Address is one mailbox.
type Address struct {
	Name string // the display name, which the author chose freely; may be ""
	Addr string // local@domain, letters as written
}

// Option is one field of the header that is meant for this service.
type Option struct {
	Name  string // what follows "X-SecureText-", in lower case, never empty
	Value string // decoded, as one line; may be ""
}

// Attachment is one file of a mail. Like [Content] it shows as nothing.
type Attachment struct {
	Name      string // a base name of 1 to 255 bytes, safe on any file system
	Type      string // media type in lower case, without parameters
	ContentID string // what a cid: link in the HTML calls it, or ""
	Inline    bool   // meant to be seen within the HTML
	Data      []byte // decoded
}

// Limits bound the work that one mail can cause. [DefaultLimits] are the ones to use.
type Limits struct {
	Size         int64         // bytes of the whole mail
	HeaderBytes  int           // bytes of one header, the mail's or a part's
	HeaderFields int           // fields of one header
	Line         int           // bytes of one line, without its end
	Depth        int           // multiparts within each other
	Parts        int           // parts of all multiparts together
	Attachments  int           // files
	Params       int           // parameters of one header field
	Boundary     int           // bytes of a multipart's boundary
	Budget       time.Duration // time for everything
}

// DefaultLimits are far above what mail programs write.
var DefaultLimits = Limits{
	Size:         25 << 20,
	HeaderBytes:  256 << 10,
	HeaderFields: 1000,
	Line:         64 << 10,
	Depth:        20,
	Parts:        200,
	Attachments:  50,
	Params:       50,
	Boundary:     70,
	Budget:       2 * time.Second,
}

const (
	redactedContent    = "[mail]"
	redactedAttachment = "[attachment]"
	redactedAddress    = "[mail address]"
	redactedOption     = "[mail option]"
)

// Format implements [fmt.Formatter] for every verb.
func (c Content) Format(s fmt.State, _ rune) { fmt.Fprint(s, redactedContent) }

// LogValue implements [slog.LogValuer].
func (c Content) LogValue() slog.Value { return slog.StringValue(redactedContent) }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (c Content) MarshalText() ([]byte, error) { return []byte(redactedContent), nil }

// Format implements [fmt.Formatter] for every verb.
func (a Attachment) Format(s fmt.State, _ rune) { fmt.Fprint(s, redactedAttachment) }

// LogValue implements [slog.LogValuer].
func (a Attachment) LogValue() slog.Value { return slog.StringValue(redactedAttachment) }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (a Attachment) MarshalText() ([]byte, error) { return []byte(redactedAttachment), nil }

// Format implements [fmt.Formatter] for every verb.
func (a Address) Format(s fmt.State, _ rune) { fmt.Fprint(s, redactedAddress) }

// LogValue implements [slog.LogValuer].
func (a Address) LogValue() slog.Value { return slog.StringValue(redactedAddress) }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (a Address) MarshalText() ([]byte, error) { return []byte(redactedAddress), nil }

// Format implements [fmt.Formatter] for every verb.
func (o Option) Format(s fmt.State, _ rune) { fmt.Fprint(s, redactedOption) }

// LogValue implements [slog.LogValuer].
func (o Option) LogValue() slog.Value { return slog.StringValue(redactedOption) }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (o Option) MarshalText() ([]byte, error) { return []byte(redactedOption), nil }
