package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// migrated is an empty store as a file, made once: to migrate takes longer than
// most cases.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sqlite")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "store.db")
	db, err := Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Migrated writes the file of an empty store.
func Migrated(tb testing.TB, path string) {
	tb.Helper()
	b, err := migrated()
	if err != nil {
		tb.Fatalf("migrate: %v", err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		tb.Fatalf("copy: %v", err)
	}
}
