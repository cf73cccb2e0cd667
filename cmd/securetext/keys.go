package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"securetext/store"
)

type keysRotateCmd struct {
	Org    string `help:"Also make a new key for this org (id or name; \"all\" for every one)." placeholder:"ORG"`
	Phones bool   `help:"Also hash all phone numbers with the current phone key; once no former one is set any more, forget the hashes by those."`
}

// rewrapBatch is how many keys or hashes are renewed in one transaction.
const rewrapBatch = 500

// Run wraps every org key that another root key wraps under the current one and, if
// asked, makes new org keys or hashes numbers anew. Data keys that an older org key
// wraps are wrapped under the newest. Content is never encrypted anew.
//
// It may run while the service does, beside another one, and again if it was cut
// short: it goes on with what is left.
func (c *keysRotateCmd) Run(ctx context.Context, p *program) error {
	return p.useKeys(ctx, func(h *house) error {
		n, err := h.rewrapOrgKeys(ctx, p)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%d org keys wrapped under the current root key\n", n)
		if err := c.addOrgKeys(ctx, p, h); err != nil {
			return err
		}
		if err := h.rewrapAllData(ctx, p); err != nil {
			return err
		}
		if c.Phones {
			return h.rotatePhones(ctx, p)
		}
		return nil
	})
}

// addOrgKeys makes the next keys of those orgs that are asked for.
func (c *keysRotateCmd) addOrgKeys(ctx context.Context, p *program, h *house) error {
	orgs, err := c.orgs(ctx, h)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		version, err := h.addOrgKey(ctx, p, o)
		if err != nil {
			return fmt.Errorf("rotate the key of %s: %w", o, err)
		}
		fmt.Fprintf(p.out, "%s: version %d in use\n", o, version)
	}
	return nil
}

func (c *keysRotateCmd) orgs(ctx context.Context, h *house) ([]store.OrgID, error) {
	switch c.Org {
	case "":
		return nil, nil
	case "all":
		return h.allOrgs(ctx)
	default:
		o, err := h.org(ctx, c.Org)
		return []store.OrgID{o.ID}, err
	}
}

func (h *house) allOrgs(ctx context.Context) ([]store.OrgID, error) {
	orgs, err := h.store.Orgs(ctx)
	var ids []store.OrgID
	for _, o := range orgs {
		ids = append(ids, o.ID)
	}
	return ids, err
}

func (h *house) rewrapOrgKeys(ctx context.Context, p *program) (n int, err error) {
	stored, err := h.store.OrgKeys(ctx)
	if err != nil {
		return 0, fmt.Errorf("list org keys: %w", err)
	}
	pace := p.progress("org keys", len(stored))
	for i, k := range stored {
		rewrapped, changed, err := h.keys.RewrapOrg(ctx, k)
		if err != nil {
			return n, fmt.Errorf("rewrap the key of %s: %w (put every root key that still wraps something into ROOT_KEY_OLD, VAULT_KEY_OLD or KMS_KEY_OLD)", k.Org, err)
		}
		if changed {
			if err := h.store.ReplaceOrgKey(ctx, rewrapped, operator(), p.now()); err != nil {
				return n, fmt.Errorf("store the key of %s: %w", k.Org, err)
			}
			n++
		}
		pace.at(i + 1)
	}
	return n, nil
}

// addOrgKey makes the org's next key.
func (h *house) addOrgKey(ctx context.Context, p *program, org store.OrgID) (version int, err error) {
	newest, err := h.store.OrgKey(ctx, string(org), 0)
	if err != nil {
		return 0, err
	}
	next, err := h.keys.NewOrgKey(ctx, string(org), newest.Version+1)
	if err != nil {
		return 0, err
	}
	if err := h.store.AddOrgKey(ctx, next, operator(), p.now()); errors.Is(err, store.ErrConflict) {
		return 0, errors.New("another rotation is under way")
	} else if err != nil {
		return 0, err
	}
	h.keys.Forget(string(org))
	return next.Version, nil
}

// rewrapAllData wraps the data keys of every org under its newest key.
func (h *house) rewrapAllData(ctx context.Context, p *program) error {
	orgs, err := h.allOrgs(ctx)
	if err != nil {
		return fmt.Errorf("list orgs: %w", err)
	}
	for _, o := range orgs {
		newest, err := h.store.OrgKey(ctx, string(o), 0)
		if err != nil {
			return fmt.Errorf("find the key of %s: %w", o, err)
		}
		n, err := h.rewrapData(ctx, p, o, newest.Version)
		if err != nil {
			return fmt.Errorf("wrap the data keys of %s: %w (run it again: it goes on from there)", o, err)
		}
		if n > 0 {
			fmt.Fprintf(p.out, "%s: %d data keys wrapped under version %d\n", o, n, newest.Version)
		}
	}
	return nil
}

func (h *house) rewrapData(ctx context.Context, p *program, org store.OrgID, version int) (n int, err error) {
	_, left, err := h.store.TallyDataKeys(ctx, org, version)
	if err != nil || left == 0 {
		return 0, err
	}
	pace := p.progress("data keys of "+string(org), left)
	for {
		stored, err := h.store.DataKeys(ctx, org, version, rewrapBatch)
		if err != nil || len(stored) == 0 {
			return n, err
		}
		for i, k := range stored {
			if stored[i].Key, _, err = h.keys.RewrapData(ctx, k.Key, k.Place()); err != nil {
				return n, err
			}
		}
		if err := h.store.ReplaceDataKeys(ctx, stored); err != nil {
			return n, err
		}
		n += len(stored)
		pace.at(n)
	}
}

// pace tells how far a long work is, every few seconds.
type pace struct {
	p           *program
	what        string
	total       int
	began, said time.Time
}

// paceEvery is how often.
const paceEvery = 2 * time.Second

func (p *program) progress(what string, total int) *pace {
	now := p.now()
	return &pace{p: p, what: what, total: total, began: now, said: now}
}

func (w *pace) at(done int) {
	now := w.p.now()
	if now.Sub(w.said) < paceEvery {
		return
	}
	w.said = now
	rate := float64(done) / now.Sub(w.began).Seconds()
	fmt.Fprintf(w.p.err, "%s: %d of %d, %.0f a second\n", w.what, done, max(w.total, done), rate)
}
