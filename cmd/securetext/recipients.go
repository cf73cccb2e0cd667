package main

import (
	"context"
	"errors"
	"fmt"

	"securetext/store"
)

type sessionsRevokeCmd struct{ recipientFlags }

// Run ends all of the recipient's sessions; with a number, of all who share it,
// since a phone that is lost is lost to all of them. The epoch in the store is what
// holds; deleting the sessions themselves only tidies up, and cannot reach those in
// another process's memory.
func (c *sessionsRevokeCmd) Run(ctx context.Context, p *program) error {
	return c.change(ctx, p, func(h *house, org store.OrgID, who store.RecipientID) error {
		family, err := h.store.Family(ctx, org, who)
		if err != nil {
			return fmt.Errorf("list family: %w", err)
		}
		all := []store.RecipientID{who}
		for _, r := range family {
			all = append(all, r.ID)
		}
		for _, id := range all {
			if err := h.store.RevokeSessions(ctx, org, id, operator(), p.now()); err != nil {
				return err
			}
		}
		if len(family) > 0 {
			fmt.Fprintf(p.err, "securetext: in force for all: %s this number\n", sharing(len(family)))
		}
		return h.tidyUp(ctx, p, org, all...)
	})
}

type recipientResetCmd struct{ recipientFlags }

// Run forgets the recipient's password, and says what becomes of older messages.
func (c *recipientResetCmd) Run(ctx context.Context, p *program) error {
	return c.change(ctx, p, func(h *house, org store.OrgID, who store.RecipientID) error {
		if err := h.store.ResetRecipient(ctx, org, who, operator(), p.now()); err != nil {
			return err
		}
		fmt.Fprintf(p.err, "securetext: in force; what was sent before is sealed until you release it: "+
			"securetext messages --org=%s --recipient=%s lists it, securetext message release ID lets one be read\n", org, who)
		return errors.Join(h.tidyUp(ctx, p, org, who), h.others(ctx, p, org, who))
	})
}

type recipientUnlockCmd struct{ recipientFlags }

// Run forgets the wrong passwords. It opens nothing.
func (c *recipientUnlockCmd) Run(ctx context.Context, p *program) error {
	return c.change(ctx, p, func(h *house, org store.OrgID, who store.RecipientID) error {
		if err := h.store.UnlockRecipient(ctx, org, who, operator(), p.now()); err != nil {
			return err
		}
		return h.others(ctx, p, org, who)
	})
}

// change does something to a recipient whom the org has.
func (f recipientFlags) change(ctx context.Context, p *program, change func(*house, store.OrgID, store.RecipientID) error) error {
	if f.Recipient == "" && f.Number == "" {
		return errors.New("say whom, with --number or --recipient")
	}
	return p.use(ctx, func(h *house) error {
		org, who, err := f.find(ctx, p, h)
		if err != nil {
			return err
		}
		err = change(h, org, who)
		if errors.Is(err, store.ErrNotFound) {
			return errors.New("the org has no such recipient")
		}
		return err
	})
}

// tidyUp deletes sessions that have ended in the store.
func (h *house) tidyUp(ctx context.Context, p *program, org store.OrgID, all ...store.RecipientID) error {
	sessions, err := openShared(h.cfg)
	if err != nil {
		return err
	}
	defer sessions.Close()
	for _, who := range all {
		if err := sessions.DeleteAll(ctx, string(org), string(who)); err != nil {
			fmt.Fprintln(p.err, "securetext: in force; the session store could not be tidied up:", err)
			return nil
		}
	}
	return nil
}

type recipientBlockCmd struct {
	recipientFlags
	Why string `default:"blocked" enum:"blocked,opted_out,landline,dead,not_mine" help:"Why: blocked, opted_out, landline, dead or not_mine (it is somebody else's)."`
}

// Run stops texts to the recipient, who need not be known yet, and cancels
// those that wait.
func (c *recipientBlockCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		who, err := c.person()
		if err != nil {
			return err
		}
		org, n, err := c.number(ctx, p, h)
		if err != nil {
			return err
		}
		r, err := h.recipient(ctx, org.ID, n, who)
		if err != nil {
			return err
		}
		if err := h.store.Refuse(ctx, org.ID, r, store.Refusal(c.Why), operator(), p.now()); err != nil {
			return err
		}
		return h.counts(ctx, p, org.ID, r.ID)
	})
}

type recipientAllowCmd struct {
	recipientFlags
	Verified string `default:"" enum:",in_person,signed_form,phone_call" help:"How a patient who asked for no more texts agreed anew: in_person, signed_form or phone_call." placeholder:"HOW"`
}

// Run lets texts go to the recipient again. One who asked for none must have
// agreed anew, and it is on record how that was verified.
func (c *recipientAllowCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, who, err := c.find(ctx, p, h)
		if err != nil {
			return err
		}
		known, err := h.store.Known(ctx, org, []store.NumberHash{store.NumberHash(who)})
		if err != nil {
			return fmt.Errorf("look for refusals: %w", err)
		}
		why := known[store.NumberHash(who)].Refusal
		if why == "" && c.For != "" {
			return errors.New("texts to this person are not blocked; those to the whole number may be: try it without --for")
		}
		if why == "" {
			return errors.New("texts to this recipient are not blocked")
		}
		if err := c.checkVerified(why); err != nil {
			return err
		}
		err = h.store.Allow(ctx, org, who, store.Allowance{Only: why, How: c.Verified}, operator(), p.now())
		if errors.Is(err, store.ErrNotFound) {
			return errors.New("something changed at that moment: try again")
		}
		if err != nil {
			return err
		}
		if why == store.OptedOut {
			fmt.Fprintln(p.err, "securetext: in force; if the carrier blocks the texts as well, the patient must also text START to the number that they come from")
		}
		return h.counts(ctx, p, org, who)
	})
}

func (c *recipientAllowCmd) checkVerified(why store.Refusal) error {
	if why == store.OptedOut && c.Verified == "" {
		return errors.New("the patient asked for no more texts: say how they agreed anew, with --verified=in_person, signed_form or phone_call")
	}
	if why != store.OptedOut && c.Verified != "" {
		return fmt.Errorf("--verified is for patients who asked for no more texts; this one is %s", why)
	}
	return nil
}
