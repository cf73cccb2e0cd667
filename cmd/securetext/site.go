package main

import (
	"context"
	"errors"
	"io"

	"securetext/gateway/virus"
	"securetext/pickup"
)

// buildSite makes the patients' site. What they send is looked at by the scanner,
// if there is one.
func (s *service) buildSite(scanner virus.Scanner) (*pickup.Site, error) {
	c := pickup.Config{
		Store: s.store, Sessions: s.sessions, Keys: s.keys, Index: s.index, Passwords: s.hasher, PublicURL: s.cfg.PublicURL, Nudge: s.nudge,
		TrustedProxies: s.cfg.TrustedProxies, Log: s.log, Metrics: s.metrics, Now: s.now,
	}
	if scanner != nil {
		c.Scanner = cleaner{scanner}
	}
	return pickup.New(c)
}

// cleaner is the virus scanner as the patient's site asks it: what is too large to
// be looked at is not taken.
type cleaner struct{ virus.Scanner }

func (c cleaner) Clean(ctx context.Context, r io.Reader) (bool, error) {
	found, err := c.Scan(ctx, r)
	if errors.Is(err, virus.ErrTooLarge) {
		return false, nil
	}
	return err == nil && !found.Infected, err
}
