package gateway

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"securetext/gateway/dmarc"
	"securetext/gateway/mail"
	"securetext/store"
)

// SMTP takes mail in by one door: for <number>@<domain>, from senders that are
// known by the door's rule. There is no other way in, and nothing is ever sent
// on to anybody else (S26). All fields are set before Run; those that may be
// left zero say so. Safe for concurrent use.
type SMTP struct {
	Intake   *Intake
	Door     Door        // zero: [DoorSubmission]
	Hostname string      // in the greeting
	Domains  []string    // taken, in any case
	TLS      *tls.Config // not for [DoorLMTP]
	Mail     mail.Limits // zero: [mail.DefaultLimits]
	Limits   SMTPLimits  // zero: [DefaultSMTPLimits]
	// ProxyFrom are balancers, which must begin every connection with the PROXY
	// protocol, version 2. From anywhere else it is not understood. Empty: none.
	ProxyFrom []netip.Prefix
	// DMARC proves strangers at [DoorRelay]. Nil: there are smarthosts only.
	DMARC *dmarc.Check
	// DefaultRegion is whose national numbers are read until a mail's org is
	// known, ISO 3166 alpha-2. Empty: US.
	DefaultRegion string
	// RegisterURL is where unknown senders are sent. Empty: nowhere.
	RegisterURL string
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
	door := newListener(l, s)
	server := s.server(work, limits)
	served := make(chan error, 1)
	go func() { served <- server.Serve(s.entrance(door)) }()
	select {
	case err := <-served:
		door.cut()
		return fmt.Errorf("serve smtp: %w", err)
	case <-ctx.Done():
	}
	l.Close() // before anybody is told, so that nobody comes back to it
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
	server.LMTP = s.Door == DoorLMTP
	server.TLSConfig = s.tlsConfig()
	server.MaxRecipients = limits.Recipients
	server.MaxMessageBytes = ml.Size + 1    // it refuses a mail of this very size
	server.MaxLineLength = ml.Line + 2 + 64 // a little more, so that mail.Parse gives the reason
	server.WriteTimeout = time.Minute
	server.EnableSMTPUTF8 = true
	server.EnableDSN = true
	server.ErrorLog = libraryLog{s.Log}
	return server
}

// tlsConfig is the door's. At the relay a client may show a certificate, which
// nobody need have signed: see [certOf].
func (s *SMTP) tlsConfig() *tls.Config {
	switch s.Door {
	case DoorLMTP:
		return nil
	case DoorRelay:
		asking := s.TLS.Clone()
		asking.ClientAuth = tls.RequestClientCert
		return asking
	}
	return s.TLS
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
