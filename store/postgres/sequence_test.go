package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"securetext/store/merkle"
	"securetext/store/postgres"
	"securetext/store/storetest"
)

var logKey = merkle.NewKey([32]byte{7})

func sequence(tb testing.TB, db *postgres.DB, now time.Time) int {
	tb.Helper()
	n, err := db.Sequence(tb.Context(), 1000, logKey.Mark, now)
	if err != nil {
		tb.Fatalf("Sequence: %v", err)
	}
	return n
}

// begin writes events in a transaction that is still open.
func begin(tb testing.TB, url string, n int) pgx.Tx {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatalf("connect: %v", err)
	}
	tb.Cleanup(func() { conn.Close(context.Background()) })
	tx, err := conn.Begin(tb.Context())
	if err != nil {
		tb.Fatalf("begin: %v", err)
	}
	insert(tb, tx, n)
	return tx
}

func insert(tb testing.TB, tx pgx.Tx, n int) {
	tb.Helper()
	_, err := tx.Exec(tb.Context(), `
		INSERT INTO events (org_id, kind, actor_kind, actor_id, addr, detail, at)
		SELECT 'org_x', 'read', 'system', '', '', '', $2
		  FROM generate_series(1, $1)`, n, storetest.Noon.UnixMicro())
	if err != nil {
		tb.Fatalf("insert: %v", err)
	}
}

// wantAllLeaves checks that each event has one leaf and that there are no gaps.
func wantAllLeaves(tb testing.TB, url string) {
	tb.Helper()
	for what, query := range map[string]string{
		"events without a leaf": `SELECT count(*) FROM events e LEFT JOIN log_leaves l USING (seq) WHERE l.seq IS NULL`,
		"leaves without events": `SELECT count(*) FROM log_leaves l LEFT JOIN events e USING (seq) WHERE e.seq IS NULL`,
		"missing places":        `SELECT COALESCE(max(leaf) + 1, 0) - count(*) FROM log_leaves`,
		"wrong size":            `SELECT (SELECT count(*) FROM log_leaves) - (SELECT size FROM log_state)`,
	} {
		if n := ask(tb, url, query); n != 0 {
			tb.Errorf("%s: got %d, want none", what, n)
		}
	}
}

// A transaction that ends late leaves its events below those that were sequenced
// before: they follow, however long it takes, and what came to nothing holds nothing up.
func TestS34EventsThatAreSeenLateAreNotSkipped(t *testing.T) {
	url := database(t, template(t))
	db := open(t, url)
	now := storetest.Noon
	open, never := begin(t, url, 3), begin(t, url, 2)
	commit := func(tx pgx.Tx) {
		t.Helper()
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatalf("commit: %v", err)
		}
	}
	commit(begin(t, url, 5))
	if n := sequence(t, db, now); n != 5 {
		t.Errorf("Sequence: got %d, want the 5 that can be seen", n)
	}
	if err := never.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 20 { // the gaps are looked at ever less often
		if n := sequence(t, db, now); n != 0 {
			t.Errorf("Sequence: got %d, want none", n)
		}
		now = now.Add(time.Hour)
	}
	insert(t, open, 1) // with a later seq than the 5, in the same late transaction
	commit(open)
	if n := sequence(t, db, now.Add(25*time.Hour)); n != 4 {
		t.Errorf("Sequence: got %d, want the 4 that were late", n)
	}
	wantAllLeaves(t, url)
}

// Eight sequencers work while transactions of all lengths end in any order, and some
// come to nothing.
func TestS34NoEventIsSkippedWhenTransactionsEndInAnyOrder(t *testing.T) {
	url := database(t, template(t))
	done := make(chan struct{})
	var writers, sequencers sync.WaitGroup
	for range 8 {
		db := open(t, url)
		sequencers.Go(func() {
			for now := storetest.Noon; ; now = now.Add(time.Second) {
				if _, err := db.Sequence(t.Context(), 7, logKey.Mark, now); err != nil {
					t.Errorf("Sequence: %v", err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range 6 {
		writers.Go(func() {
			for range 25 {
				tx := begin(t, url, 1+rand.IntN(4))
				time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
				insert(t, tx, 1+rand.IntN(4))
				end := tx.Commit
				if rand.IntN(4) == 0 {
					end = tx.Rollback
				}
				if err := end(t.Context()); err != nil {
					t.Errorf("end: %v", err)
				}
				tx.Conn().Close(t.Context())
			}
		})
	}
	writers.Wait()
	close(done)
	sequencers.Wait()
	db := open(t, url)
	for now := storetest.Noon.Add(24 * time.Hour); sequence(t, db, now) > 0; now = now.Add(25 * time.Hour) {
	}
	sequence(t, db, storetest.Noon.Add(1000*time.Hour))
	wantAllLeaves(t, url)
}

// BenchmarkSequence gives places to events that wait, so many as messages of a busy
// hour leave behind.
func BenchmarkSequence(b *testing.B) {
	for _, before := range []int{0, 200_000} {
		b.Run(fmt.Sprint("behind ", before), func(b *testing.B) {
			url := database(b, template(b))
			db := open(b, url)
			if before > 0 {
				execute(b, url, fmt.Sprintf(`
					INSERT INTO events (org_id, kind, actor_kind, actor_id, addr, detail, at)
					SELECT 'org_x', 'read', 'system', '', '', '', 0 FROM generate_series(1, %d)`, before))
				for sequence(b, db, storetest.Noon) > 0 {
				}
			}
			execute(b, url, fmt.Sprintf(`
				INSERT INTO events (org_id, message_id, recipient_id, kind, actor_kind, actor_id, addr, detail, at)
				SELECT 'org_06h1mn912dvg4vm732ajwdkb5g', 'msg_' || n, 'rcp_06h1mn912dvg4vm732ajwdkb5g', 'delivered', 'carrier', 'twilio', '', '', 0
				  FROM generate_series(1, %d) n`, b.N))
			b.ResetTimer()
			for done := 0; done < b.N; {
				done += sequence(b, db, storetest.Noon)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
