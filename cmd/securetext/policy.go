package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"securetext/configs"
	"securetext/sms/clock"
	"securetext/store"
)

type orgSetCmd struct {
	Org         string  `arg:"" optional:"" help:"Id or name of the org; may be left out if there is only one."`
	Confirm     *string `help:"Mails to senders: none, failure or always." placeholder:"WHEN"`
	Daily       *string `help:"Messages taken in 24 hours; 0 is no limit." placeholder:"N"`
	Countries   *string `help:"Where texts may go (ISO 3166: US,CA); \"any\" is anywhere." placeholder:"CC"`
	Remind      *string `help:"When patients are reminded of what is unread: 24h,72h after the first text; or none." placeholder:"TIMES"`
	Quiet       *string `help:"When no texts go out but urgent ones, by the patient's clock: 21:00-08:00, or none." placeholder:"HOURS"`
	TimeZone    *string `help:"Of patients whose number tells none: America/Chicago." placeholder:"ZONE"`
	Hook        *string `help:"URL that is posted to when a message is overdue (https://…), or none." placeholder:"URL"`
	Texts       *string `help:"How texts go, in the order in which it is tried: twilio:+15551230000@1,kannel. \"default\" is as TEXTS says." placeholder:"ROADS"`
	StepUp      *string `help:"When a browser proves by a texted code that it holds the phone, besides the password: new_device, always or never." placeholder:"WHEN"`
	Reply       *string `help:"Whether patients may write back, unless a message says otherwise: yes or no." placeholder:"YES|NO"`
	CodeFirst   bool    `xor:"code-first" help:"From now on the first password takes a texted code, however fresh the link is."`
	NoCodeFirst bool    `xor:"code-first" help:"From now on a link of the last 24 hours is enough for it."`
	Passcode    *string `help:"Whether a message needs a passcode: required (but to patients who gave one before) or optional." placeholder:"WHETHER"`
	Hint        *string `name:"passcode-hint" help:"Which passcode patients are asked for, unless the message says: \"the last four digits of your chart number\"; or none. They see it before anything else." placeholder:"TEXT"`
	Keep        *string `help:"How long events and what else is on record are kept: 7y or 2600d; six years at least." placeholder:"TIME"`
	Test        bool    `xor:"test" help:"From now on nothing of the org reaches a carrier."`
	NoTest      bool    `xor:"test" help:"From now on its texts go out."`
}

// Run changes what is given of the org's policy, and prints all of it.
func (c *orgSetCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		policy, err := c.policy(h.cfg, org.Policy)
		if err != nil {
			return err
		}
		if err := h.store.SetPolicy(ctx, org.ID, policy, operator(), p.now()); err != nil {
			return fmt.Errorf("set policy: %w", err)
		}
		return p.print(lineOfPolicy(policy))
	})
}

func (c *orgSetCmd) policy(cfg *configs.Config, now store.Policy) (store.Policy, error) {
	for _, f := range []struct {
		flag  string
		given *string
		set   func(*store.Policy, string) error
	}{
		{"confirm", c.Confirm, setConfirm},
		{"daily", c.Daily, setDaily},
		{"countries", c.Countries, setCountries},
		{"remind", c.Remind, setRemind},
		{"quiet", c.Quiet, setQuiet},
		{"time-zone", c.TimeZone, setTimeZone},
		{"hook", c.Hook, func(p *store.Policy, s string) error { return setHook(p, s, cfg.Mode == configs.Embedded) }},
		{"texts", c.Texts, setTexts},
		{"step-up", c.StepUp, setStepUp},
		{"reply", c.Reply, setReply},
		{"passcode", c.Passcode, setPasscode},
		{"passcode-hint", c.Hint, setHint},
		{"keep", c.Keep, setKeep},
	} {
		if f.given == nil {
			continue
		}
		if err := f.set(&now, *f.given); err != nil {
			return now, fmt.Errorf("--%s: %w", f.flag, err)
		}
	}
	now.CodeFirst = c.CodeFirst || now.CodeFirst && !c.NoCodeFirst
	now.Test = c.Test || now.Test && !c.NoTest
	return now, nil
}

type policyLine struct {
	Confirm   store.Confirm `json:"confirm"`
	Daily     int           `json:"daily"`
	Countries []string      `json:"countries"`
	Remind    string        `json:"remind"`
	Quiet     string        `json:"quiet"`
	TimeZone  string        `json:"time_zone"`
	Hook      string        `json:"hook"`
	Texts     string        `json:"texts"`
	StepUp    store.StepUp  `json:"step_up"`
	CodeFirst bool          `json:"code_first"`
	Reply     bool          `json:"reply"`
	Passcode  string        `json:"passcode"`
	Hint      string        `json:"passcode_hint"`
	Test      bool          `json:"test"`
	Templates int           `json:"templates"`
	KeepDays  int           `json:"keep_days"`
}

func lineOfPolicy(p store.Policy) policyLine {
	line := policyLine{
		Confirm: cmp.Or(p.Confirm, store.ConfirmNone), Daily: p.Daily, Countries: p.Countries,
		Remind: none, Quiet: none, TimeZone: cmp.Or(p.TimeZone, "UTC"), Hook: cmp.Or(p.Hook, none), Texts: cmp.Or(p.Roads, usual),
		StepUp: cmp.Or(p.StepUp, store.StepUpNever), CodeFirst: p.CodeFirst, Reply: p.Reply, Passcode: optional, Hint: cmp.Or(p.Hint, none), Test: p.Test, Templates: len(p.Templates),
		KeepDays: int(p.Kept() / keptDay),
	}
	if p.Passcode {
		line.Passcode = required
	}
	if len(line.Countries) == 0 {
		line.Countries = []string{"any"}
	}
	if len(p.Remind) > 0 {
		var times []string
		for _, after := range p.Remind {
			times = append(times, configs.FormatDuration(after))
		}
		line.Remind = strings.Join(times, ",")
	}
	if p.Quiet.From != p.Quiet.To {
		line.Quiet = clock.Window(p.Quiet).String()
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
