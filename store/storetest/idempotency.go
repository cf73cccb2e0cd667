package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

var idempotencyChecks = []check{
	{"S30: the same key and request again gives the messages of the first time", replayGivesFirst},
	{"S30: the same key with another request is a conflict", keyReusedConflicts},
	{"S30: of many at once with one key one is stored and the others are replays", keyRace},
	{"another org's key is another key", keyPerOrg},
	{"a key is forgotten after its life", keyForgotten},
}

func (c *Clinic) keyed(tb testing.TB, key string, request byte, numbers ...string) store.Acceptance {
	tb.Helper()
	var messages []store.Message
	for _, n := range numbers {
		messages = append(messages, c.Write(tb, n, seal.Plaintext("hello")))
	}
	a := c.Acceptance(messages...)
	a.Idempotency = &store.Idempotency{Key: key, Request: [32]byte{request}}
	return a
}

func replayGivesFirst(t *testing.T, c *Clinic) {
	first := c.mustAccept(t, c.keyed(t, "k", 1, Number(1), Number(2)))
	again := c.mustAccept(t, c.keyed(t, "k", 1, Number(1), Number(2)))
	if first.Replayed || !again.Replayed {
		t.Errorf("Replayed: got %t then %t, want false then true", first.Replayed, again.Replayed)
	}
	if !slices.Equal(first.Messages, again.Messages) {
		t.Errorf("replay: got %v, want %v", again.Messages, first.Messages)
	}
	if got := c.backlog(t, Noon).Due; got != 2 {
		t.Errorf("Backlog: got %d due, want 2", got)
	}
}

func keyReusedConflicts(t *testing.T, c *Clinic) {
	c.mustAccept(t, c.keyed(t, "k", 1, Number(1)))
	_, err := c.Accept(t.Context(), c.keyed(t, "k", 2, Number(1)))
	wantError(t, "Accept", err, store.ErrConflict)
	if got := c.backlog(t, Noon).Due; got != 1 {
		t.Errorf("Backlog: got %d due, want 1", got)
	}
	if got := c.mustAccept(t, c.keyed(t, "other", 2, Number(1))); got.Replayed {
		t.Error("another key was replayed")
	}
}

func keyRace(t *testing.T, c *Clinic) {
	const callers = 16
	var wg sync.WaitGroup
	got := make([]store.Stored, callers)
	for i := range callers {
		wg.Go(func() {
			var err error
			if got[i], err = c.Accept(t.Context(), c.keyed(t, "k", 1, Number(1))); err != nil {
				t.Errorf("Accept: %v", err)
			}
		})
	}
	wg.Wait()
	stored := 0
	for _, g := range got {
		if !g.Replayed {
			stored++
		}
		if !slices.Equal(g.Messages, got[0].Messages) {
			t.Errorf("Accept: got messages %v and %v for one key", g.Messages, got[0].Messages)
		}
	}
	if due := c.backlog(t, Noon).Due; stored != 1 || due != 1 {
		t.Errorf("got %d stored and %d texts due, want 1 and 1", stored, due)
	}
}

func keyPerOrg(t *testing.T, c *Clinic) {
	n := c.Neighbour(t)
	c.mustAccept(t, c.keyed(t, "k", 1, Number(1)))
	if got := n.mustAccept(t, n.keyed(t, "k", 2, Number(1))); got.Replayed {
		t.Error("the neighbour's key was taken for ours")
	}
}

func keyForgotten(t *testing.T, c *Clinic) {
	c.mustAccept(t, c.keyed(t, "k", 1, Number(1)))
	if _, err := c.Expire(t.Context(), 10, Noon.Add(store.IdempotencyLife-time.Minute)); err != nil {
		t.Fatalf("Expire: %v", err)
	}
	_, err := c.Accept(t.Context(), c.keyed(t, "k", 2, Number(1)))
	wantError(t, "Accept within the key's life", err, store.ErrConflict)
	if _, err := c.Expire(t.Context(), 10, Noon.Add(store.IdempotencyLife+time.Minute)); err != nil {
		t.Fatalf("Expire: %v", err)
	}
	if got := c.mustAccept(t, c.keyed(t, "k", 2, Number(1))); got.Replayed {
		t.Error("Accept after the key's life: replayed")
	}
}
