package main

import (
	"context"
	"errors"
	"fmt"

	"securetext/store"
)

// rotatePhones hashes every number with the phone key in use. Where no other key is
// set any more, it then forgets what is hashed with those.
func (h *house) rotatePhones(ctx context.Context, p *program) error {
	n, lost, err := h.hashNumbers(ctx, p)
	if err != nil {
		return fmt.Errorf("hash numbers: %w (run it again: it goes on from there)", err)
	}
	fmt.Fprintf(p.out, "%d numbers hashed with the current phone key\n", n)
	if lost > 0 {
		fmt.Fprintf(p.out, "%d recipients are found by no key, since the phone key was once changed by hand: others have their numbers. They stay as they are, and count as not hashed; once PHONE_KEY_OLD is nowhere set any more, run this again before processes start\n", lost)
	}
	keys, err := h.store.PhoneKeys(ctx)
	if err != nil {
		return fmt.Errorf("list phone keys: %w", err)
	}
	ids := h.index.KeyIDs()
	for _, k := range keys {
		if k.ID == ids[0] {
			continue
		}
		if len(ids) > 1 {
			fmt.Fprintln(p.out, "once PHONE_KEY_OLD is nowhere set any more, run it again: it forgets the hashes by the former key")
			return nil
		}
		if err := h.dropPhoneKey(ctx, p, k.ID); err != nil {
			return err
		}
	}
	return nil
}

// hashNumbers tells how many it hashed, and how many recipients are found no more.
func (h *house) hashNumbers(ctx context.Context, p *program) (n, lost int, err error) {
	key := h.index.KeyIDs()[0]
	tally, err := h.store.TallyNumbers(ctx, key, p.now(), p.now())
	if err != nil {
		return 0, 0, err
	}
	pace := p.progress("numbers", tally.Unhashed)
	for after, seen := store.RecipientID(""), 0; ; {
		list, err := h.store.Unhashed(ctx, key, after, rewrapBatch)
		if err != nil || len(list) == 0 {
			return n, lost, err
		}
		hashes, err := h.hashesOf(ctx, list)
		if err != nil {
			return n, lost, err
		}
		added, err := h.store.AddHashes(ctx, hashes)
		if err != nil {
			return n, lost, err
		}
		lost += len(list) - len(hashes)
		n, seen, after = n+added, seen+len(list), list[len(list)-1].ID
		pace.at(seen)
	}
}

// hashesOf hashes numbers with the key in use. Whose number finds another recipient gets
// none: that one is who may have said STOP.
func (h *house) hashesOf(ctx context.Context, list []store.Unhashed) ([]store.HashOf, error) {
	all, ofOrg := make([][]store.HashedNumber, len(list)), map[store.OrgID][]store.NumberHash{}
	for i, u := range list {
		whom, err := h.whomOf(ctx, u)
		if err != nil {
			return nil, fmt.Errorf("recipient %s: %w", u.ID, err)
		}
		all[i] = store.HashesOf(h.index, whom)
		ofOrg[u.Org] = append(ofOrg[u.Org], store.Hashes(all[i])...)
	}
	found := map[store.OrgID]map[store.NumberHash]store.Known{}
	for org, hashes := range ofOrg {
		known, err := h.store.Known(ctx, org, hashes)
		if err != nil {
			return nil, fmt.Errorf("find recipients: %w", err)
		}
		found[org] = known
	}
	var own []store.HashOf
	for i, u := range list {
		if k, ok := store.Among(found[u.Org], all[i]); !ok || k.ID == u.ID {
			own = append(own, store.HashOf{Org: u.Org, Recipient: u.ID, HashedNumber: all[i][0]})
		}
	}
	return own, nil
}

// whomOf opens a number, and the name of who shares it.
func (h *house) whomOf(ctx context.Context, u store.Unhashed) (store.Whom, error) {
	key, err := h.keys.DataKey(ctx, u.Key, u.Place())
	if err != nil {
		return store.Whom{}, err
	}
	number, err := key.Open(u.Number, u.Place())
	if err != nil {
		return store.Whom{}, err
	}
	who, err := store.OpenPerson(key, u.Person, u.Place())
	return store.Whom{Org: u.Org, Number: string(number), Person: who}, err
}

// dropPhoneKey forgets a former key, unless a process used it of late: that would find
// nobody any more.
func (h *house) dropPhoneKey(ctx context.Context, p *program, key string) error {
	forgotten := 0
	for {
		n, err := h.store.DropPhoneKey(ctx, key, p.now().Add(-keyIdle), rewrapBatch)
		if errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("phone key %s was used within the last %s: give every process the new one first", key, keyIdle)
		}
		if err != nil {
			return fmt.Errorf("forget hashes: %w (run it again: it goes on from there)", err)
		}
		if n == 0 {
			fmt.Fprintf(p.out, "phone key %s: %d hashes forgotten\n", key, forgotten)
			return nil
		}
		forgotten += n
	}
}
