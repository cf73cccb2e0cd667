package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"securetext/store"
)

type holdPlaceCmd struct {
	recipientFlags
	Message store.MessageID `help:"On this message." placeholder:"MSG" xor:"who"`
	Matter  string          `required:"" help:"The number of the case: it stands in events, so no names and nothing of health." placeholder:"NUMBER"`
}

// Run places the hold, and prints it. It is in force when it returns.
func (c *holdPlaceCmd) Run(ctx context.Context, p *program) error {
	if c.Message == "" && c.Recipient == "" && c.Number == "" {
		return errors.New("say on what: --message, or --number or --recipient for all that is or will be sent to a patient")
	}
	if !store.IsMatter(c.Matter) {
		return errors.New("--matter must have 1 to 64 of the characters A-Z a-z 0-9 . _ : / -")
	}
	return p.use(ctx, func(h *house) error {
		hold, err := c.on(ctx, p, h)
		if err != nil {
			return err
		}
		err = h.store.PlaceHold(ctx, hold, operator(), hold.Placed)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return errors.New("the org has no such recipient")
		case errors.Is(err, store.ErrGone):
			return fmt.Errorf("nothing is left of message %s to be kept", c.Message)
		case errors.Is(err, store.ErrConflict):
			return fmt.Errorf("there is a hold for %s on it already (see: securetext hold list)", c.Matter)
		case err != nil:
			return err
		}
		return p.print(lineOfHold(hold))
	})
}

// on is the hold on what was named.
func (c *holdPlaceCmd) on(ctx context.Context, p *program, h *house) (store.Hold, error) {
	hold := store.Hold{ID: store.NewHoldID(p.now()), Message: c.Message, Matter: c.Matter, Placed: p.now()}
	if c.Message == "" {
		var err error
		hold.Org, hold.Recipient, err = c.find(ctx, p, h)
		return hold, err
	}
	m, err := h.message(ctx, c.Message)
	hold.Org = m.Org
	return hold, err
}

type holdLiftCmd struct {
	Hold store.HoldID `arg:"" help:"The hold's id, as hold list prints it."`
	Org  string       `help:"Id or name of the org; may be left out if there is only one."`
}

// Run lifts the hold. What has no other on it is destroyed once its time is over.
func (c *holdLiftCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		err = h.store.LiftHold(ctx, org.ID, c.Hold, operator(), p.now())
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("no hold %s is in force (see: securetext hold list)", c.Hold)
		}
		return err
	})
}

type holdListCmd struct {
	Org    string `help:"Id or name of the org; by default all."`
	Lifted bool   `help:"Those that were lifted, too."`
}

// Run prints a line a hold.
func (c *holdListCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		orgs, err := h.store.Orgs(ctx)
		if c.Org != "" {
			var one store.Org
			one, err = h.org(ctx, c.Org)
			orgs = []store.Org{one}
		}
		if err != nil {
			return err
		}
		for _, o := range orgs {
			list, err := h.store.Holds(ctx, store.HoldFilter{Org: o.ID, Lifted: c.Lifted})
			if err != nil {
				return fmt.Errorf("list holds: %w", err)
			}
			for _, hold := range list {
				if err := p.print(lineOfHold(hold)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

type holdLine struct {
	ID        store.HoldID      `json:"id"`
	Org       store.OrgID       `json:"org"`
	Message   store.MessageID   `json:"message,omitempty"`
	Recipient store.RecipientID `json:"recipient,omitempty"`
	Matter    string            `json:"matter"`
	Placed    time.Time         `json:"placed_at"`
	Lifted    *time.Time        `json:"lifted_at,omitempty"`
}

func lineOfHold(h store.Hold) holdLine {
	return holdLine{h.ID, h.Org, h.Message, h.Recipient, h.Matter, h.Placed.UTC(), set(h.Lifted)}
}
