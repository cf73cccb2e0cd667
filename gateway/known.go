package gateway

import (
	"context"
	"sync"

	"securetext/store"
)

// mostMet bounds what is remembered of recipients.
const mostMet = 10_000

// acquaintances remember, by hashes, under which ids recipients are known: from when
// they are judged until their messages are sealed, so that the store is asked once. An
// id never changes. The zero value is ready; safe for concurrent use.
type acquaintances struct {
	mu  sync.Mutex
	ids map[store.NumberHash]store.RecipientID
}

func (m *acquaintances) id(hashes []store.HashedNumber) store.RecipientID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ids[hashes[0].Hash]
}

func (m *acquaintances) remember(hashes []store.HashedNumber, id store.RecipientID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ids == nil || len(m.ids) > mostMet {
		m.ids = map[store.NumberHash]store.RecipientID{}
	}
	m.ids[hashes[0].Hash] = id
}

// known finds those who are known of recipients, and the numbers' own.
func (in *Intake) known(ctx context.Context, org store.OrgID, to []whom) (map[whom]store.Known, error) {
	hashes := map[whom][]store.HashedNumber{}
	var all []store.NumberHash
	for _, w := range to {
		for _, x := range []whom{w, w.alone()} {
			if hashes[x] == nil {
				hashes[x] = x.hashes(in.Index, org)
				all = append(all, store.Hashes(hashes[x])...)
			}
		}
	}
	list, err := in.Verdicts.Known(ctx, org, all)
	if err != nil {
		return nil, err
	}
	known := map[whom]store.Known{}
	for w, h := range hashes {
		if k, ok := store.Among(list, h); ok {
			known[w] = k
			in.met.remember(h, k.ID)
		}
	}
	return known, nil
}
