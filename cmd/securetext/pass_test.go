package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// pass lets time pass for all that waits, while no courier runs: what is stored as
// due comes nearer by so long.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.passOn(d, "outbox", "due_at")
	w.passOn(d, "texts", "check_at")
	w.passOn(d, "lines", "until")
}

func (w *world) passOn(d time.Duration, table, column string) {
	w.t.Helper()
	w.query(func(c *pgx.Conn) error {
		_, err := c.Exec(context.Background(), fmt.Sprintf("UPDATE %s SET %[2]s = %[2]s - $1", table, column), d.Microseconds())
		return err
	})
}

// count is the one number that a query finds.
func (w *world) count(query string) (n int) {
	w.t.Helper()
	w.query(func(c *pgx.Conn) error { return c.QueryRow(context.Background(), query).Scan(&n) })
	return n
}

func (w *world) query(f func(*pgx.Conn) error) {
	w.t.Helper()
	conn, err := pgx.Connect(context.Background(), w.database)
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := f(conn); err != nil {
		w.t.Fatal(err)
	}
}
