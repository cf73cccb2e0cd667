package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"securetext/store"
)

type eventsCmd struct {
	recipientFlags
	Message store.MessageID `help:"Only this message's."`
	Kind    store.Kind      `help:"Only of this kind, such as read."`
	Since   time.Duration   `help:"Only those of so long ago, such as 24h."`
	After   int64           `help:"Only later ones than this seq: for the next page." placeholder:"SEQ"`
	Limit   int             `default:"1000" help:"At most so many."`
}

// Run prints a line an event.
func (c *eventsCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, recipient, err := c.filter(ctx, p, h)
		if err != nil {
			return err
		}
		found, err := h.store.Events(ctx, store.EventFilter{
			Org: org, Recipient: recipient, Message: c.Message, Kind: c.Kind,
			Since: since(p, c.Since), After: c.After, Limit: c.Limit,
		})
		if err != nil {
			return fmt.Errorf("list events: %w", err)
		}
		for _, e := range found {
			if err := p.print(lineOfEvent(e)); err != nil {
				return err
			}
		}
		return nil
	})
}

type eventLine struct {
	Seq       int64             `json:"seq"`
	At        time.Time         `json:"at"`
	Kind      store.Kind        `json:"kind"`
	Org       store.OrgID       `json:"org"`
	Message   store.MessageID   `json:"message,omitempty"`
	Recipient store.RecipientID `json:"recipient,omitempty"`
	By        actorLine         `json:"by"`
	Detail    string            `json:"detail,omitempty"`
}

type actorLine struct {
	Kind store.ActorKind `json:"kind"`
	ID   string          `json:"id,omitempty"`
	Addr *netip.Addr     `json:"addr,omitempty"`
}

func lineOfEvent(e store.Event) eventLine {
	by := actorLine{Kind: e.By.Kind, ID: e.By.ID}
	if e.By.Addr.IsValid() {
		by.Addr = &e.By.Addr
	}
	return eventLine{e.Seq, e.At.UTC(), e.Kind, e.Org, e.Message, e.Recipient, by, e.Detail}
}
