package main

import (
	"context"
	"errors"
	"fmt"

	"securetext/store"
	"securetext/store/seal"
)

type recipientFamilyCmd struct {
	Org    string `help:"Id or name of the org; may be left out if there is only one."`
	Number string `required:"" help:"The phone number; - reads it from standard input."`
}

// Run prints who shares a number, as senders called them first.
func (c *recipientFamilyCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, number, err := recipientFlags{Org: c.Org, Number: c.Number}.find(ctx, p, h)
		if err != nil {
			return err
		}
		family, err := h.store.Family(ctx, org, number)
		if err != nil {
			return fmt.Errorf("list family: %w", err)
		}
		if len(family) == 0 {
			return errors.New("nobody shares this number, as far as senders said")
		}
		for _, r := range family {
			name, err := h.nameOf(ctx, org, r)
			if err != nil {
				return fmt.Errorf("open the name of %s: %w", r.ID, err)
			}
			err = p.print(struct {
				Recipient store.RecipientID `json:"recipient"`
				For       string            `json:"for"`
			}{r.ID, name})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *house) nameOf(ctx context.Context, org store.OrgID, r store.Recipient) (string, error) {
	at := seal.Place{Org: string(org), Recipient: string(r.ID)}
	key, err := h.keys.DataKey(ctx, r.Key, at)
	if err != nil {
		return "", err
	}
	who, err := store.OpenPerson(key, r.Person, at)
	return who.Written(), err
}

// others says that what was done for a number's own messages was done for nobody
// who shares it.
func (h *house) others(ctx context.Context, p *program, org store.OrgID, who store.RecipientID) error {
	return h.share(ctx, p, org, who, "nothing changed for the others: %s this number; say which, with --for")
}

// counts says that what was done to a number counts for all who share it.
func (h *house) counts(ctx context.Context, p *program, org store.OrgID, who store.RecipientID) error {
	return h.share(ctx, p, org, who, "it counts for all: %s this number")
}

// share says something of those who share a number, if anybody does.
func (h *house) share(ctx context.Context, p *program, org store.OrgID, who store.RecipientID, words string) error {
	family, err := h.store.Family(ctx, org, who)
	if err != nil {
		return fmt.Errorf("list family: %w", err)
	}
	if len(family) > 0 {
		fmt.Fprintf(p.err, "securetext: "+words+"\n", sharing(len(family)))
	}
	return nil
}

func sharing(people int) string {
	if people == 1 {
		return "1 person with a name shares"
	}
	return fmt.Sprint(people, " people with names share")
}
