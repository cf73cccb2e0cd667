package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"securetext/store"
)

type smarthostAddCmd struct {
	Org     string   `help:"Id or name of the org; may be left out if there is only one."`
	Label   string   `arg:"" help:"What it is: \"the clinic's Postfix\"."`
	Domain  []string `required:"" help:"What its senders' addresses end in: riverside.example."`
	Network []string `help:"Where it connects from: 203.0.113.0/24."`
	Cert    []string `help:"SHA-256 of its client certificate, 64 hexadecimal digits (openssl x509 -noout -fingerprint -sha256)." placeholder:"HEX"`
}

// Run adds the smarthost and prints its line.
func (c *smarthostAddCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		s, err := c.smarthost()
		if err != nil {
			return err
		}
		s.ID, s.Org = store.NewKeyID(p.now()), org.ID
		if err := h.store.AddSmarthost(ctx, s, operator(), p.now()); err != nil {
			return fmt.Errorf("add smarthost: %w", err)
		}
		return p.print(lineOfSmarthost(s))
	})
}

func (c *smarthostAddCmd) smarthost() (store.Smarthost, error) {
	s := store.Smarthost{Label: c.Label}
	if len(c.Network)+len(c.Cert) == 0 {
		return s, errors.New("say how it is known: --network, --cert or both")
	}
	for _, n := range c.Network {
		network, err := netip.ParsePrefix(n)
		if err != nil || network != network.Masked() {
			return s, fmt.Errorf("--network=%s: not a network like 203.0.113.0/24", n)
		}
		s.Networks = append(s.Networks, network)
	}
	for _, cert := range c.Cert {
		digits := strings.ToLower(strings.ReplaceAll(cert, ":", ""))
		if raw, err := hex.DecodeString(digits); err != nil || len(raw) != 32 {
			return s, errors.New("--cert: not the 64 hexadecimal digits of a SHA-256 fingerprint")
		}
		s.Certs = append(s.Certs, digits)
	}
	for _, d := range c.Domain {
		d = strings.ToLower(strings.Trim(d, "@."))
		if !strings.Contains(d, ".") || strings.ContainsAny(d, " /@") {
			return s, fmt.Errorf("--domain=%s: not a domain like riverside.example", d)
		}
		s.Domains = append(s.Domains, d)
	}
	return s, nil
}

type smarthostListCmd struct{}

// Run prints a line a smarthost, of all orgs.
func (smarthostListCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		found, err := h.store.Smarthosts(ctx)
		if err != nil {
			return fmt.Errorf("list smarthosts: %w", err)
		}
		for _, s := range found {
			if err := p.print(lineOfSmarthost(s)); err != nil {
				return err
			}
		}
		return nil
	})
}

type smarthostRemoveCmd struct {
	Org string      `help:"Id or name of the org; may be left out if there is only one."`
	ID  store.KeyID `arg:"" help:"Its id, as printed when it was added."`
}

// Run takes the smarthost away.
func (c *smarthostRemoveCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		if err := h.store.RemoveSmarthost(ctx, org.ID, c.ID, operator(), p.now()); err != nil {
			return fmt.Errorf("remove smarthost %s: %w", c.ID, err)
		}
		return nil
	})
}

type smarthostLine struct {
	ID       store.KeyID    `json:"id"`
	Org      store.OrgID    `json:"org"`
	Label    string         `json:"label"`
	Networks []netip.Prefix `json:"networks,omitempty"`
	Certs    []string       `json:"certs,omitempty"`
	Domains  []string       `json:"domains"`
}

func lineOfSmarthost(s store.Smarthost) smarthostLine {
	return smarthostLine{s.ID, s.Org, s.Label, s.Networks, s.Certs, s.Domains}
}
