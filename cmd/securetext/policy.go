package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"securetext/configs"
	"securetext/store"
	"securetext/store/setting"
)

type orgSetCmd struct {
	Org         string  `arg:"" optional:"" help:"Id or name of the org; may be left out if there is only one."`
	Name        *string `help:"As patients read it." placeholder:"NAME"`
	SMSName     *string `name:"sms-name" help:"As it stands in texts." placeholder:"NAME"`
	Phone       *string `help:"Whom a patient calls, as it is to be shown." placeholder:"NUMBER"`
	Lang        *string `help:"Language of texts and pages unless the message says: en, es, fr, tl, vi, zh." placeholder:"LANG"`
	Life        *string `help:"How long a message can be read unless it says: 1h to 90d." placeholder:"TIME"`
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
	Ack         *string `help:"Which answer patients are asked for by a button, unless a message says: yes (that it was read), choices or no." placeholder:"WHICH"`
	CodeFirst   bool    `xor:"code-first" help:"From now on the first password takes a texted code, however fresh the link is."`
	NoCodeFirst bool    `xor:"code-first" help:"From now on a link of the last 24 hours is enough for it."`
	Passcode    *string `help:"Whether a message needs a passcode: required (but to patients who gave one before) or optional." placeholder:"WHETHER"`
	Hint        *string `name:"passcode-hint" help:"Which passcode patients are asked for, unless the message says: \"the last four digits of your chart number\"; or none. They see it before anything else." placeholder:"TEXT"`
	Keep        *string `help:"How long events and what else is on record are kept: 7y or 2600d; six years at least." placeholder:"TIME"`
	Test        bool    `xor:"test" help:"From now on nothing of the org reaches a carrier."`
	NoTest      bool    `xor:"test" help:"From now on its texts go out."`
}

// Run changes what is given of the org's settings, and prints its policy.
func (c *orgSetCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		if err := c.change(h.cfg, &org); err != nil {
			return err
		}
		if err := h.setOrg(ctx, p, org); err != nil {
			return err
		}
		return p.print(lineOfPolicy(org.Policy))
	})
}

// setOrg stores an org's settings, unless somebody else changed them since it was
// looked up.
func (h *house) setOrg(ctx context.Context, p *program, o store.Org) error {
	err := h.store.SetOrg(ctx, store.OrgChange{Org: o, By: operator(), At: p.now()})
	if errors.Is(err, store.ErrConflict) {
		return errors.New("somebody else changed the settings at the same moment: look at them, and try again")
	}
	if err != nil {
		return fmt.Errorf("set org: %w", err)
	}
	return nil
}

// given is what a flag says of a setting; nil: the flag was not given.
type given struct {
	name  string
	value *string
}

// setGiven reads what is given into an org.
func setGiven(o *store.Org, all ...given) error {
	for _, g := range all {
		if g.value == nil {
			continue
		}
		s, ok := setting.Named(g.name)
		if !ok || s.Set == nil {
			return fmt.Errorf("there is no setting %s", g.name)
		}
		if err := s.Set(o, *g.value); err != nil {
			return fmt.Errorf("--%s: %w", strings.ReplaceAll(g.name, "_", "-"), err)
		}
	}
	return nil
}

func (c *orgSetCmd) change(cfg *configs.Config, o *store.Org) error {
	err := setGiven(o,
		given{"name", c.Name}, given{"sms_name", c.SMSName}, given{"phone", c.Phone}, given{"lang", c.Lang}, given{"life", c.Life},
		given{"confirm", c.Confirm}, given{"daily", c.Daily}, given{"countries", c.Countries}, given{"remind", c.Remind},
		given{"quiet", c.Quiet}, given{"time_zone", c.TimeZone}, given{"step_up", c.StepUp}, given{"reply", c.Reply}, given{"ack", c.Ack}, given{"keep", c.Keep},
		given{"passcode", c.Passcode}, given{"passcode_hint", c.Hint},
		given{"code_first", whether(c.CodeFirst, c.NoCodeFirst)}, given{"test", whether(c.Test, c.NoTest)})
	if err == nil && c.Hook != nil {
		err = setHook(&o.Policy, *c.Hook, cfg.Mode == configs.Embedded)
	}
	if err == nil && c.Texts != nil {
		err = setTexts(&o.Policy, *c.Texts)
	}
	return err
}

// whether is what two flags say, of which one says no.
func whether(yes, no bool) *string {
	switch {
	case yes:
		return words(setting.Yes)
	case no:
		return words(setting.No)
	}
	return nil
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
	Ack       string        `json:"ack"`
	Passcode  string        `json:"passcode"`
	Hint      string        `json:"passcode_hint"`
	Test      bool          `json:"test"`
	Templates int           `json:"templates"`
	KeepDays  int           `json:"keep_days"`
}

func lineOfPolicy(p store.Policy) policyLine {
	says := func(name string) string {
		s, _ := setting.Named(name)
		return s.Get(store.Org{Policy: p})
	}
	return policyLine{
		Confirm: store.Confirm(says("confirm")), Daily: p.Daily, Countries: strings.Split(says("countries"), ","),
		Remind: says("remind"), Quiet: says("quiet"), TimeZone: says("time_zone"), Hook: cmp.Or(p.Hook, setting.None), Texts: says("texts"),
		StepUp: store.StepUp(says("step_up")), CodeFirst: p.CodeFirst, Reply: p.Reply, Ack: says("ack"), Passcode: says("passcode"),
		Hint: says("passcode_hint"), Test: p.Test, Templates: len(p.Templates), KeepDays: int(p.Kept() / (24 * time.Hour)),
	}
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
