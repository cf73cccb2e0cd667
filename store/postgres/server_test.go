package postgres_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"securetext/store"
	"securetext/store/postgres"
)

// server is a superuser's URL of a server that the tests may make databases on.
func server(tb testing.TB) string {
	tb.Helper()
	s := os.Getenv("TEST_POSTGRES")
	if s == "" {
		if os.Getenv("CI") == "true" {
			tb.Fatal("TEST_POSTGRES is not set")
		}
		tb.Skip("WARNING: TEST_POSTGRES is not set: nothing was tested on Postgres")
	}
	return s
}

// execute runs a statement behind the store's back.
func execute(tb testing.TB, url, statement string) {
	tb.Helper()
	if err := admin(url, statement); err != nil {
		tb.Fatalf("execute: %v", err)
	}
}

// ask asks the server for a number behind the store's back.
func ask(tb testing.TB, url, query string) (n int) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatalf("connect: %v", err)
	}
	defer conn.Close(tb.Context())
	if err := conn.QueryRow(tb.Context(), query).Scan(&n); err != nil {
		tb.Fatalf("ask: %v", err)
	}
	return n
}

// admin runs a statement on a connection of its own.
func admin(server, statement string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// database makes a database, a copy of another when that is given, and drops it
// when the test ends.
func database(tb testing.TB, template string) string {
	tb.Helper()
	s := server(tb)
	name := "securetext_test_" + strings.ToLower(rand.Text())
	statement := "CREATE DATABASE " + name
	if template != "" {
		statement += " TEMPLATE " + template
	}
	if err := admin(s, statement); err != nil {
		tb.Fatalf("make database: %v", err)
	}
	tb.Cleanup(func() { drop(s, name) })
	return at(tb, s, name)
}

func drop(server, name string) {
	if err := admin(server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		fmt.Fprintln(os.Stderr, "drop database:", err)
	}
}

// at is the server's URL with another database.
func at(tb testing.TB, server, name string) string {
	tb.Helper()
	u, err := url.Parse(server)
	if err != nil {
		tb.Fatalf("TEST_POSTGRES: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}

// with is the URL with another setting.
func with(tb testing.TB, address, key, value string) string {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatalf("parse url: %v", err)
	}
	q := u.Query()
	q.Set(key, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// migrated is the name of a database that was migrated once, for copying.
var migrated struct {
	sync.Once
	name string
	err  error
}

func template(tb testing.TB) string {
	tb.Helper()
	s := server(tb)
	migrated.Do(func() {
		name := "securetext_template_" + strings.ToLower(rand.Text())
		if migrated.err = admin(s, "CREATE DATABASE "+name); migrated.err != nil {
			return
		}
		migrated.name = name
		var db *postgres.DB
		if db, migrated.err = postgres.Open(context.Background(), at(tb, s, name)); migrated.err == nil {
			migrated.err = db.Close()
		}
	})
	if migrated.err != nil {
		tb.Fatalf("migrate template: %v", migrated.err)
	}
	return migrated.name
}

func TestMain(m *testing.M) {
	code := m.Run()
	if migrated.name != "" {
		drop(os.Getenv("TEST_POSTGRES"), migrated.name)
	}
	os.Exit(code)
}

// open opens a store and closes it when the test ends.
func open(tb testing.TB, url string) *postgres.DB {
	tb.Helper()
	db, err := postgres.Open(tb.Context(), url)
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

func fresh(tb testing.TB) *postgres.DB {
	tb.Helper()
	return open(tb, database(tb, template(tb)))
}

func nameOf(tb testing.TB, address string) string {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatalf("parse url: %v", err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// lock runs a statement in a transaction that lasts until it is released.
func lock(tb testing.TB, url, statement string) (release func()) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatalf("connect: %v", err)
	}
	if _, err := conn.Exec(tb.Context(), "BEGIN; "+statement); err != nil {
		tb.Fatalf("lock: %v", err)
	}
	release = sync.OnceFunc(func() {
		conn.Exec(context.Background(), "ROLLBACK") // the lock is gone when it is answered
		conn.Close(context.Background())
	})
	tb.Cleanup(release)
	return release
}

func wantRevoked(tb testing.TB, err error) {
	tb.Helper()
	if !errors.Is(err, store.ErrRevoked) {
		tb.Errorf("got error %v, want ErrRevoked", err)
	}
}
