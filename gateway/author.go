package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"securetext/gateway/dmarc"
	"securetext/gateway/mail"
	"securetext/store"
)

// author is whose mail it is: by submission the one who signed in, and otherwise
// the registered sender that the From field names, once it is proved (S26).
func (s *session) author(ctx context.Context, who identity, e envelope, c *mail.Content, raw []byte) (identity, error) {
	if c.FromAmbiguous || c.SenderAmbiguous {
		return identity{}, errAmbiguous
	}
	if !s.Door.signsIn() {
		var err error
		if who, err = s.provedAuthor(ctx, e, c, raw); err != nil {
			return identity{}, err
		}
	}
	for _, a := range []mail.Address{c.From, c.Sender} {
		if a.Addr != "" && !maySendAs(who.sender, a.Addr) {
			return identity{}, errNotYours
		}
	}
	return who, nil
}

// provedAuthor finds the registered sender that a mail from another mail system
// names. Whether somebody is registered is told to nobody before the mail is
// proved to be theirs.
func (s *session) provedAuthor(ctx context.Context, e envelope, c *mail.Content, raw []byte) (identity, error) {
	_, domain, ok := strings.Cut(c.From.Addr, "@")
	if !ok {
		return identity{}, errNoAuthor
	}
	host, known := hostFor(e.hosts, domain)
	if s.Door == DoorRelay && !known {
		if err := s.proveDomain(ctx, e, domain, raw); err != nil {
			return identity{}, err
		}
	}
	sender, err := s.Intake.Verdicts.SenderByEmail(ctx, strings.ToLower(c.From.Addr))
	if errors.Is(err, store.ErrNotFound) || known && err == nil && sender.Org != host.Org {
		return identity{}, s.unregistered()
	}
	if err != nil {
		return identity{}, fmt.Errorf("find sender: %w", err)
	}
	org, err := s.Intake.Org(ctx, sender.Org)
	if err != nil {
		return identity{}, fmt.Errorf("find org: %w", err)
	}
	return identity{sender: sender, org: org}, nil
}

// unregistered tells an unknown sender where to go.
func (s *session) unregistered() error {
	if s.RegisterURL == "" {
		return errUnregistered
	}
	return fmt.Errorf("%w: see %s", errUnregistered, s.RegisterURL)
}

// proveDomain asks DNS whether a stranger's mail comes from its From domain.
func (s *session) proveDomain(ctx context.Context, e envelope, domain string, raw []byte) error {
	if s.DMARC == nil {
		return errUnproved
	}
	result, err := s.DMARC.Evaluate(ctx, dmarc.Input{
		Client: s.client.addr, HELO: s.helo, MailFrom: e.from, From: domain, Raw: raw, At: s.Intake.Now(),
	})
	if err != nil {
		return fmt.Errorf("prove author: %w", err)
	}
	logProved(s.Log, result)
	switch result.Verdict {
	case dmarc.Pass:
		return nil
	case dmarc.TempError:
		return errNoDNS
	}
	return errUnproved
}
