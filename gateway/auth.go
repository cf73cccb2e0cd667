package gateway

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"securetext/gateway/limit"
	"securetext/store"
)

// AuthMechanisms implements [smtp.AuthSession].
func (s *session) AuthMechanisms() []string {
	if !s.Door.signsIn() {
		return nil
	}
	return []string{sasl.Plain, sasl.Login}
}

// Auth implements [smtp.AuthSession]. The library has seen to it that TLS is on
// and that nobody has signed in yet.
func (s *session) Auth(mechanism string) (sasl.Server, error) {
	switch _, envelope := s.current(); {
	case !s.Door.signsIn():
		return nil, smtp.ErrAuthUnsupported
	case envelope.begun:
		return nil, s.reply(errNested)
	case s.conn.failures() >= s.limits.Tries:
		return nil, s.reply(errTooManyTries)
	}
	switch mechanism {
	case sasl.Plain:
		return &plainServer{s.signIn}, nil
	case sasl.Login:
		return &loginServer{check: s.signIn}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// plainServer is the server's side of PLAIN (RFC 4616): nothing, name and
// password with zero bytes between. To act for another is not to be had.
type plainServer struct {
	check func(name, password string) error
}

// Next implements [sasl.Server].
func (p *plainServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil {
		return nil, false, nil
	}
	f := bytes.Split(response, []byte{0})
	if len(f) != 3 || len(f[0]) > 0 && !bytes.EqualFold(f[0], f[1]) {
		return nil, true, p.check("", "") // which is a wrong password
	}
	return nil, true, p.check(string(f[1]), string(f[2]))
}

// loginServer is the server's side of LOGIN, which no RFC describes but which
// Outlook speaks: the name, then the password, each asked for.
type loginServer struct {
	check func(name, password string) error
	asked int
	name  string
}

// Next implements [sasl.Server].
func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil && l.asked == 0 {
		l.asked = 1
		return []byte("Username:"), false, nil
	}
	if l.asked < 2 {
		l.asked, l.name = 2, string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.name, string(response))
}

// signIn checks a name and a password and remembers who it is. A wrong one is
// answered late, and the last one allowed ends the connection (S28). A right one
// is taken however many were wrong: they are too long to be guessed, and who
// tries must not keep an account, or all behind one address, from sending.
func (s *session) signIn(name, password string) error {
	ctx, cancel := context.WithTimeout(s.work, s.limits.Accept)
	defer cancel()
	email := strings.ToLower(strings.TrimSpace(name))
	who, err := s.identify(ctx, email, HashAppPassword(password))
	if errors.Is(err, errBadPassword) {
		return s.reply(s.failSignIn(ctx, email))
	}
	if err != nil {
		return s.reply(err)
	}
	s.remember(who)
	logSignIn(s.Log, who.sender.ID, s.conn.failures())
	return nil
}

type bucket struct {
	key  string
	rule limit.Rule
}

// buckets are what wrong passwords are counted in.
func (s *session) buckets(email string) []bucket {
	_, network := prefixes(s.client.addr)
	addr := s.client.addr.String()
	if s.client.addr.Is6() {
		addr = network.String() // of which one party has all
	}
	return []bucket{{"account:" + email, s.Intake.Rates.Account}, {"guess:" + addr, s.Intake.Rates.Addr}}
}

// identify finds the sender of a name and a password.
func (s *session) identify(ctx context.Context, email string, secret store.SecretHash) (identity, error) {
	sender, err := s.Intake.Directory.AppPassword(ctx, email, secret)
	if errors.Is(err, store.ErrNotFound) {
		return identity{}, errBadPassword
	}
	if err != nil {
		return identity{}, fmt.Errorf("find sender: %w", err)
	}
	org, err := s.Intake.Org(ctx, sender.Org)
	if err != nil {
		return identity{}, fmt.Errorf("find org: %w", err)
	}
	return identity{sender: sender, org: org, secret: secret, checked: s.Intake.Now()}, nil
}

func (s *session) failSignIn(ctx context.Context, email string) error {
	n := s.conn.failed()
	logSignInFailed(s.Log, s.client.addr.String(), n)
	for _, b := range s.buckets(email) {
		verdict, err := s.Intake.count(ctx, b.key, 1, b.rule, errGuessing)
		if verdict != nil || err != nil {
			s.conn.end()
			return cmp.Or(verdict, err)
		}
	}
	late := time.After(s.limits.TryDelay)
	by := store.Actor{Kind: store.ByVisitor, Addr: s.client.addr}
	if err := s.Intake.Verdicts.CredentialRefused(ctx, email, "", by, s.Intake.Now()); err != nil {
		logNotRecorded(s.Log, err)
	}
	select {
	case <-late: // which hides how long it took to record it
	case <-s.work.Done():
	}
	if n >= s.limits.Tries {
		s.conn.end()
		return errTooManyTries
	}
	return errBadPassword
}
