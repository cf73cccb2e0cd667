// Package virus asks a virus scanner about a message before it is taken.
//
// Scanning is off unless [Open] is given the URL of a scanner that the operator
// runs: clamd, by its own protocol, or any other by ICAP (RFC 3507). The content
// goes to it whole, unsealed and unencrypted, so it stands on the same machine
// or on a network that is the operator's own. File names, senders and numbers
// never go there.
//
// Every scan is a connection of its own, bounded in time and in what it reads.
// Only a plain yes after all was sent is a yes: whatever else the scanner does
// is an error, and whether mail waits for it is the caller's choice.
package virus

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"
)

const (
	dialTimeout = 2 * time.Second
	scanTimeout = 30 * time.Second // dialling, sending and the answer together
	maxContent  = 64 << 20         // bytes; far more than a message may have
	maxAnswer   = 32 << 10         // bytes that are read of an answer, without what it sends back
	maxName     = 80               // bytes of a virus's name
)

var (
	// ErrUnavailable: the scanner is away, too slow, or not to be understood.
	// Asking again later may help.
	ErrUnavailable = errors.New("virus scanner unavailable")

	// ErrTooLarge: the content is more than the scanner takes.
	ErrTooLarge = errors.New("too large for the virus scanner")
)

// Verdict is what the scanner says.
type Verdict struct {
	Infected bool
	Name     string // the scanner's name for it, printable ASCII; "" unless Infected
}

// Scanner scans. Safe for concurrent use.
type Scanner interface {
	// Scan reads r to its end, or until the scanner has found something, and
	// never after it returns. What the scanner will not pass for another reason
	// (an encrypted archive, say) counts as infected too.
	//
	// Errors are ErrUnavailable, ErrTooLarge, and those of ctx and of r.
	Scan(ctx context.Context, r io.Reader) (Verdict, error)
}

// infected is the verdict on what the scanner calls name. Only what cannot take
// a log line or a reply apart is left of it, and no digest of the content, which
// clamd may append in parentheses.
func infected(name string) Verdict {
	name, _, _ = strings.Cut(name, "(")
	return Verdict{Infected: true, Name: plain(name)}
}

// plain is what a scanner says, made fit for logs and replies.
func plain(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxName {
		s = s[:maxName]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune(" ._-+:/!", r):
			return r
		}
		return '_'
	}, s)
	if s == "" {
		return "unnamed"
	}
	return s
}
