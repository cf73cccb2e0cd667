package sqlite

import (
	"fmt"
	"path/filepath"
	"testing"
)

func TestStatementsDoNotPileUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	openFile(t, path)
	w := file(path).writer()
	defer w.Close()
	for n := range 3 * mostKept {
		var got int
		if err := w.QueryRow(fmt.Sprintf("SELECT %d", n)).Scan(&got); err != nil || got != n {
			t.Fatalf("SELECT %d: got %d, %v", n, got, err)
		}
	}
	c, err := w.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Raw(func(driver any) error {
		if kept := len(driver.(*conn).kept); kept == 0 || kept > mostKept+1 {
			t.Errorf("got %d statements kept, want some, at most %d", kept, mostKept+1)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestStatementsSeeTablesChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	openFile(t, path)
	first, second := file(path).writer(), file(path).writer()
	defer first.Close()
	defer second.Close()
	count := func() (n int, err error) {
		err = first.QueryRow("SELECT count(*) FROM sqlite_schema WHERE name = 'later'").Scan(&n)
		return n, err
	}
	if n, err := count(); err != nil || n != 0 {
		t.Fatalf("before: got %d, %v, want 0", n, err)
	}
	if _, err := second.Exec("CREATE TABLE later (id integer PRIMARY KEY) STRICT"); err != nil {
		t.Fatal(err)
	}
	if n, err := count(); err != nil || n != 1 {
		t.Errorf("after: got %d, %v, want 1", n, err)
	}
}

// A statement that failed must not fail, or remember anything, the next time.
func TestStatementsSurviveAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	openFile(t, path)
	w := file(path).writer()
	defer w.Close()
	if _, err := w.Exec("CREATE TABLE once (id integer PRIMARY KEY) STRICT"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		id   int
		fine bool
	}{{1, true}, {1, false}, {2, true}, {2, false}, {3, true}} {
		if _, err := w.Exec("INSERT INTO once (id) VALUES ($1)", step.id); (err == nil) != step.fine {
			t.Errorf("INSERT %d: got error %v, want success: %t", step.id, err, step.fine)
		}
	}
}
