package sqlstore_test

import (
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/sqlstore"
	"securetext/store/storetest"
	"securetext/store/token"
)

// The races that only a database with several writers at once has.
func TestPostgresRaces(t *testing.T) {
	database := newDatabase(t, postgres(t))
	for name, check := range map[string]func(*testing.T, *storetest.Clinic){
		"each message expires for one process":          expireAtOnce,
		"a receipt that comes ten times counts once":    receiptsAtOnce,
		"no text is queued for what is wiped meanwhile": wipeWhileAsking,
	} {
		t.Run(name, func(t *testing.T) { check(t, storetest.NewClinic(t, openPostgres(t, database))) })
	}
}

// atOnce runs f n times at once.
func atOnce(n int, f func()) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(f)
	}
	wg.Wait()
}

func accept(t *testing.T, c *storetest.Clinic, n int) []store.Message {
	t.Helper()
	var messages []store.Message
	for i := range n {
		messages = append(messages, c.Write(t, storetest.Number(i), seal.Plaintext("hello")))
	}
	if _, err := c.Accept(t.Context(), c.Acceptance(messages...)); err != nil {
		t.Fatalf("Accept: %v", err)
	}
	return messages
}

// text sends the link of one message and gives the text and the link.
func text(t *testing.T, c *storetest.Clinic) (store.TextID, token.Hash) {
	t.Helper()
	due, err := c.Due(t.Context(), 1, time.Minute, storetest.Noon)
	if err != nil || len(due) != 1 {
		t.Fatalf("Due: got %d, %v, want 1", len(due), err)
	}
	a := store.Attempt{Claim: due[0].Claim, Text: store.NewTextID(storetest.Noon), Link: token.New().Hash()}
	if err := c.AddLinks(t.Context(), []store.Attempt{a}, storetest.Noon); err != nil {
		t.Fatalf("AddLinks: %v", err)
	}
	return a.Text, a.Link
}

func count(t *testing.T, c *storetest.Clinic, kind store.Kind) int {
	t.Helper()
	events, err := c.Events(t.Context(), store.EventFilter{Org: c.Org.ID, Kind: kind})
	if err != nil {
		t.Fatalf("Events: %v", err)
	}
	return len(events)
}

func expireAtOnce(t *testing.T, c *storetest.Clinic) {
	late := accept(t, c, 40)[0].Expires
	var expired atomic.Int64
	atOnce(4, func() {
		n, err := c.Expire(t.Context(), 100, late)
		if err != nil {
			t.Errorf("Expire: %v", err)
		}
		expired.Add(int64(n))
	})
	if n, events := expired.Load(), count(t, c, store.Expired); n != 40 || events != 40 {
		t.Errorf("Expire: got %d messages and %d events, want 40 of each", n, events)
	}
}

func receiptsAtOnce(t *testing.T, c *storetest.Clinic) {
	accept(t, c, 1)
	id, _ := text(t, c)
	r := store.Receipt{Text: id, ProviderID: "SM1", State: store.TextUndelivered, Retry: storetest.Noon.Add(time.Hour)}
	atOnce(10, func() {
		if err := c.Receipt(t.Context(), r, storetest.Noon); err != nil {
			t.Errorf("Receipt: %v", err)
		}
	})
	for _, kind := range []store.Kind{store.Sent, store.Undelivered} {
		if n := count(t, c, kind); n != 1 {
			t.Errorf("events: got %d %s, want 1", n, kind)
		}
	}
	if b, err := c.Backlog(t.Context(), r.Retry); err != nil || b.Due != 1 {
		t.Errorf("Backlog: got %d, %v, want one other text", b.Due, err)
	}
}

func wipeWhileAsking(t *testing.T, c *storetest.Clinic) {
	for n := range 10 {
		m := accept(t, c, 1)[0]
		id, _ := text(t, c)
		r := store.Receipt{Text: id, ProviderID: string(id), State: store.TextDelivered}
		if err := c.Receipt(t.Context(), r, storetest.Noon); err != nil {
			t.Fatalf("Receipt: %v", err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := c.Resend(t.Context(), m.Org, m.ID, storetest.Ana, storetest.Noon); err != nil && !errors.Is(err, store.ErrGone) {
				t.Errorf("Resend: %v", err)
			}
		})
		wg.Go(func() {
			if err := c.Wipe(t.Context(), m.Org, m.ID, storetest.Ana, storetest.Noon); err != nil {
				t.Errorf("Wipe: %v", err)
			}
		})
		wg.Wait()
		if queued := countOutbox(t, c); queued != 0 {
			t.Fatalf("round %d: got %d rows in the outbox, want none", n, queued)
		}
	}
}

// countOutbox counts rows that are never due, too.
func countOutbox(t *testing.T, c *storetest.Clinic) (n int) {
	t.Helper()
	err := c.Store.(*sqlstore.DB).Change(t.Context(), "count", func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM outbox`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
