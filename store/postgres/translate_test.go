package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"securetext/store"
)

func TestTranslate(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"unique violation", &pgconn.PgError{Code: "23505"}, store.ErrConflict},
		{"disk full", &pgconn.PgError{Code: "53100"}, store.ErrFull},
		{"too many connections", &pgconn.PgError{Code: "53300"}, store.ErrUnavailable},
		{"admin shutdown", &pgconn.PgError{Code: "57P01"}, store.ErrUnavailable},
		{"starting up", &pgconn.PgError{Code: "57P03"}, store.ErrUnavailable},
		{"statement timeout", &pgconn.PgError{Code: "57014"}, store.ErrUnavailable},
		{"deadlock", &pgconn.PgError{Code: "40P01"}, store.ErrUnavailable},
		{"read only", &pgconn.PgError{Code: "25006"}, store.ErrUnavailable},
		{"cut off", fmt.Errorf("receive: %w", io.ErrUnexpectedEOF), store.ErrUnavailable},
		{"refused", &net.OpError{Op: "dial", Err: errors.New("refused")}, store.ErrUnavailable},
		{"our own time limit", context.DeadlineExceeded, store.ErrUnavailable},
		{"no row", pgx.ErrNoRows, store.ErrNotFound},
		{"of the contract", fmt.Errorf("x: %w", store.ErrGone), store.ErrGone},
		{"not proved", store.ErrUnproved, store.ErrUnproved},
		{"not vouched for", store.ErrUnvouched, store.ErrUnvouched},
		{"locked", store.ErrLocked, store.ErrLocked},
		{"held", store.ErrHeld, store.ErrHeld},
	} {
		if got := translate(c.err); !errors.Is(got, c.want) {
			t.Errorf("translate %s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// A driver's text may quote what it was given.
func TestS24DriverTextStaysInside(t *testing.T) {
	const secret = "Jane Roe +15551230001"
	for _, err := range []error{
		&pgconn.PgError{Code: "22P02", Message: "invalid input: " + secret, Detail: secret, Where: secret, Hint: secret},
		&pgconn.PgError{Code: "23505", Detail: "Key (number)=(" + secret + ") already exists"},
		fmt.Errorf("unable to encode %#v", secret),
	} {
		got := fmt.Sprintf("%v %+v", translate(err), errors.Unwrap(translate(err)))
		if strings.Contains(got, secret) {
			t.Error("translate: the driver's text came through")
		}
		if _, ok := errors.AsType[*pgconn.PgError](translate(err)); ok {
			t.Error("translate: the driver's error can be had from it")
		}
	}
}

func TestParamsThatHoldOnEveryConnection(t *testing.T) {
	for in, want := range map[string]string{
		"":             "on",
		"off":          "on",
		"local":        "on",
		"remote_write": "on",
		"remote_apply": "remote_apply",
	} {
		params := map[string]string{"synchronous_commit": in, "statement_timeout": "7"}
		setParams(params)
		if got := params["synchronous_commit"]; got != want {
			t.Errorf("synchronous_commit %q: got %q, want %q", in, got, want)
		}
		if params["statement_timeout"] != "7" || params["idle_in_transaction_session_timeout"] == "" {
			t.Errorf("timeouts: got %v", params)
		}
	}
}

// Show gives a setting as the pool's connections have it.
func (db *DB) Show(ctx context.Context, setting string) (string, error) {
	var value string
	err := db.pool.QueryRow(ctx, "SELECT current_setting($1)", setting).Scan(&value)
	return value, err
}
