package sqlstore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver

	"securetext/store"
	"securetext/store/sqlstore"
	"securetext/store/storetest"
)

// TestPostgres runs the plain statements on Postgres, without the hot paths
// that store/postgres says in its own words.
func TestPostgres(t *testing.T) {
	database := newDatabase(t, postgres(t))
	storetest.Run(t, func(t *testing.T) store.Store { return openPostgres(t, database) })
}

// postgres is the server to test on.
func postgres(t *testing.T) string {
	t.Helper()
	server := os.Getenv("TEST_POSTGRES")
	if server == "" && os.Getenv("CI") == "true" {
		t.Fatal("TEST_POSTGRES is not set")
	}
	if server == "" {
		t.Skip("WARNING: not tested on Postgres: TEST_POSTGRES is not set")
	}
	return server
}

// openPostgres opens an empty store in a schema of its own.
func openPostgres(t *testing.T, database *url.URL) store.Store {
	t.Helper()
	schema := fmt.Sprintf("case_%d", rand.Uint64())
	if _, err := connect(t, database.String()).Exec("CREATE SCHEMA " + schema); err != nil {
		t.Fatalf("create schema: %v", err)
	}
	own := *database
	own.RawQuery += "&deadlock_timeout=50ms&search_path=" + schema
	db := connect(t, own.String())
	files, err := filepath.Glob("../postgres/migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("find migrations: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(b), "-- +goose Down")
		if _, err := db.Exec(up); err != nil {
			t.Fatalf("migrate %s: %v", f, err)
		}
	}
	return sqlstore.New(db, db, translate)
}

// newDatabase makes a database that is dropped when the test ends.
func newDatabase(t *testing.T, server string) *url.URL {
	t.Helper()
	admin := connect(t, server)
	name := fmt.Sprintf("sqlstore_%d_%d", os.Getpid(), rand.Uint64())
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop database: %v", err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u
}

func connect(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(16)
	t.Cleanup(func() { db.Close() })
	return db
}

func translate(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case "23505":
		return store.ErrConflict
	case "40P01": // the plain claim of texts locks in no order
		return store.ErrUnavailable
	}
	return err
}
