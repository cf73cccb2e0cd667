package sqlite_test

import (
	"path/filepath"
	"testing"

	"securetext/store"
	"securetext/store/sqlite"
	"securetext/store/storetest"
)

func TestStore(t *testing.T) {
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
