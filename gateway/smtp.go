package gateway

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"securetext/gateway/mail"
	"securetext/store"
)

// SMTP takes mail in by submission (RFC 6409): a sender starts TLS, signs in
// with an app password and sends to <number>@<domain>. There is no other way
// in, and nothing is ever sent on to anybody else (S26). All fields are set
// before Run; those with a default may be left zero. Safe for concurrent use.
type SMTP struct {
	Intake   *Intake
	Hostname string      // in the greeting
	Domains  []string    // taken, in any case
	TLS      *tls.Config // for STARTTLS
	Mail     mail.Limits // zero: [mail.DefaultLimits]
	Limits   SMTPLimits  // zero: [DefaultSMTPLimits]
	// Grace is how long Run waits for mails in flight before it cuts them off.
	// Zero: 30 seconds.
	Grace time.Duration
	Log   *slog.Logger
}

// SMTPLimits bound what one client, and all together, can take up (S28).
type SMTPLimits struct {
	Conns        int           // connections in all
	ConnsPerAddr int           // of one address
	ConnsPerNet  int           // of one /24 or /48
	Recipients   int           // of one mail
	Replies      int           // lines of replies from one mail stored to the next
	Idle         time.Duration // without a byte from the client
	Transaction  time.Duration // from one mail begun or stored to the next stored
	Tries        int           // wrong passwords on a connection
	TryDelay     time.Duration // before a wrong one is answered
	Accept       time.Duration // to store a mail
}

// DefaultSMTPLimits are the ones to use.
var DefaultSMTPLimits = SMTPLimits{
	Conns:        1024,
	ConnsPerAddr: 256,
	ConnsPerNet:  512,
	Recipients:   100,
	Replies:      1000,
	Idle:         5 * time.Minute,
	Transaction:  10 * time.Minute,
	Tries:        3,
	TryDelay:     time.Second,
	Accept:       30 * time.Second,
}

const defaultGrace = 30 * time.Second

// Run serves connections of l until ctx ends. Then it takes no more, says 421 to
// whoever is idle, waits for the mails in flight and returns nil. It closes l.
func (s *SMTP) Run(ctx context.Context, l net.Listener) error {
	limits, grace := s.limits(), s.Grace
	if grace == 0 {
		grace = defaultGrace
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	door := newListener(l, limits, s.Intake.Metrics, s.Log)
	server := s.server(work, limits)
	served := make(chan error, 1)
	go func() { served <- server.Serve(door) }()
	select {
	case err := <-served:
		door.cut()
		return fmt.Errorf("serve smtp: %w", err)
	case <-ctx.Done():
	}
	door.drain()
	drained := make(chan struct{})
	go func() { defer close(drained); server.Shutdown(context.Background()) }()
	select {
	case <-drained:
	case <-time.After(grace):
		stop()
		door.cut()
		<-drained
	}
	return nil
}

func (s *SMTP) limits() SMTPLimits {
	if s.Limits == (SMTPLimits{}) {
		return DefaultSMTPLimits
	}
	return s.Limits
}

func (s *SMTP) mailLimits() mail.Limits {
	if s.Mail == (mail.Limits{}) {
		return mail.DefaultLimits
	}
	return s.Mail
}

// server is the protocol. Reading has its deadlines in [conn], since the
// library's would be one for a whole DATA.
func (s *SMTP) server(work context.Context, limits SMTPLimits) *smtp.Server {
	ml := s.mailLimits()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return newSession(work, s, limits, c)
	}))
	server.Domain = s.Hostname
	server.TLSConfig = s.TLS
	server.MaxRecipients = limits.Recipients
	server.MaxMessageBytes = ml.Size + 1    // it refuses a mail of this very size
	server.MaxLineLength = ml.Line + 2 + 64 // a little more, so that mail.Parse gives the reason
	server.WriteTimeout = time.Minute
	server.EnableSMTPUTF8 = true
	server.ErrorLog = libraryLog{s.Log}
	return server
}

// ours reports whether mail for domain is taken.
func (s *SMTP) ours(domain string) bool {
	return slices.ContainsFunc(s.Domains, func(d string) bool { return strings.EqualFold(d, domain) })
}

// maySendAs reports whether the sender may write in the name of addr.
func maySendAs(s store.Sender, addr string) bool {
	return isOwn(s, addr) || slices.Contains(s.SendAs, "*") || slices.Contains(s.SendAs, strings.ToLower(addr))
}

func isOwn(s store.Sender, addr string) bool { return s.Email == strings.ToLower(addr) }
