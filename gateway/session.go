package gateway

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"securetext/gateway/mail"
	"securetext/sms/phone"
	"securetext/store"
)

// recheck is how long a sign-in holds on a connection that stays open, before
// the next mail has it looked up again.
const recheck = time.Minute

// session is one client's dialogue, in the clear or under TLS. The library
// calls one method at a time, save that Data of a mail in chunks (BDAT) runs
// beside the others.
type session struct {
	*SMTP
	work   context.Context // ends when mails in flight are cut off
	limits SMTPLimits
	conn   *conn
	secure bool

	data sync.Mutex // held while a mail is read and stored

	mu       sync.Mutex
	who      identity
	envelope envelope
	broken   bool // a mail in chunks was given up half-way
}

// identity is who signed in; the zero identity is nobody.
type identity struct {
	sender  store.Sender
	org     store.Org
	secret  store.SecretHash
	checked time.Time
}

// envelope is a mail's transaction; the zero envelope is none.
type envelope struct {
	begun bool
	size  int64 // as announced; 0: not
	to    []phone.Number
}

func newSession(work context.Context, s *SMTP, limits SMTPLimits, c *smtp.Conn) (smtp.Session, error) {
	sess := &session{SMTP: s, work: work, limits: limits}
	nc := c.Conn()
	if t, ok := nc.(*tls.Conn); ok {
		sess.secure, nc = true, t.NetConn()
	}
	sess.conn = nc.(*conn) // which is what our listener gives
	return sess, nil
}

// Mail implements [smtp.Session]: MAIL FROM.
func (s *session) Mail(from string, opts *smtp.MailOptions) error {
	return s.reply(s.beginMail(from, opts))
}

func (s *session) beginMail(from string, opts *smtp.MailOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.secure:
		return errNoTLS
	case s.who.sender.ID == "":
		return errNotSignedIn
	case s.broken:
		s.conn.end()
		return errBroken
	case s.envelope.begun:
		return errNested
	case opts.Size > s.mailLimits().Size:
		return mail.ErrTooLarge
	case from == "":
		return errBounce
	}
	if err := s.stillSignedIn(); err != nil {
		return err
	}
	if !maySendAs(s.who.sender, from) {
		return errNotYours
	}
	s.envelope = envelope{begun: true, size: opts.Size}
	s.conn.begin()
	return nil
}

// Rcpt implements [smtp.Session]: RCPT TO.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	return s.reply(s.addRecipient(to))
}

func (s *session) addRecipient(to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	number, err := s.numberOf(to, s.who.org.Region)
	if err != nil {
		return err
	}
	s.envelope.to = append(s.envelope.to, number)
	return nil
}

// Reset implements [smtp.Session]: RSET, and the end of every mail. It waits for
// a mail in chunks that is being given up.
func (s *session) Reset() {
	s.data.Lock()
	defer s.data.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.envelope = envelope{}
}

// Logout implements [smtp.Session].
func (s *session) Logout() error { return nil }

// current is who sends what, for a Data that may run beside a Reset.
func (s *session) current() (identity, envelope) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.envelope
	e.to = slices.Clone(e.to)
	return s.who, e
}

// reply is the answer to err, counted and logged. It returns a bare
// *[smtp.SMTPError], the only error the library does not quote.
func (s *session) reply(err error) error {
	if err == nil {
		return nil
	}
	answer, known := replyTo(err)
	s.Intake.Metrics.refused(ViaSMTP, answer.Code)
	if known {
		logRefused(s.Log, ViaSMTP, s.sender(), answer.Code, err)
	} else {
		logFault(s.Log, ViaSMTP, s.sender(), answer.Code, err)
	}
	return answer
}

func (s *session) sender() store.SenderID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.who.sender.ID
}

// giveUp marks the connection as one that takes no more mail: the library may
// answer the next mail in chunks with what became of this one.
func (s *session) giveUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = true
}

// stillSignedIn looks a sign-in up again that is older than [recheck].
func (s *session) stillSignedIn() error {
	now := s.Intake.Now()
	if now.Sub(s.who.checked) < recheck {
		return nil
	}
	who, err := s.identify(s.who.sender.Email, s.who.secret)
	if err != nil {
		s.who = identity{}
		return fmt.Errorf("check sign-in again: %w", err)
	}
	s.who = who
	return nil
}
