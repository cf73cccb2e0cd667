package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"securetext/gateway"
	"securetext/gateway/option"
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
	Thread    store.MessageID   `json:"thread,omitempty"`
	Created   time.Time         `json:"created_at"`
	Expires   time.Time         `json:"expires_at"`
	ReadBy    *time.Time        `json:"read_by_at,omitempty"`
	Test      bool              `json:"test,omitempty"`
	Wiped     *time.Time        `json:"wiped_at,omitempty"`
	Expired   *time.Time        `json:"expired_at,omitempty"`
	Held      *time.Time        `json:"on_hold_since,omitempty"`
}

func lineOfMessage(m store.MessageInfo) messageLine {
	return messageLine{
		m.ID, m.Org, m.Sender, m.Recipient, m.Status, m.Reference, m.Thread,
		m.Created.UTC(), m.Expires.UTC(), set(m.ReadBy), m.Test, set(m.Wiped), set(m.Expired), set(m.Held),
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
	Thread  bool            `help:"Wipe all that is left of its thread: the messages that it continues, and those that continue it."`
}

// Run wipes the message, with what was written back to it; when it returns, nobody can
// read it any more.
func (c *wipeCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		m, err := h.message(ctx, c.Message)
		if err != nil {
			return err
		}
		if c.Thread {
			return h.wipeThread(ctx, p, m)
		}
		if !m.Wiped.IsZero() {
			return fmt.Errorf("message %s was wiped at %s", m.ID, m.Wiped.UTC().Format(time.RFC3339))
		}
		err = h.store.Wipe(ctx, m.Org, m.ID, operator(), p.now())
		if errors.Is(err, store.ErrOnHold) {
			return fmt.Errorf("message %s is on legal hold%s: lift that first (see: securetext hold list)", m.ID, heldSince(m))
		}
		if err != nil {
			return fmt.Errorf("wipe: %w", err)
		}
		return nil
	})
}

// heldSince is empty when the hold came after the message was looked at.
func heldSince(m store.MessageInfo) string {
	if m.Held.IsZero() {
		return ""
	}
	return " since " + m.Held.UTC().Format(time.RFC3339)
}

func (h *house) wipeThread(ctx context.Context, p *program, m store.MessageInfo) error {
	n, err := h.store.WipeThread(ctx, m.Org, m.ID, operator(), p.now())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("nothing is left of the thread of %s", m.ID)
	case err != nil:
		return fmt.Errorf("wipe thread: %w", err)
	}
	return p.print(map[string]int{"wiped": n})
}

// message finds a message of whichever org.
func (h *house) message(ctx context.Context, id store.MessageID) (store.MessageInfo, error) {
	found, err := h.store.Messages(ctx, store.MessageFilter{ID: id})
	if err != nil {
		return store.MessageInfo{}, fmt.Errorf("find message: %w", err)
	}
	if len(found) == 0 {
		return store.MessageInfo{}, fmt.Errorf("there is no message %s (see: securetext messages)", id)
	}
	return found[0], nil
}

type messageReleaseCmd struct {
	Message store.MessageID `arg:"" help:"The message's id."`
}

// Run makes a message that is sealed readable by whoever has the password.
func (c *messageReleaseCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		m, err := h.message(ctx, c.Message)
		if err != nil {
			return err
		}
		err = h.store.ReleaseMessage(ctx, m.Org, m.ID, operator(), p.now())
		if errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("message %s is not sealed: %s", m.ID, readable(m, p.now()))
		}
		return err
	})
}

// readable says whether a message that nothing holds back can be read.
func readable(m store.MessageInfo, now time.Time) string {
	switch {
	case !m.Expired.IsZero() || !now.Before(m.Expires):
		return "its time was over at " + m.Expires.UTC().Format(time.RFC3339)
	case !m.Wiped.IsZero():
		return "it was wiped at " + m.Wiped.UTC().Format(time.RFC3339)
	}
	return "it can be read with the password"
}

type messageTakeCmd struct {
	Message store.MessageID `arg:"" help:"The message's id."`
	By      string          `required:"" help:"The email address or id of the sender who takes charge of it." placeholder:"SENDER"`
}

// Run records who has charge of an unread message: the patient is not reminded of
// it any more, and nobody is told that it is overdue.
func (c *messageTakeCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		m, err := h.message(ctx, c.Message)
		if err != nil {
			return err
		}
		s, err := h.sender(ctx, c.By)
		if err != nil {
			return err
		}
		if s.Org != m.Org {
			return fmt.Errorf("%s is of another org than the message", c.By)
		}
		err = h.store.Take(ctx, m.Org, m.ID, store.Actor{Kind: store.BySender, ID: string(s.ID)}, p.now())
		if errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("nobody needs to take %s: it was read, taken already, or is gone (see: securetext message show)", m.ID)
		}
		return err
	})
}

type messageResendCmd struct {
	Message store.MessageID `arg:"" help:"The message's id."`
}

// Run has another text with a fresh link sent; the links of earlier ones stay good.
func (c *messageResendCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		m, err := h.message(ctx, c.Message)
		if err != nil {
			return err
		}
		err = h.store.Resend(ctx, m.Org, m.ID, operator(), p.now())
		switch {
		case errors.Is(err, store.ErrGone):
			return fmt.Errorf("message %s cannot be read any more: send it again as a new one", m.ID)
		case errors.Is(err, store.ErrThrottled):
			return fmt.Errorf("message %s was texted again less than %d minutes ago", m.ID, int(store.ResendEvery.Minutes()))
		case errors.Is(err, store.ErrConflict):
			return fmt.Errorf("a text of message %s waits already, or its number gets none (see: securetext message show)", m.ID)
		}
		return err
	})
}

type messageExtendCmd struct {
	Message store.MessageID `arg:"" help:"The message's id."`
	For     string          `arg:"" help:"For how long from now on, such as 12h or 7d; 90d at most."`
}

// Run lets a message be read for longer.
func (c *messageExtendCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		m, err := h.message(ctx, c.Message)
		if err != nil {
			return err
		}
		until, err := gateway.Extend(ctx, h.store, m, c.For, operator(), p.now())
		if refusal, ok := errors.AsType[*option.Refusal](err); ok {
			return fmt.Errorf("%q %s", c.For, refusal.Why)
		}
		switch {
		case errors.Is(err, store.ErrGone):
			return fmt.Errorf("message %s cannot be read any more: send it again as a new one", m.ID)
		case errors.Is(err, store.ErrConflict):
			return fmt.Errorf("message %s can be read until %s already", m.ID, m.Expires.UTC().Format(time.RFC3339))
		case err != nil:
			return err
		}
		return p.print(map[string]time.Time{"expires_at": until.UTC()})
	})
}
