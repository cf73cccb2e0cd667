// Package sqlitetest opens stores for tests.
//
// The tables are made once for all tests of a package, and copied: making them is
// most of what a short test would spend its time on.
package sqlitetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"securetext/store/sqlite"
)

// migrated is the file of a store with nothing in it but its tables.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sqlitetest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "empty.db")
	db, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Open opens an empty store in a new file at path. It is closed when the test ends.
func Open(tb testing.TB, path string) *sqlite.DB {
	tb.Helper()
	empty, err := migrated()
	if err == nil {
		err = os.WriteFile(path, empty, 0o600)
	}
	if err != nil {
		tb.Fatalf("make an empty store: %v", err)
	}
	return Reopen(tb, path)
}

// Reopen opens what is in the file at path. It is closed when the test ends.
func Reopen(tb testing.TB, path string) *sqlite.DB {
	tb.Helper()
	db, err := sqlite.Open(tb.Context(), path)
	if err != nil {
		tb.Fatalf("open a store: %v", err)
	}
	tb.Cleanup(func() { db.Close() })
	return db
}
