package postgres_test

import (
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/storetest"
)

// queue stores so many messages in one acceptance.
func queue(tb testing.TB, c *storetest.Clinic, n int) {
	tb.Helper()
	var messages []store.Message
	for i := range n {
		messages = append(messages, c.Write(tb, storetest.Number(i), seal.Plaintext("x")))
	}
	if _, err := c.Accept(tb.Context(), c.Acceptance(messages...)); err != nil {
		tb.Fatalf("Accept: %v", err)
	}
}

func TestTwoProcessesShareDue(t *testing.T) {
	const rows = 200
	url := database(t, template(t))
	one, other := open(t, url), open(t, url)
	queue(t, storetest.NewClinic(t, one), rows)
	var wg sync.WaitGroup
	var mu sync.Mutex
	claimed := map[store.OutboxID]int{}
	for _, db := range []store.Store{one, other, one, other} {
		wg.Go(func() {
			for {
				due, err := db.Due(t.Context(), 9, time.Minute, storetest.Noon)
				if err != nil {
					t.Errorf("Due: %v", err)
				}
				if len(due) == 0 {
					return
				}
				mu.Lock()
				for _, d := range due {
					claimed[d.Outbox]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for id, n := range claimed {
		if n != 1 {
			t.Errorf("row %d was claimed %d times", id, n)
		}
	}
	// A claimer that finds all that is left locked comes away with nothing, so
	// some rows may be left for a next look.
	left, err := one.Due(t.Context(), rows, time.Minute, storetest.Noon)
	if err != nil || len(claimed)+len(left) != rows {
		t.Errorf("Due: %d rows were claimed and %d left, %v, want %d", len(claimed), len(left), err, rows)
	}
}

func TestDueWaitsForNobody(t *testing.T) {
	url := database(t, template(t))
	clinic := storetest.NewClinic(t, open(t, url))
	queue(t, clinic, 3)
	release := lock(t, url, `SELECT id FROM outbox ORDER BY id LIMIT 1 FOR UPDATE`)
	due, err := clinic.Due(t.Context(), 10, time.Minute, storetest.Noon)
	if err != nil || len(due) != 2 {
		t.Errorf("Due while a row is locked: got %d, %v, want the other 2", len(due), err)
	}
	release()
	due, err = clinic.Due(t.Context(), 10, time.Minute, storetest.Noon)
	if err != nil || len(due) != 1 {
		t.Errorf("Due afterwards: got %d, %v, want the one left", len(due), err)
	}
}

func TestRevocationHoldsInEveryProcess(t *testing.T) {
	url := database(t, template(t))
	one, other := open(t, url), open(t, url)
	clinic := storetest.NewClinic(t, one)
	m := clinic.Write(t, storetest.Number(1), seal.Plaintext("x"))
	if _, err := clinic.Accept(t.Context(), clinic.Acceptance(m)); err != nil {
		t.Fatalf("Accept: %v", err)
	}
	v := store.Viewer{Org: m.Org, Recipient: m.To.ID}
	if err := other.Read(t.Context(), m.ID, v, storetest.Noon); err != nil {
		t.Errorf("Read: %v", err)
	}
	if err := one.RevokeSessions(t.Context(), m.Org, m.To.ID, storetest.Ana, storetest.Noon); err != nil {
		t.Fatalf("RevokeSessions: %v", err)
	}
	wantRevoked(t, other.Read(t.Context(), m.ID, v, storetest.Noon))
}
