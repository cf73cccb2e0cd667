package postgres_test

import (
	"path/filepath"
	"testing"

	"securetext/store"
	"securetext/store/postgres"
	"securetext/store/sqlite"
	"securetext/store/sqlite/sqlitetest"
	"securetext/store/storetest"
)

func place(t *testing.T) storetest.Place {
	url := database(t, template(t))
	return storetest.Place{
		Restore: func(r store.Restoration) (store.Restored, error) { return postgres.Restore(t.Context(), url, r) },
		Open:    func() storetest.Kept { return open(t, url) },
	}
}

// inFile is a place of the other engine's: a backup can change over.
func inFile(t *testing.T) storetest.Place {
	path := filepath.Join(t.TempDir(), "store.db")
	return storetest.Place{
		Restore: func(r store.Restoration) (store.Restored, error) { return sqlite.Restore(t.Context(), path, r) },
		Open:    func() storetest.Kept { return sqlitetest.Reopen(t, path) },
	}
}

func TestBackups(t *testing.T) { storetest.Backups(t, place, inFile) }
