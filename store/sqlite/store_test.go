package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"securetext/store"
	"securetext/store/sqlite"
	"securetext/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store { return open(t) })
}

// open opens an empty store that is closed when the test ends.
func open(tb testing.TB) *sqlite.DB {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "secure text?.db")
	sqlite.Migrated(tb, path)
	return reopen(tb, path)
}

func reopen(tb testing.TB, path string) *sqlite.DB {
	tb.Helper()
	db, err := sqlite.Open(tb.Context(), path)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return db
}

func TestS34Tampering(t *testing.T) {
	t.Parallel()
	storetest.Tamper(t, func(t *testing.T) (store.Store, storetest.Superuser) {
		path := filepath.Join(t.TempDir(), "store.db")
		sqlite.Migrated(t, path)
		s := reopen(t, path)
		db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return s, storetest.Superuser{
			OwnSeq: `INSERT INTO events (seq, org_id, kind, actor_kind, actor_id, addr, detail, at)`,
			Do: func(query string, args ...any) {
				if _, err := db.Exec(query, args...); err != nil {
					t.Fatalf("%s: %v", query, err)
				}
			},
		}
	})
}
