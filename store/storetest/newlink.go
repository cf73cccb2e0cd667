package storetest

import (
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var newLinkChecks = []check{
	{"the holder of a link may ask for a fresh one, now and then", newLinkQueues},
	{"asking at once queues one text", newLinkRace},
	{"there is no new link to what is gone", newLinkGone},
}

func newLinkQueues(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	must(t, "NewLink", c.NewLink(t.Context(), hash, visitor, Noon))
	if e := c.last(t, store.LinkAsked); e.Message != m.ID || e.Recipient != m.To.ID || e.By != visitor {
		t.Errorf("event: got %+v, want the visitor's asking", e)
	}
	soon := Noon.Add(store.NewLinkEvery - time.Second)
	wantError(t, "NewLink again", c.NewLink(t.Context(), hash, visitor, soon), store.ErrThrottled)
	fresh := c.send(t, Noon)
	if len(fresh) != 1 || fresh[0].Message != m.ID || fresh[0].Link == hash {
		t.Fatalf("Due: got %d texts, want one with a fresh link", len(fresh))
	}
	// The throttle is the message's, not the link's.
	wantError(t, "NewLink by the fresh link", c.NewLink(t.Context(), fresh[0].Link, visitor, soon), store.ErrThrottled)
	for _, h := range []token.Hash{hash, fresh[0].Link} {
		if l := c.link(t, h, Noon); l.Message != m.ID || l.State != store.LinkLive {
			t.Errorf("Link: got %s, want both links good", l.Message)
		}
	}
	must(t, "NewLink later", c.NewLink(t.Context(), hash, visitor, Noon.Add(store.NewLinkEvery)))
}

func newLinkRace(t *testing.T, c *Clinic) {
	_, hash := c.texted(t, Number(1))
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if err := c.NewLink(t.Context(), hash, visitor, Noon); err != nil {
				wantError(t, "NewLink", err, store.ErrThrottled)
			}
		})
	}
	wg.Wait()
	if due := c.due(t, Noon); len(due) != 1 {
		t.Errorf("Due: got %d texts, want 1", len(due))
	}
}

func newLinkGone(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	wantError(t, "NewLink after the message's life", c.NewLink(t.Context(), hash, visitor, Noon.Add(life)), store.ErrGone)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	wantError(t, "NewLink after Wipe", c.NewLink(t.Context(), hash, visitor, Noon), store.ErrGone)
	wantError(t, "NewLink by no such link", c.NewLink(t.Context(), token.New().Hash(), visitor, Noon), store.ErrNotFound)
	if due := c.due(t, Noon); len(due) != 0 {
		t.Errorf("Due: got %d texts, want none", len(due))
	}
}
