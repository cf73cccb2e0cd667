package sqlite_test

import (
	"path/filepath"
	"testing"

	"securetext/store"
	"securetext/store/sqlite"
	"securetext/store/storetest"
)

func place(t *testing.T) storetest.Place {
	path := filepath.Join(t.TempDir(), "store.db")
	return storetest.Place{
		Restore: func(r store.Restoration) (store.Restored, error) { return sqlite.Restore(t.Context(), path, r) },
		Open:    func() storetest.Kept { return reopen(t, path) },
	}
}

func TestBackups(t *testing.T) { storetest.Backups(t, place, place) }
