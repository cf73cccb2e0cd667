package main

import (
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"securetext/configs"
	"securetext/gateway"
	"securetext/store"
)

type senderAddCmd struct {
	Email  string   `arg:"" help:"The sender's email address: who they sign in as and what they send from."`
	Org    string   `help:"Id or name of the org; may be left out if there is only one."`
	Name   string   `required:"" help:"As patients read it: \"Dr. Ana Lima\"."`
	SendAs []string `help:"Further From addresses this sender may use; * is any." placeholder:"ADDRESS"`
}

// Run adds the sender and prints its line.
func (c *senderAddCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		s := store.Sender{ID: store.NewSenderID(p.now()), Org: org.ID, Name: strings.TrimSpace(c.Name), Created: p.now()}
		if s.Email, err = address(c.Email); err != nil {
			return err
		}
		for _, a := range c.SendAs {
			if a != "*" {
				if a, err = address(a); err != nil {
					return fmt.Errorf("--send-as: %w", err)
				}
			}
			s.SendAs = append(s.SendAs, a)
		}
		if err := h.store.AddSender(ctx, s, operator(), s.Created); err != nil {
			return fmt.Errorf("add sender: %w", err)
		}
		return p.print(lineOfSender(s))
	})
}

// address reads a bare email address, in lower case.
func address(s string) (string, error) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return "", fmt.Errorf("%q is not an email address like ana@clinic.example", s)
	}
	return strings.ToLower(s), nil
}

type senderListCmd struct {
	Org string `help:"Id or name of the org; may be left out if there is only one."`
}

// Run prints a line a sender.
func (c *senderListCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		senders, err := h.store.Senders(ctx, org.ID)
		if err != nil {
			return fmt.Errorf("list senders: %w", err)
		}
		for _, s := range senders {
			if err := p.print(lineOfSender(s)); err != nil {
				return err
			}
		}
		return nil
	})
}

type senderLine struct {
	ID      store.SenderID `json:"id"`
	Org     store.OrgID    `json:"org"`
	Email   string         `json:"email"`
	Name    string         `json:"name"`
	SendAs  []string       `json:"send_as,omitempty"`
	Created time.Time      `json:"created_at"`
	// Suspended is since when the sender may not send.
	Suspended *time.Time `json:"suspended_at,omitempty"`
}

func lineOfSender(s store.Sender) senderLine {
	return senderLine{s.ID, s.Org, s.Email, s.Name, s.SendAs, s.Created.UTC(), set(s.Suspended)}
}

type appPasswordAddCmd struct {
	Sender string `arg:"" help:"The sender's email address or id."`
	Label  string `help:"What it is for: \"Outlook at the front desk\"."`
}

// Run makes the app password and prints it, this once.
func (c *appPasswordAddCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		s, err := h.sender(ctx, c.Sender)
		if err != nil {
			return err
		}
		password, err := addAppPassword(ctx, h, s, c.Label, operator(), p.now())
		if err != nil {
			return err
		}
		return p.print(password)
	})
}

type appPasswordLine struct {
	ID       store.KeyID `json:"id"`
	User     string      `json:"user"`
	Password string      `json:"password"`
}

func addAppPassword(ctx context.Context, h *house, s store.Sender, label string, by store.Actor, at time.Time) (appPasswordLine, error) {
	secret, hash := gateway.NewAppPassword()
	a := store.AppPassword{ID: store.NewKeyID(at), Org: s.Org, Sender: s.ID, Label: label, Hash: hash}
	if err := h.store.AddAppPassword(ctx, a, by, at); err != nil {
		return appPasswordLine{}, fmt.Errorf("add app password: %w", err)
	}
	return appPasswordLine{a.ID, s.Email, secret}, nil
}

// scopes are all that a key may be made for.
var scopes = []string{store.ScopeSend, store.ScopeRead, store.ScopeReplies}

type apiKeyAddCmd struct {
	Sender  string   `arg:"" help:"The email address or id of the sender in whose name it sends."`
	Label   string   `help:"What it is for: \"lab results feed\"."`
	Scope   []string `default:"messages:send,messages:read" help:"What it may do: messages:send, messages:read, replies:read."`
	Test    bool     `help:"For the sandbox: nothing that is sent with it reaches a carrier."`
	Expires string   `help:"After how long it ends, such as 90d. By default never." placeholder:"TIME"`
}

// Run makes the API key and prints it, this once.
func (c *apiKeyAddCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		s, err := h.sender(ctx, c.Sender)
		if err != nil {
			return err
		}
		newKey := gateway.NewAPIKey
		if c.Test {
			newKey = gateway.NewTestAPIKey
		}
		key, id, hash := newKey(p.now())
		k := store.APIKey{ID: id, Org: s.Org, Sender: s.ID, Label: c.Label, Hash: hash, Scopes: c.Scope, Test: c.Test}
		for _, scope := range c.Scope {
			if !slices.Contains(scopes, scope) {
				return fmt.Errorf("--scope=%s: not one of %s", scope, strings.Join(scopes, ", "))
			}
		}
		if c.Expires != "" {
			life, err := configs.ParseDuration(c.Expires)
			if err != nil {
				return fmt.Errorf("--expires: %w", err)
			}
			k.Expires = p.now().Add(life)
		}
		if err := h.store.AddAPIKey(ctx, k, operator(), p.now()); err != nil {
			return fmt.Errorf("add api key: %w", err)
		}
		return p.print(struct {
			ID  store.KeyID `json:"id"`
			Key string      `json:"key"`
		}{k.ID, key})
	})
}

type credentialCmd struct {
	Sender string      `arg:"" help:"The email address or id of the sender it belongs to."`
	ID     store.KeyID `arg:"" help:"Its id, as printed when it was made."`
}

// Run ends the credential.
func (c *credentialCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		s, err := h.sender(ctx, c.Sender)
		if err != nil {
			return err
		}
		if err := h.store.RevokeCredential(ctx, s.Org, c.ID, operator(), p.now()); err != nil {
			return fmt.Errorf("revoke %s: %w", c.ID, err)
		}
		return nil
	})
}
