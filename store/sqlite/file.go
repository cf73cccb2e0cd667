package sqlite

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"modernc.org/sqlite"
)

// file is the absolute path of a database.
type file string

// locate makes the file if there is none. Nobody but its owner may read it; its
// log takes after it.
func locate(path string) (file, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(abs, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return file(abs), f.Chmod(0o600)
}

// patience is how long one connection waits for another, of whatever process,
// to let go of the file.
const patience = 10 * time.Second

// writer is the one connection for changes. Its transactions take the lock when
// they begin: one that took it later could find its reads out of date.
func (f file) writer() *sql.DB {
	q := pragmas(patience)
	q.Set("_txlock", "immediate")
	return f.pool(q, 1)
}

// readers never write.
func (f file) readers() *sql.DB {
	q := pragmas(patience)
	q.Set("_query_only", "on")
	return f.pool(q, max(4, 2*runtime.NumCPU()))
}

// emptier waits for readers only shortly, since it makes writers wait meanwhile.
func (f file) emptier() *sql.DB {
	return f.pool(pragmas(250*time.Millisecond), 1)
}

// pragmas are what every connection is opened with: each commit is on the disk
// before it returns, and what is deleted is overwritten.
func pragmas(patience time.Duration) url.Values {
	return url.Values{
		"_busy_timeout": {fmt.Sprint(patience.Milliseconds())},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"on"},
		"_defensive":    {"true"},
		"_dqs":          {"false"},
		"_error_rc":     {"true"},
		"_pragma":       {"secure_delete(ON)", "trusted_schema(OFF)"},
	}
}

func (f file) pool(q url.Values, most int) *sql.DB {
	u := url.URL{Scheme: "file", Path: string(f), RawQuery: q.Encode()}
	c, err := sqlite.NewConnector(u.String())
	if err != nil {
		panic(err) // only for a query that cannot be parsed
	}
	db := sql.OpenDB(keeping{c})
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db
}
