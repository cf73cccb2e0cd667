package notice

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const user, password = "notices", "open-sesame-42"

// peer is a smarthost at the other end of a real connection. It fails on demand.
type peer struct {
	addr  string
	trust *tls.Config // what its certificate is checked against

	certificates []tls.Certificate

	mu         sync.Mutex
	taken      []taken
	fail       func(stage string) error // auth, mail, rcpt, data: refused; lost: taken, and not said so
	mechanisms []string
	sessions   int
}

type taken struct {
	from, to string
	tls      bool
	text     []byte
}

var errHangUp = errors.New("hang up")

// newPeer starts a smarthost that asks for a password, under STARTTLS unless the
// server is changed.
func newPeer(t testing.TB, change ...func(*smtp.Server)) *peer {
	t.Helper()
	p := &peer{mechanisms: []string{"PLAIN"}}
	certified := httptest.NewTLSServer(nil)
	certified.Close()
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	p.trust, p.certificates = &tls.Config{RootCAs: roots}, certified.TLS.Certificates
	s := smtp.NewServer(p)
	s.Domain, s.AllowInsecureAuth = "mx.example", true
	s.ErrorLog = log.New(io.Discard, "", 0)
	s.TLSConfig = &tls.Config{Certificates: p.certificates}
	for _, f := range change {
		f(s)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = listener.Addr().String()
	go s.Serve(listener)
	t.Cleanup(func() { s.Close() })
	return p
}

// on makes the peer fail at a stage, so many times; -1 is always.
func (p *peer) on(stage string, times int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = func(at string) error {
		if at != stage || times == 0 {
			return nil
		}
		times--
		return err
	}
}

func (p *peer) mend() { p.on("", 0, nil) }

func (p *peer) at(stage string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail == nil {
		return nil
	}
	return p.fail(stage)
}

func (p *peer) mails() []taken {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]taken(nil), p.taken...)
}

func (p *peer) connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sessions
}

// NewSession implements [smtp.Backend].
func (p *peer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, secure := c.TLSConnectionState(); !secure { // STARTTLS begins another session
		p.sessions++
	}
	return &visit{peer: p, conn: c}, nil
}

// visit is one connection.
type visit struct {
	peer   *peer
	conn   *smtp.Conn
	signed bool
	mail   taken
}

// answer is what the script says; a hang-up closes the connection.
func (v *visit) answer(stage string) error {
	err := v.peer.at(stage)
	if errors.Is(err, errHangUp) {
		v.conn.Conn().Close()
	}
	return err
}

func (v *visit) AuthMechanisms() []string { return v.peer.mechanisms }

func (v *visit) Auth(mechanism string) (sasl.Server, error) {
	check := func(u, p string) error {
		if err := v.answer("auth"); err != nil {
			return err
		}
		if u != user || p != password {
			return smtp.ErrAuthFailed
		}
		v.signed = true
		return nil
	}
	if mechanism == "LOGIN" {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, u, p string) error { return check(u, p) }), nil
}

func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	if !v.signed {
		return smtp.ErrAuthRequired
	}
	_, secure := v.conn.TLSConnectionState()
	v.mail = taken{from: from, tls: secure}
	return v.answer("mail")
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.mail.to = to
	return v.answer("rcpt")
}

func (v *visit) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := v.answer("data"); err != nil {
		return err
	}
	v.mail.text = bytes.Clone(text)
	v.peer.mu.Lock()
	v.peer.taken = append(v.peer.taken, v.mail)
	v.peer.mu.Unlock()
	return v.answer("lost")
}

func (*visit) Reset()        {}
func (*visit) Logout() error { return nil }

// loginServer is the other end of LOGIN.
type loginServer struct {
	step  int
	user  string
	check func(user, password string) error
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}
