package main

import (
	"context"
	"errors"

	"securetext/sms"
	"securetext/store/setting"
)

type templateSetCmd struct {
	Text string `arg:"" help:"The sentence: {org} once, {word} at most once, and {link} at its end. Nothing else is put in."`
	Org  string `help:"Id or name of the org; may be left out if there is only one."`
	Kind string `required:"" enum:"link,reminder" help:"Which text: link (a new message) or reminder."`
	Lang string `default:"en" help:"Its language: the patients of that language get it." placeholder:"LANG"`
}

// Run puts the sentence in the place of ours, or of the org's own of before.
func (c *templateSetCmd) Run(ctx context.Context, p *program) error {
	if c.Text == "" {
		return errors.New("the sentence is empty (to have ours again: securetext template remove)")
	}
	return p.use(ctx, func(h *house) error {
		return h.setTemplate(ctx, p, c.Org, setting.Template(sms.Kind(c.Kind), c.Lang), c.Text)
	})
}

type templateListCmd struct {
	Org string `help:"Id or name of the org; may be left out if there is only one."`
}

// Run prints a line a sentence of the org's own.
func (c *templateListCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		for _, t := range org.Policy.Templates {
			if err := p.print(t); err != nil {
				return err
			}
		}
		return nil
	})
}

type templateRemoveCmd struct {
	Org  string `help:"Id or name of the org; may be left out if there is only one."`
	Kind string `required:"" enum:"link,reminder" help:"Which text: link or reminder."`
	Lang string `default:"en" help:"Its language." placeholder:"LANG"`
}

// Run takes the sentence away: ours stands again.
func (c *templateRemoveCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		return h.setTemplate(ctx, p, c.Org, setting.Template(sms.Kind(c.Kind), c.Lang), "")
	})
}

// setTemplate changes a sentence of an org's, and nothing else of its settings.
func (h *house) setTemplate(ctx context.Context, p *program, name string, t setting.Setting, text string) error {
	org, err := h.org(ctx, name)
	if err != nil {
		return err
	}
	if text == "" && t.Get(org) == "" {
		return errors.New("the org has no such sentence of its own (see: securetext template list)")
	}
	if err := t.Set(&org, text); err != nil {
		return err
	}
	return h.setOrg(ctx, p, org)
}
