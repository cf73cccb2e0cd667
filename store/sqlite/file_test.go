package sqlite

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"securetext/store"
)

func openFile(tb testing.TB, path string) *DB {
	tb.Helper()
	db, err := Open(tb.Context(), path)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() { db.Close() })
	return db
}

func TestPragmasOfEveryConnection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	openFile(t, path)
	f := file(path)
	common := map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1", "trusted_schema": "0",
	}
	for _, pool := range []struct {
		name   string
		db     *sql.DB
		expect map[string]string
	}{
		{"writer", f.writer(), map[string]string{"busy_timeout": "10000", "query_only": "0"}},
		{"readers", f.readers(), map[string]string{"busy_timeout": "10000", "query_only": "1"}},
		{"emptier", f.emptier(), map[string]string{"busy_timeout": "250"}},
	} {
		for _, expect := range []map[string]string{common, pool.expect} {
			for name, want := range expect {
				var got string
				if err := pool.db.QueryRow("PRAGMA " + name).Scan(&got); err != nil || got != want {
					t.Errorf("%s: %s is %q, %v, want %q", pool.name, name, got, err, want)
				}
			}
		}
		pool.db.Close()
	}
}

func TestFileIsTheOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	db := openFile(t, path)
	if err := db.Ping(t.Context()); err != nil {
		t.Fatalf("Ping: %v", err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got mode %v, %v, want 0600", suffix, info.Mode(), err)
		}
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	db := openFile(t, path)
	w := file(path).writer()
	defer w.Close()
	if _, err := w.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if _, err := Open(t.Context(), path); !errors.Is(err, store.ErrNewerSchema) {
		t.Errorf("Open: got error %v, want ErrNewerSchema", err)
	}
}

func TestOpenedByManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			db, err := Open(t.Context(), path)
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			if err := db.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	wg.Wait()
}

func TestWhatIsNoDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	if err := os.WriteFile(path, []byte("a letter to the patient, and no database at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); err == nil {
		t.Error("Open: got no error")
	}
}

// The driver is made of C turned into Go for one very version of its library.
func TestLibraryIsPinned(t *testing.T) {
	b, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, pin := range []string{`modernc\.org/sqlite v1\.61\.1\b`, `modernc\.org/libc v1\.79\.0\b`} {
		if !regexp.MustCompile(pin).Match(b) {
			t.Errorf("go.mod does not pin %s: both must change together, as sqlite's own go.mod says", pin)
		}
	}
}
