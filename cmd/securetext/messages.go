package main

import (
	"context"
	"fmt"
	"time"

	"securetext/store"
)

type messagesCmd struct {
	recipientFlags
	ID     store.MessageID `help:"Only this message."`
	Sender string          `help:"Only this sender's: email address or id."`
	Since  time.Duration   `help:"Only those of so long ago, such as 24h."`
	Before store.MessageID `help:"Only older ones than this: for the next page."`
	Limit  int             `default:"100" help:"At most so many."`
}

// Run prints a line a message.
func (c *messagesCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		f := store.MessageFilter{ID: c.ID, Before: c.Before, Limit: c.Limit, Since: since(p, c.Since)}
		org, recipient, err := c.filter(ctx, p, h)
		if err != nil {
			return err
		}
		f.Org, f.Recipient = org, recipient
		if c.Sender != "" {
			s, err := h.sender(ctx, c.Sender)
			if err != nil {
				return err
			}
			f.Org, f.Sender = s.Org, s.ID
		}
		found, err := h.store.Messages(ctx, f)
		if err != nil {
			return fmt.Errorf("list messages: %w", err)
		}
		for _, m := range found {
			if err := p.print(lineOfMessage(m)); err != nil {
				return err
			}
		}
		return nil
	})
}

// filter is the org and recipient to list, of which either may be left open.
func (f recipientFlags) filter(ctx context.Context, p *program, h *house) (store.OrgID, store.RecipientID, error) {
	if f.Recipient != "" || f.Number != "" {
		return f.find(ctx, p, h)
	}
	if f.Org == "" {
		return "", "", nil
	}
	org, err := h.org(ctx, f.Org)
	return org.ID, "", err
}

func since(p *program, ago time.Duration) time.Time {
	if ago == 0 {
		return time.Time{}
	}
	return p.now().Add(-ago)
}

type messageLine struct {
	ID        store.MessageID   `json:"id"`
	Org       store.OrgID       `json:"org"`
	Sender    store.SenderID    `json:"sender"`
	Recipient store.RecipientID `json:"recipient"`
	Status    store.Kind        `json:"status"`
	Reference string            `json:"reference,omitempty"`
	Created   time.Time         `json:"created_at"`
	Expires   time.Time         `json:"expires_at"`
	Wiped     *time.Time        `json:"wiped_at,omitempty"`
	Expired   *time.Time        `json:"expired_at,omitempty"`
}

func lineOfMessage(m store.MessageInfo) messageLine {
	return messageLine{
		m.ID, m.Org, m.Sender, m.Recipient, m.Status, m.Reference,
		m.Created.UTC(), m.Expires.UTC(), set(m.Wiped), set(m.Expired),
	}
}

// set is nil for the zero time, which JSON then leaves out.
func set(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

type wipeCmd struct {
	Message store.MessageID `arg:"" help:"The message's id."`
}

// Run wipes the message; when it returns, nobody can read it any more.
func (c *wipeCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		found, err := h.store.Messages(ctx, store.MessageFilter{ID: c.Message})
		if err != nil {
			return fmt.Errorf("find message: %w", err)
		}
		if len(found) == 0 {
			return fmt.Errorf("there is no message %s (see: securetext messages)", c.Message)
		}
		if !found[0].Wiped.IsZero() {
			return fmt.Errorf("message %s was wiped at %s", c.Message, found[0].Wiped.UTC().Format(time.RFC3339))
		}
		if err := h.store.Wipe(ctx, found[0].Org, c.Message, operator(), p.now()); err != nil {
			return fmt.Errorf("wipe: %w", err)
		}
		return nil
	})
}
