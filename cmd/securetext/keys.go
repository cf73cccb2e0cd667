package main

import (
	"context"
	"errors"
	"fmt"

	"securetext/store"
)

type keysRotateCmd struct {
	Org string `help:"Also make a new key for this org (id or name; \"all\" for every one) and wrap its data keys under it." placeholder:"ORG"`
}

// rewrapBatch is how many data keys are wrapped anew in one transaction.
const rewrapBatch = 500

// Run wraps every org key that a former root key wraps under the current one
// and, if asked, makes new org keys. Content is never encrypted anew. It may
// run while the service does, and again if it was cut short.
func (c *keysRotateCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		n, err := h.rewrapOrgKeys(ctx, p)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%d org keys wrapped under the current root key\n", n)
		orgs, err := c.orgs(ctx, h)
		if err != nil {
			return err
		}
		for _, o := range orgs {
			version, n, err := h.rotateOrg(ctx, p, o)
			if err != nil {
				return fmt.Errorf("rotate the key of %s: %w", o, err)
			}
			fmt.Fprintf(p.out, "%s: version %d, %d data keys wrapped under it\n", o, version, n)
		}
		return nil
	})
}

func (c *keysRotateCmd) orgs(ctx context.Context, h *house) ([]store.OrgID, error) {
	switch c.Org {
	case "":
		return nil, nil
	case "all":
		orgs, err := h.store.Orgs(ctx)
		var ids []store.OrgID
		for _, o := range orgs {
			ids = append(ids, o.ID)
		}
		return ids, err
	default:
		o, err := h.org(ctx, c.Org)
		return []store.OrgID{o.ID}, err
	}
}

func (h *house) rewrapOrgKeys(ctx context.Context, p *program) (n int, err error) {
	stored, err := h.store.OrgKeys(ctx)
	if err != nil {
		return 0, fmt.Errorf("list org keys: %w", err)
	}
	for _, k := range stored {
		rewrapped, changed, err := h.keys.RewrapOrg(k)
		if err != nil {
			return n, fmt.Errorf("rewrap the key of %s: %w (put the former root key into ROOT_KEY_OLD)", k.Org, err)
		}
		if !changed {
			continue
		}
		if err := h.store.ReplaceOrgKey(ctx, rewrapped, operator(), p.now()); err != nil {
			return n, fmt.Errorf("store the key of %s: %w", k.Org, err)
		}
		n++
	}
	return n, nil
}

// rotateOrg makes the org's next key and wraps all its data keys under it.
func (h *house) rotateOrg(ctx context.Context, p *program, org store.OrgID) (version, n int, err error) {
	newest, err := h.store.OrgKey(ctx, string(org), 0)
	if err != nil {
		return 0, 0, err
	}
	next := h.keys.NewOrgKey(string(org), newest.Version+1)
	if err := h.store.AddOrgKey(ctx, next, operator(), p.now()); errors.Is(err, store.ErrConflict) {
		return 0, 0, errors.New("another rotation is under way")
	} else if err != nil {
		return 0, 0, err
	}
	h.keys.Forget(string(org))
	for {
		stored, err := h.store.DataKeys(ctx, org, next.Version, rewrapBatch)
		if err != nil || len(stored) == 0 {
			return next.Version, n, err
		}
		for i, k := range stored {
			if stored[i].Key, _, err = h.keys.RewrapData(ctx, k.Key, k.Place()); err != nil {
				return next.Version, n, err
			}
		}
		if err := h.store.ReplaceDataKeys(ctx, stored); err != nil {
			return next.Version, n, err
		}
		n += len(stored)
	}
}
