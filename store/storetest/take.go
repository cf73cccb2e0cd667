package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/store"
)

var takeChecks = []check{
	{"a message that somebody takes charge of is watched no more", takeEnds},
	{"what was read, taken or is gone cannot be taken", takeConflict},
	{"of many who take a message at once one does", takeRace},
}

func takeEnds(t *testing.T, c *Clinic) {
	m := c.watched(t, Number(1))
	c.mustAccept(t, c.Acceptance(m))
	c.send(t, Noon)
	at := Noon.Add(24 * time.Hour)
	c.remind(t, at)
	nurse := store.Actor{Kind: store.BySender, ID: string(c.Sender.ID)}
	must(t, "Take", c.Take(t.Context(), c.Org.ID, m.ID, nurse, at))
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Taken)
	if e := c.last(t, store.Taken); e.By != nurse || e.Recipient != m.To.ID || !e.At.Equal(at) {
		t.Errorf("event: got %+v, want the nurse's, about the recipient", e)
	}
	if due := c.watches(t, Noon.Add(life-time.Second)); len(due) != 0 {
		t.Errorf("DueWatches: got %d, want none", len(due))
	}
	if due := c.due(t, Noon.Add(life-time.Second)); len(due) != 0 {
		t.Errorf("Due: got %d rows, want the reminder cancelled", len(due))
	}
	unwatched := c.accept(t, Number(2))[0]
	must(t, "Take of one that was not watched", c.Take(t.Context(), c.Org.ID, unwatched.ID, nurse, at))
	if due := c.due(t, at); len(due) != 1 || due[0].Message != unwatched.ID {
		t.Errorf("Due: got %d rows, want the first text of the message", len(due))
	}
}

func takeConflict(t *testing.T, c *Clinic) {
	read, hash, v := c.enrolled(t, Number(1))
	must(t, "Read", c.Read(t.Context(), read.ID, v, Noon))
	taken, wiped, expired := c.accept(t, Number(2))[0], c.accept(t, Number(3))[0], c.accept(t, Number(4))[0]
	must(t, "Take", c.Take(t.Context(), c.Org.ID, taken.ID, Ana, Noon))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, wiped.ID, Ana, Noon))
	before := c.count(t)
	for what, try := range map[string]struct {
		m  store.Message
		at time.Time
	}{
		"read": {read, Noon}, "taken": {taken, Noon}, "wiped": {wiped, Noon}, "over": {expired, expired.Expires},
	} {
		wantError(t, "Take of what is "+what, c.Take(t.Context(), c.Org.ID, try.m.ID, Ana, try.at), store.ErrConflict)
	}
	wantError(t, "Take of no such message", c.Take(t.Context(), c.Org.ID, store.NewMessageID(Noon), Ana, Noon), store.ErrNotFound)
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
	c.wantViewing(t, read, hash, v, Noon, nil)
}

func takeRace(t *testing.T, c *Clinic) {
	m := c.watched(t, Number(1))
	c.mustAccept(t, c.Acceptance(m))
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			switch err := c.Take(t.Context(), c.Org.ID, m.ID, Ana, Noon); err {
			case nil:
				taken.Add(1)
			default:
				wantError(t, "Take", err, store.ErrConflict)
			}
		})
	}
	wg.Wait()
	if n := taken.Load(); n != 1 {
		t.Errorf("Take: done %d times, want once", n)
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Taken)
}
