package notice

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/smtp"
	"net/textproto"
	"regexp"
	"time"
)

// SmarthostConfig is where mails are handed in, and as whom.
type SmarthostConfig struct {
	Addr     string // host:port. Port 465 is TLS from the start, any other STARTTLS
	Hostname string // of this service, for EHLO
	User     string // empty: nobody signs in
	Password string
	// NoTLS is for a mail server on this machine: with any other it is an error.
	NoTLS bool
	// TLS is for tests and private authorities; nil: the system's.
	TLS *tls.Config
}

// Smarthost is a [Sender] that hands mails to one mail server (RFC 6409), one
// connection a mail.
type Smarthost struct {
	addr, host, hostname string
	implicit, plain      bool
	tls                  *tls.Config
	auth                 smtp.Auth // nil: nobody signs in
}

// implicitPort is where TLS begins at once (RFC 8314).
const implicitPort = "465"

// NewSmarthost makes a Smarthost. It does not connect yet.
func NewSmarthost(c SmarthostConfig) (*Smarthost, error) {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return nil, errors.New("smarthost: the address is not host:port")
	}
	if !isHostname(c.Hostname) {
		return nil, errors.New("smarthost: Hostname is not a host's name")
	}
	if c.NoTLS && !isLoopback(host) {
		return nil, errors.New("smarthost: without TLS it must be on this machine")
	}
	s := &Smarthost{addr: c.Addr, host: host, hostname: c.Hostname, implicit: port == implicitPort, plain: c.NoTLS}
	s.tls = &tls.Config{}
	if c.TLS != nil {
		s.tls = c.TLS.Clone()
	}
	s.tls.ServerName = host
	s.tls.MinVersion = max(s.tls.MinVersion, tls.VersionTLS12)
	if c.User != "" {
		s.auth = &signIn{user: c.User, password: c.Password}
	}
	return s, nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Format implements [fmt.Formatter]: the password never prints.
func (s *Smarthost) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "smarthost %s", s.addr) }

// Send implements [Sender]. What the smarthost answers before it knows the
// addressee is about us, not about the mail, and so is a 421 or a 530.
func (s *Smarthost) Send(ctx context.Context, to string, mail []byte) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return &Error{"smtp_unreached", ErrHeld}
	}
	defer conn.Close()
	// net/smtp knows no context: its end is the connection's.
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	c, err := s.begin(conn)
	if err != nil {
		return held(err)
	}
	if err := nullSender(c); err != nil {
		return held(err)
	}
	if err := c.Rcpt(to); err != nil {
		return verdict(err, errTemporary)
	}
	if err := data(c, mail); err != nil {
		return err
	}
	c.Quit() // the mail is theirs, whatever the answer
	return nil
}

var errNoTLS = &Error{"smtp_no_tls", ErrHeld}

// begin greets, goes over to TLS and signs in.
func (s *Smarthost) begin(conn net.Conn) (*smtp.Client, error) {
	if s.implicit && !s.plain {
		conn = tls.Client(conn, s.tls)
	}
	c, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return nil, err
	}
	if err := c.Hello(s.hostname); err != nil {
		return nil, err
	}
	if !s.implicit && !s.plain {
		if offered, _ := c.Extension("STARTTLS"); !offered {
			return nil, errNoTLS
		}
		if err := c.StartTLS(s.tls); err != nil {
			return nil, err
		}
	}
	if s.auth == nil {
		return c, nil
	}
	return c, c.Auth(s.auth)
}

// nullSender begins a mail that nobody may answer. The library's own method
// would ask for SMTPUTF8, which not every next hop has and no mail here needs.
func nullSender(c *smtp.Client) error {
	id, err := c.Text.Cmd("MAIL FROM:<>")
	if err != nil {
		return err
	}
	c.Text.StartResponse(id)
	defer c.Text.EndResponse(id)
	_, _, err = c.Text.ReadResponse(250)
	return err
}

// data sends the mail itself. From the final dot on, no answer means that it may
// have been taken.
func data(c *smtp.Client, mail []byte) error {
	w, err := c.Data()
	if err != nil {
		return verdict(err, errTemporary)
	}
	if _, err := w.Write(mail); err != nil {
		return verdict(err, errTemporary)
	}
	if err := w.Close(); err != nil {
		return verdict(err, errUnsure)
	}
	return nil
}

// verdict is what an answer to RCPT or DATA means; unanswered is what none does.
func verdict(err, unanswered error) error {
	reply, ok := errors.AsType[*textproto.Error](err)
	switch {
	case !ok:
		return &Error{"smtp_broken_off", unanswered}
	case reply.Code == 421 || reply.Code == 530:
		return &Error{code(reply), ErrHeld}
	case reply.Code >= 500:
		return &Error{code(reply), ErrPermanent}
	}
	return &Error{code(reply), errTemporary}
}

// held is what an error means before the addressee was named.
func held(err error) error {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return &Error{code(reply), ErrHeld}
	}
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	if cert, ok := errors.AsType[*tls.CertificateVerificationError](err); ok && cert != nil {
		return &Error{"smtp_certificate", ErrHeld}
	}
	return &Error{"smtp_broken_off", ErrHeld}
}

var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// code is a reply without its words, which may quote an address.
func code(reply *textproto.Error) string {
	short := fmt.Sprintf("smtp_%d", reply.Code)
	if e := enhanced.FindString(reply.Msg); e != "" {
		return short + "_" + e
	}
	return short
}
