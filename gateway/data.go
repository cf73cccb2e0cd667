package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/emersion/go-smtp"

	"securetext/gateway/mail"
	"securetext/store"
)

// Data implements [smtp.Session]: DATA, or the chunks of BDAT. It returns once
// the mail is stored for all its recipients, or refused.
func (s *session) Data(r io.Reader) error {
	results, err := s.receive(r, allOrNone)
	if err != nil {
		return s.reply(err)
	}
	return storedReply(results)
}

// LMTPData implements [smtp.LMTPSession]: each recipient gets an answer.
func (s *session) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	results, err := s.receive(r, each)
	if err != nil {
		return s.reply(err)
	}
	for _, one := range results {
		if one.err != nil {
			status.SetStatus(one.address, s.reply(one.err))
		} else {
			status.SetStatus(one.address, storedReply([]result{one}))
		}
	}
	return nil
}

// receive takes in a mail, and no other meanwhile.
func (s *session) receive(r io.Reader, how manner) (results []result, err error) {
	defer func() {
		if v := recover(); v != nil {
			logPanic(s.Log, s.Door.via(), v, debug.Stack())
			err = errPanicked
		}
	}()
	s.data.Lock()
	defer s.data.Unlock()
	if !s.conn.take(!isChunked(r)) {
		s.conn.end()
		return nil, errShutDown
	}
	defer s.conn.taken()
	if results, err = s.acceptMail(r, how); err == nil {
		s.conn.stored()
	}
	return results, err
}

// isChunked tells BDAT, whose chunks come through a pipe, from DATA.
func isChunked(r io.Reader) bool {
	_, chunked := r.(*io.PipeReader)
	return chunked
}

func (s *session) acceptMail(r io.Reader, how manner) ([]result, error) {
	who, e := s.current()
	body := s.Intake.hold(s.Door == DoorRelay && len(e.hosts) == 0)
	defer body.release()
	raw, err := s.readMail(r, e.size, body)
	if err != nil {
		if isChunked(r) {
			s.giveUp()
		}
		return nil, err
	}
	content, err := mail.Parse(raw, s.mailLimits())
	if err != nil {
		return nil, err // in its own words, which are the reply
	}
	ctx, cancel := context.WithTimeout(s.work, s.limits.Accept)
	defer cancel()
	if who, err = s.author(ctx, who, e, content, raw); err != nil {
		return nil, err
	}
	s.remember(who)
	to, found, err := targets(e.to, content, who.org)
	if err != nil {
		return nil, err
	}
	p := parcel{Intake: s.Intake, org: who.org, how: how, sub: s.submission(who, e, content)}
	p.sub.Delivery, p.sub.judged = deliveryOf(content), who.org.ID == e.org.ID && e.judged(to)
	return p.deliver(ctx, e.to, to, found)
}

// judged reports whether the recipients are those that were judged as they were
// named: the header may have said which of several people it is for.
func (e envelope) judged(to []Target) bool {
	return !slices.ContainsFunc(to, func(t Target) bool { return !slices.Contains(e.read, t.whom()) })
}

func (s *session) submission(who identity, e envelope, c *mail.Content) Submission {
	return Submission{
		Sender: who.sender, Via: s.Door.via(), From: shownName(who.sender, c),
		By:      store.Actor{Kind: store.BySender, ID: string(who.sender.ID), Addr: s.client.addr},
		Subject: c.Subject, Text: c.Text, HTML: c.HTML, TextFold: c.TextFold, HTMLFold: c.HTMLFold,
		Attachments: filesOf(c),
		EnvID:       e.envID, Auto: c.AutoSubmitted,
	}
}

// shownName is the name that the patient sees. The mail's From may be another
// address that the sender may use, but then the registered name stands.
func shownName(sender store.Sender, c *mail.Content) string {
	if isOwn(sender, c.From.Addr) && c.From.Name != "" {
		return c.From.Name
	}
	return sender.Name
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
func (s *session) readMail(r io.Reader, announced int64, body *hold) ([]byte, error) {
	limit := s.mailLimits().Size
	raw, err := grown(nil, int(bufferFor(announced)), body)
	var lines lineEnds
	for {
		if err != nil {
			s.conn.endAfter(drainLarge, drainTime)
			return nil, err
		}
		n, failed := r.Read(raw[len(raw):cap(raw)])
		read := raw[len(raw) : len(raw)+n]
		raw = raw[:len(raw)+n]
		switch {
		case !lines.whole(read):
			s.conn.endAfter(drainLarge, drainBare)
			return nil, errBareLine
		case int64(len(raw)) > limit || errors.Is(failed, smtp.ErrDataTooLarge):
			s.conn.endAfter(drainLarge, drainTime)
			return nil, mail.ErrTooLarge
		case failed == io.EOF:
			return raw, nil
		case errors.Is(failed, os.ErrDeadlineExceeded) && !s.conn.late():
		case failed != nil:
			return nil, fmt.Errorf("%w: %w", errCutOff, failed)
		}
		if len(raw) == cap(raw) {
			raw, err = grown(raw, int(min(2*int64(cap(raw)), limit+1)), body)
		}
	}
}

const firstBuffer = 4 << 10

// bufferFor trusts an announced size only so far: announcing costs nothing, and
// a thousand who announce much and send nothing must not take all memory.
func bufferFor(announced int64) int64 {
	const most = 128 << 10
	return min(max(announced+1, firstBuffer), most)
}

// grown is raw with room for so many bytes in all, if there is memory for them.
func grown(raw []byte, room int, body *hold) ([]byte, error) {
	if err := body.grow(room - cap(raw)); err != nil {
		return nil, err
	}
	next := make([]byte, len(raw), room)
	copy(next, raw)
	return next, nil
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
