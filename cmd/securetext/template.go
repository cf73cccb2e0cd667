package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"securetext/sms"
	"securetext/store"
)

type templateSetCmd struct {
	Text string `arg:"" help:"The sentence: {org} once, {word} at most once, and {link} at its end. Nothing else is put in."`
	Org  string `help:"Id or name of the org; may be left out if there is only one."`
	Kind string `required:"" enum:"link,reminder" help:"Which text: link (a new message) or reminder."`
	Lang string `default:"en" help:"Its language: the patients of that language get it." placeholder:"LANG"`
}

// Run puts the sentence in the place of ours, or of the org's own of before.
func (c *templateSetCmd) Run(ctx context.Context, p *program) error {
	t, err := sms.ParseTemplate(sms.Kind(c.Kind), c.Lang, c.Text)
	if err != nil {
		return err
	}
	kept := store.Template{Kind: string(t.Kind), Lang: t.Lang, Text: t.String()}
	return p.use(ctx, func(h *house) error {
		return h.changeTemplates(ctx, p, c.Org, func(list []store.Template) ([]store.Template, error) {
			return append(without(list, c.Kind, c.Lang), kept), nil
		})
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
		return h.changeTemplates(ctx, p, c.Org, func(list []store.Template) ([]store.Template, error) {
			left := without(list, c.Kind, c.Lang)
			if len(left) == len(list) {
				return nil, errors.New("the org has no such sentence of its own (see: securetext template list)")
			}
			return left, nil
		})
	})
}

// changeTemplates changes the sentences of an org and nothing else of its policy.
func (h *house) changeTemplates(ctx context.Context, p *program, name string, change func([]store.Template) ([]store.Template, error)) error {
	org, err := h.org(ctx, name)
	if err != nil {
		return err
	}
	if org.Policy.Templates, err = change(org.Policy.Templates); err != nil {
		return err
	}
	if err := h.store.SetPolicy(ctx, org.ID, org.Policy, operator(), p.now()); err != nil {
		return fmt.Errorf("set policy: %w", err)
	}
	return nil
}

// without is a copy of the list that lacks the sentence of that kind and language.
func without(list []store.Template, kind, lang string) []store.Template {
	return slices.DeleteFunc(slices.Clone(list), func(t store.Template) bool { return t.Kind == kind && t.Lang == lang })
}
