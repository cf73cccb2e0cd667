package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"securetext/sms/phone"
	"securetext/store"
)

type orgSetCmd struct {
	Org       string    `arg:"" optional:"" help:"Id or name of the org; may be left out if there is only one."`
	Confirm   *string   `help:"Mails to senders: none, failure or always." placeholder:"WHEN"`
	Daily     *int      `help:"Messages taken in 24 hours; 0 is no limit." placeholder:"N"`
	Countries *[]string `help:"Where texts may go (ISO 3166: US,CA); \"any\" is anywhere." sep:"," placeholder:"CC"`
}

// Run changes what is given of the org's policy, and prints all of it.
func (c *orgSetCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		policy, err := c.policy(org.Policy)
		if err != nil {
			return err
		}
		if err := h.store.SetPolicy(ctx, org.ID, policy, operator(), p.now()); err != nil {
			return fmt.Errorf("set policy: %w", err)
		}
		return p.print(lineOfPolicy(policy))
	})
}

func (c *orgSetCmd) policy(now store.Policy) (store.Policy, error) {
	if c.Confirm != nil {
		now.Confirm = store.Confirm(*c.Confirm)
		if !slices.Contains([]store.Confirm{store.ConfirmNone, store.ConfirmFailure, store.ConfirmAlways}, now.Confirm) {
			return now, fmt.Errorf("--confirm=%s: not none, failure or always", *c.Confirm)
		}
	}
	if c.Daily != nil {
		now.Daily = *c.Daily
		if now.Daily < 0 {
			return now, fmt.Errorf("--daily=%d: not 0 or more", now.Daily)
		}
	}
	if c.Countries == nil {
		return now, nil
	}
	now.Countries = nil
	for _, country := range *c.Countries {
		if country = strings.ToUpper(country); country == "ANY" {
			continue
		}
		if !phone.KnownRegion(country) {
			return now, fmt.Errorf("--countries=%s: not a country code of two letters, like US", country)
		}
		now.Countries = append(now.Countries, country)
	}
	return now, nil
}

type policyLine struct {
	Confirm   store.Confirm `json:"confirm"`
	Daily     int           `json:"daily"`
	Countries []string      `json:"countries"`
}

func lineOfPolicy(p store.Policy) policyLine {
	line := policyLine{Confirm: p.Confirm, Daily: p.Daily, Countries: p.Countries}
	if line.Confirm == "" {
		line.Confirm = store.ConfirmNone
	}
	if len(line.Countries) == 0 {
		line.Countries = []string{"any"}
	}
	return line
}

type senderSuspendCmd struct {
	Sender string `arg:"" help:"The sender's email address or id."`
}

// Run keeps the sender from sending, by whatever way in.
func (c *senderSuspendCmd) Run(ctx context.Context, p *program) error {
	return suspend(ctx, p, c.Sender, true)
}

type senderResumeCmd struct {
	Sender string `arg:"" help:"The sender's email address or id."`
}

// Run lets the sender send again.
func (c *senderResumeCmd) Run(ctx context.Context, p *program) error {
	return suspend(ctx, p, c.Sender, false)
}

func suspend(ctx context.Context, p *program, name string, suspended bool) error {
	return p.use(ctx, func(h *house) error {
		s, err := h.sender(ctx, name)
		if err != nil {
			return err
		}
		return h.store.SuspendSender(ctx, s.Org, s.ID, suspended, operator(), p.now())
	})
}
