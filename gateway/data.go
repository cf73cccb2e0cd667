package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/emersion/go-smtp"

	"securetext/gateway/mail"
	"securetext/store"
)

// Data implements [smtp.Session]: DATA, or the chunks of BDAT. It returns once
// the mail is stored or refused.
func (s *session) Data(r io.Reader) (answer error) {
	defer func() {
		if v := recover(); v != nil {
			logPanic(s.Log, ViaSMTP, v, debug.Stack())
			answer = s.reply(errPanicked)
		}
	}()
	s.data.Lock()
	defer s.data.Unlock()
	if !s.conn.take(!isChunked(r)) {
		s.conn.end()
		return s.reply(errShutDown)
	}
	defer s.conn.taken()
	stored, err := s.acceptMail(r)
	if err != nil {
		return s.reply(err)
	}
	s.conn.stored()
	return storedReply(stored)
}

// isChunked tells BDAT, whose chunks come through a pipe, from DATA.
func isChunked(r io.Reader) bool {
	_, chunked := r.(*io.PipeReader)
	return chunked
}

func (s *session) acceptMail(r io.Reader) (store.Stored, error) {
	who, envelope := s.current()
	raw, err := s.readMail(r, envelope.size)
	if err != nil {
		if isChunked(r) {
			s.giveUp()
		}
		return store.Stored{}, err
	}
	content, err := mail.Parse(raw, s.mailLimits())
	if err != nil {
		return store.Stored{}, err // in its own words, which are the reply
	}
	name, err := shownName(who.sender, content)
	if err != nil {
		return store.Stored{}, err
	}
	ctx, cancel := context.WithTimeout(s.work, s.limits.Accept)
	defer cancel()
	return s.Intake.Accept(ctx, Submission{
		Sender: who.sender, Via: ViaSMTP, To: envelope.to, From: name,
		By:      store.Actor{Kind: store.BySender, ID: string(who.sender.ID), Addr: addrOf(s.conn)},
		Subject: content.Subject, Text: content.Text, HTML: content.HTML,
		Attachments: filesOf(content),
	})
}

// shownName is the name that the patient sees. The mail's From may be another
// address that the sender may use, but then the registered name stands.
func shownName(sender store.Sender, c *mail.Content) (string, error) {
	switch {
	case c.FromAmbiguous:
		return "", errAmbiguous
	case c.From.Addr == "":
		return sender.Name, nil
	case !maySendAs(sender, c.From.Addr):
		return "", errNotYours
	case isOwn(sender, c.From.Addr) && c.From.Name != "":
		return c.From.Name, nil
	}
	return sender.Name, nil
}

func filesOf(c *mail.Content) []Attachment {
	files := make([]Attachment, len(c.Attachments))
	for i, a := range c.Attachments {
		files[i] = Attachment{Name: a.Name, ContentID: a.ContentID, Inline: a.Inline, Data: a.Data}
	}
	return files
}

// How much of a refused mail is still read, so that the client gets its answer.
const (
	drainLarge = 25 << 20
	drainTime  = time.Minute
	drainBare  = stallProbe
)

// readMail reads a mail into one buffer, and stops as soon as it is too large
// or has a CR or LF that stands alone: programs disagree on where a mail with
// such ends, which lets one smuggle in another (S27).
//
// The library's reader returns only once the buffer is full or the mail at its
// end, where a bare CR may hide the end from it. So silence is broken by
// [stallProbe], and what came is looked at.
func (s *session) readMail(r io.Reader, announced int64) ([]byte, error) {
	limit := s.mailLimits().Size
	raw := make([]byte, 0, bufferFor(announced))
	var lines lineEnds
	for {
		n, err := r.Read(raw[len(raw):cap(raw)])
		read := raw[len(raw) : len(raw)+n]
		raw = raw[:len(raw)+n]
		switch {
		case !lines.whole(read):
			s.conn.endAfter(drainLarge, drainBare)
			return nil, errBareLine
		case int64(len(raw)) > limit || errors.Is(err, smtp.ErrDataTooLarge):
			s.conn.endAfter(drainLarge, drainTime)
			return nil, mail.ErrTooLarge
		case err == io.EOF:
			return raw, nil
		case errors.Is(err, os.ErrDeadlineExceeded) && !s.conn.late():
		case err != nil:
			return nil, fmt.Errorf("%w: %w", errCutOff, err)
		}
		raw = grown(raw, limit)
	}
}

const firstBuffer = 4 << 10

// bufferFor trusts an announced size only so far: announcing costs nothing.
func bufferFor(announced int64) int64 {
	const most = 1 << 20
	return min(max(announced+1, firstBuffer), most)
}

// grown gives raw room, doubling it, up to just over the limit.
func grown(raw []byte, limit int64) []byte {
	if len(raw) < cap(raw) {
		return raw
	}
	next := make([]byte, len(raw), min(2*int64(cap(raw)), limit+1))
	copy(next, raw)
	return next
}

// lineEnds looks for CR and LF that stand alone, across reads.
type lineEnds struct{ cr bool }

// whole reports whether every CR so far is followed by LF, and every LF follows
// a CR.
func (l *lineEnds) whole(b []byte) bool {
	for _, c := range b {
		if l.cr != (c == '\n') {
			return false
		}
		l.cr = c == '\r'
	}
	return true
}
