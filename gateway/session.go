package gateway

import (
	"cmp"
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

// fallbackRegion is whose national numbers are read where nothing else is said.
const fallbackRegion = "US"

// recheck is how long a sign-in holds on a connection that stays open, before
// the next mail has it looked up again.
const recheck = 10 * time.Second

// session is one client's dialogue, in the clear or under TLS. The library
// calls one method at a time, save that Data of a mail in chunks (BDAT) runs
// beside the others.
type session struct {
	*SMTP
	work   context.Context // ends when mails in flight are cut off
	limits SMTPLimits
	conn   *conn
	client client
	helo   string
	secure bool

	data sync.Mutex // held while a mail is read and stored

	mu       sync.Mutex
	who      identity
	envelope envelope
	broken   bool // a mail in chunks was given up half-way
}

// identity is who signed in, or whose mail it proved to be; the zero identity is
// nobody.
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
	from  string
	envID string
	hosts []store.Smarthost // that the client may be
	org   store.Org         // zero: not known before the mail is read
	to    []addressee
	read  []whom // of to, each once, as far as can be told
}

func newSession(work context.Context, s *SMTP, limits SMTPLimits, c *smtp.Conn) (smtp.Session, error) {
	sess := &session{SMTP: s, work: work, limits: limits, helo: c.Hostname()}
	nc := c.Conn()
	if t, ok := nc.(*tls.Conn); ok {
		sess.client.cert = certOf(t.ConnectionState())
		sess.secure, nc = true, t.NetConn()
	}
	sess.conn = nc.(*conn) // which is what our listener gives
	sess.client.addr = sess.conn.client
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
	case s.Door.needsTLS() && !s.secure:
		return errNoTLS
	case s.Door.signsIn() && s.who.sender.ID == "":
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
	case len(opts.EnvelopeID) > maxEnvID:
		return errEnvID
	}
	e := envelope{begun: true, size: opts.Size, from: from, envID: opts.EnvelopeID}
	if err := s.admit(&e); err != nil {
		return err
	}
	s.envelope = e
	s.conn.begin()
	return nil
}

// admit looks who begins a mail, as far as can be told without it.
func (s *session) admit(e *envelope) error {
	if !s.Door.signsIn() {
		return s.recognize(e)
	}
	if err := s.stillSignedIn(); err != nil {
		return err
	}
	switch {
	case !s.who.sender.Suspended.IsZero():
		return errSuspended
	case !maySendAs(s.who.sender, e.from):
		return errNotYours
	}
	e.org = s.who.org
	return nil
}

// recognize looks whether a mail system is one we know.
func (s *session) recognize(e *envelope) (err error) {
	if s.Door == DoorLMTP {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.work, s.limits.Accept)
	defer cancel()
	if e.hosts, err = s.Intake.smarthosts(ctx, s.client); err != nil {
		return err
	}
	if org := commonOrg(e.hosts); org != "" {
		e.org, err = s.Intake.Org(ctx, org)
	}
	return err
}

// Rcpt implements [smtp.Session]: RCPT TO.
func (s *session) Rcpt(to string, opts *smtp.RcptOptions) error {
	return s.reply(s.addRecipient(to, opts))
}

// addRecipient says at once what there is against a recipient, if the org is
// known. A stranger hears nothing of recipients before the mail is proved.
func (s *session) addRecipient(to string, opts *smtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.addresseeOf(to)
	if err != nil {
		return err
	}
	a.notify = notifyOf(opts)
	e := &s.envelope
	number, err := phone.Parse(a.number, cmp.Or(e.org.Region, s.DefaultRegion, fallbackRegion))
	if err != nil {
		return err
	}
	if w := (Target{Number: number, Options: a.asked}).whom(); !slices.Contains(e.read, w) {
		if err := s.judgeEarly(e, w); err != nil {
			return err
		}
		e.read = append(e.read, w)
	}
	e.to = append(e.to, a)
	return nil
}

func (s *session) judgeEarly(e *envelope, to whom) error {
	if e.org.ID == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.work, s.limits.Accept)
	defer cancel()
	found, err := s.Intake.judgeRecipients(ctx, e.org, []whom{to}, len(e.read))
	if err != nil {
		return err
	}
	return found.err()
}

// Reset implements [smtp.Session]: RSET, and the end of every mail. It waits for
// a mail in chunks that is being given up.
func (s *session) Reset() {
	s.data.Lock()
	defer s.data.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.envelope = envelope{}
	if !s.Door.signsIn() {
		s.who = identity{}
	}
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
	answer, reason, known := replyTo(err)
	via := s.Door.via()
	s.Intake.Metrics.refused(via, answer.Code, reason)
	if known {
		logRefused(s.Log, via, s.sender(), answer.Code, err)
	} else {
		logFault(s.Log, via, s.sender(), answer.Code, err)
	}
	return answer
}

// remember keeps whose mail it is, for what is said of it.
func (s *session) remember(who identity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.who = who
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
	ctx, cancel := context.WithTimeout(s.work, s.limits.Accept)
	defer cancel()
	who, err := s.identify(ctx, s.who.sender.Email, s.who.secret)
	if err != nil {
		s.who = identity{}
		return fmt.Errorf("check sign-in again: %w", err)
	}
	s.who = who
	return nil
}
