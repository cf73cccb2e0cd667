package storetest

import (
	"slices"
	"sync"
	"testing"

	"securetext/store"
	"securetext/store/seal"
)

// atOnce accepts at once and checks that one caller stored what all are given.
func (c *Clinic) atOnce(t *testing.T, all []store.Acceptance) {
	t.Helper()
	got := make([]store.Stored, len(all))
	var wg sync.WaitGroup
	for i, a := range all {
		wg.Go(func() {
			var err error
			if got[i], err = c.Accept(t.Context(), a); err != nil {
				t.Errorf("Accept: %v", err)
			}
		})
	}
	wg.Wait()
	stored := 0
	for i, g := range got {
		if !g.Replayed {
			stored++
			c.wantStatus(t, all[i].Messages[0].ID, store.Accepted)
		}
		if !slices.Equal(g.Messages, got[0].Messages) {
			t.Errorf("Accept: got %v and %v for one hash", g.Messages, got[0].Messages)
		}
	}
	if stored != 1 {
		t.Errorf("Accept: %d callers were told that theirs is stored, want 1", stored)
	}
	c.wantMessages(t, 1)
}

func repeatRace(t *testing.T, c *Clinic) {
	var all []store.Acceptance
	for range 50 {
		all = append(all, c.Acceptance(c.again(t, 1, Number(1))))
	}
	c.atOnce(t, all)
}

func repeatRaceOfMany(t *testing.T, c *Clinic) {
	const callers, hashes = 16, 12
	var mu sync.Mutex
	ids := map[store.RepeatHash]store.MessageID{}
	var wg sync.WaitGroup
	for n := range callers {
		wg.Go(func() {
			var messages []store.Message
			for i := range hashes {
				h := (i*(2*n+1) + n) % hashes // another order for each
				messages = append(messages, c.again(t, byte(h+1), Number(h)))
			}
			stored, err := c.Accept(t.Context(), c.Acceptance(messages...))
			if err != nil {
				t.Errorf("Accept: %v", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			for i, m := range messages {
				if id, there := ids[m.Repeat]; there && id != stored.Messages[i] {
					t.Errorf("Accept: got %s and %s for one hash", id, stored.Messages[i])
				}
				ids[m.Repeat] = stored.Messages[i]
			}
		})
	}
	wg.Wait()
	c.wantMessages(t, hashes)
}

func repeatAttachedRace(t *testing.T, c *Clinic) {
	sent := files(3 * seal.ChunkSize)
	var all []store.Acceptance
	for range 10 {
		all = append(all, c.Acceptance(c.again(t, 1, Number(1), sent...)))
	}
	c.atOnce(t, all)
	x := c.send(t, Noon)[0]
	c.opensAttachment(t, x.Link, seal.FirstAttachment, c.enrol(t, x.Link), sent[0])
}
