package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"securetext/configs"
	"securetext/sms/clock"
	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/setting"
)

type orgAddCmd struct {
	Name     string `arg:"" help:"As patients read it: \"Riverside Clinic\"."`
	SMSName  string `name:"sms-name" help:"As it stands in texts; by default the name itself." placeholder:"NAME"`
	Phone    string `required:"" help:"Whom a patient calls, as it is to be shown."`
	Region   string `default:"US" help:"Country (ISO 3166) of numbers written without a country code."`
	Lang     string `default:"en" help:"Language of texts and pages unless the message says: en, es, fr, tl, vi, zh." placeholder:"LANG"`
	TimeZone string `help:"Of patients whose number tells none: America/Chicago. By default that of --phone." placeholder:"ZONE"`
	Life     string `help:"How long a message can be read unless it says: 1h to 90d. By default MESSAGE_LIFE." placeholder:"TIME"`
}

// Run adds the org and prints its line.
func (c *orgAddCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := c.org(h.cfg, p.now())
		if err != nil {
			return err
		}
		key, err := h.keys.NewOrgKey(ctx, string(org.ID), 1)
		if err != nil {
			return fmt.Errorf("make org key: %w", err)
		}
		if err := h.store.AddOrg(ctx, org, key, operator(), org.Created); err != nil {
			return fmt.Errorf("add org: %w", err)
		}
		return p.print(lineOfOrg(org))
	})
}

func (c *orgAddCmd) org(cfg *configs.Config, now time.Time) (store.Org, error) {
	o := store.Org{
		ID: store.NewOrgID(now), Life: cfg.MessageLife, Created: now,
		Policy: store.Policy{Remind: store.DefaultRemind, StepUp: store.StepUpNewDevice},
	}
	err := setGiven(&o, given{"name", &c.Name}, given{"sms_name", cmp.Or(words(c.SMSName), &c.Name)}, given{"phone", &c.Phone},
		given{"region", &c.Region}, given{"lang", &c.Lang}, given{"life", words(c.Life)})
	if err != nil {
		return store.Org{}, err
	}
	if o.Policy.TimeZone, err = c.timeZone(o.Region); err != nil {
		return store.Org{}, fmt.Errorf("--time-zone: %w", err)
	}
	return o, nil
}

// words are those of a flag, or nil if it was not given.
func words(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// timeZone is the one given, or else that of the org's own number. There is none
// to fall back on: in any other it would be night for patients, unknown to all.
func (c *orgAddCmd) timeZone(region string) (string, error) {
	if c.TimeZone != "" {
		_, err := clock.ParseZone(c.TimeZone)
		return c.TimeZone, err
	}
	if n, err := phone.Parse(c.Phone, region); err == nil {
		if zones := clock.Zones(n.E164()); len(zones) > 0 {
			return zones[0].String(), nil
		}
	}
	return "", errors.New("say where the org is, as in --time-zone=America/Chicago: its phone number does not tell")
}

type orgHookCmd struct {
	Org string `arg:"" optional:"" help:"Id or name of the org; may be left out if there is only one."`
}

// Run prints where the org's webhook goes, and the secret that it is signed with.
func (c *orgHookCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		return p.print(struct {
			Org    store.OrgID `json:"org"`
			Hook   string      `json:"hook"`
			Secret string      `json:"secret"`
		}{org.ID, cmp.Or(org.Policy.Hook, setting.None), h.hookSecrets(org.ID)[0]})
	})
}

type orgListCmd struct{}

// Run prints a line an org.
func (orgListCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		orgs, err := h.store.Orgs(ctx)
		if err != nil {
			return fmt.Errorf("list orgs: %w", err)
		}
		for _, o := range orgs {
			if err := p.print(lineOfOrg(o)); err != nil {
				return err
			}
		}
		return nil
	})
}

type orgLine struct {
	ID      store.OrgID `json:"id"`
	Name    string      `json:"name"`
	SMSName string      `json:"sms_name"`
	Phone   string      `json:"phone"`
	Region  string      `json:"region"`
	Lang    string      `json:"lang"`
	Life    string      `json:"life"`
	Policy  policyLine  `json:"policy"`
	Created time.Time   `json:"created_at"`
}

func lineOfOrg(o store.Org) orgLine {
	return orgLine{o.ID, o.Name, o.SMSName, o.Phone, o.Region, o.Lang, configs.FormatDuration(o.Life), lineOfPolicy(o.Policy), o.Created.UTC()}
}
