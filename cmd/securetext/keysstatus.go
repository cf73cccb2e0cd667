package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"securetext/store"
)

type keysStatusCmd struct{}

// Run prints, by the ids of keys, what is wrapped and hashed by which.
func (keysStatusCmd) Run(ctx context.Context, p *program) error {
	return p.useKeys(ctx, func(h *house) error {
		for _, say := range []func(context.Context, *program) error{h.rootStatus, h.orgKeyStatus, h.phoneStatus} {
			if err := say(ctx, p); err != nil {
				return err
			}
		}
		if len(h.secret.PepperOld) > 0 {
			fmt.Fprintln(p.out, "PEPPER_OLD: a password changes over when its owner signs in; who did is in no database, so keep it as long as you can")
		}
		return nil
	})
}

func (h *house) rootStatus(ctx context.Context, p *program) error {
	stored, err := h.store.OrgKeys(ctx)
	if err != nil {
		return fmt.Errorf("list org keys: %w", err)
	}
	wraps := map[string]int{}
	for _, k := range stored {
		wraps[k.Root]++
	}
	set := h.keys.RootIDs()
	ids := slices.Clone(set)
	for id := range wraps {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		fmt.Fprintf(p.out, "root key %s: wraps %d org keys: %s\n", id, wraps[id], rootAdvice(id == h.keys.RootID(), slices.Contains(set, id), wraps[id]))
	}
	return nil
}

func rootAdvice(inUse, set bool, wraps int) string {
	switch {
	case inUse:
		return "in use"
	case !set:
		return "NOT SET, so these do not open: put it back, as a former one"
	case wraps > 0:
		return "not yet to be taken out; run: securetext keys rotate"
	}
	return "may be taken out, or is to be the next"
}

func (h *house) orgKeyStatus(ctx context.Context, p *program) error {
	orgs, err := h.allOrgs(ctx)
	if err != nil {
		return fmt.Errorf("list orgs: %w", err)
	}
	for _, o := range orgs {
		newest, err := h.store.OrgKey(ctx, string(o), 0)
		if err != nil {
			return fmt.Errorf("find the key of %s: %w", o, err)
		}
		all, old, err := h.store.TallyDataKeys(ctx, o, newest.Version)
		if err != nil {
			return fmt.Errorf("count the data keys of %s: %w", o, err)
		}
		fmt.Fprintf(p.out, "%s: version %d in use: %d data keys, %d of them under older versions\n", o, newest.Version, all, old)
	}
	return nil
}

func (h *house) phoneStatus(ctx context.Context, p *program) error {
	keys, err := h.store.PhoneKeys(ctx)
	if err != nil {
		return fmt.Errorf("list phone keys: %w", err)
	}
	inUse := h.index.KeyIDs()[0]
	for _, k := range keys {
		if k.ID == inUse {
			fmt.Fprintf(p.out, "phone key %s: in use since %s\n", k.ID, k.Since.UTC().Format(time.RFC3339))
			continue
		}
		t, err := h.store.TallyNumbers(ctx, inUse, k.Used.Add(keyRound), p.now())
		if err != nil {
			return fmt.Errorf("count hashes: %w", err)
		}
		fmt.Fprintf(p.out, "phone key %s: another, last used %s: %s\n", k.ID, k.Used.UTC().Format(time.RFC3339), phoneAdvice(t, p.now().Sub(k.Used)))
	}
	return nil
}

// phoneAdvice is what keeps a phone key from being taken out. Codes and deliveries of
// mails, which live for minutes and days, are no reason.
func phoneAdvice(t store.NumberTally, idle time.Duration) string {
	var reasons []string
	if idle < keyIdle {
		reasons = append(reasons, "a process uses it")
	}
	if t.Unhashed > 0 {
		reasons = append(reasons, fmt.Sprintf("%d of %d numbers are not hashed with the one in use; run: securetext keys rotate --phones", t.Unhashed, t.Recipients))
	}
	if t.Passcodes > 0 {
		reasons = append(reasons, fmt.Sprintf("%d messages that can be read yet ask for a passcode that may be kept by it", t.Passcodes))
	}
	if t.Recovery > 0 {
		reasons = append(reasons, fmt.Sprintf("%d recovery codes of staff may be kept by it; they make new ones in the console", t.Recovery))
	}
	if len(reasons) == 0 {
		return "may be taken out of PHONE_KEY_OLD"
	}
	return "not yet to be taken out: " + strings.Join(reasons, "; ")
}
