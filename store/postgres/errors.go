package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"securetext/store"
	"securetext/store/archive"
)

// ours are the errors of the contract, which pass through.
var ours = []error{
	store.ErrNotFound, store.ErrGone, store.ErrConflict, store.ErrRevoked, store.ErrTooLate,
	store.ErrUnvouched, store.ErrUnproved, store.ErrLocked, store.ErrHeld, store.ErrOnHold, store.ErrCrowded,
	store.ErrThrottled, store.ErrUnavailable, store.ErrFull, store.ErrNewerSchema, store.ErrKnown, store.ErrForeignKey, store.ErrNotEmpty, archive.ErrBroken,
}

// states gives the contract's error for a SQLSTATE, or for a class of them by
// its first two characters. A transaction that the server ended for reasons of
// its own may be tried again: to its caller the store was not available.
var states = []struct {
	state string
	err   error
}{
	{"23505", store.ErrConflict},    // unique_violation
	{"53100", store.ErrFull},        // disk_full
	{"08", store.ErrUnavailable},    // connection exception
	{"28", store.ErrUnavailable},    // invalid authorization
	{"3D", store.ErrUnavailable},    // the database is not there
	{"40", store.ErrUnavailable},    // serialization failure, deadlock
	{"53", store.ErrUnavailable},    // insufficient resources
	{"55", store.ErrUnavailable},    // lock not available, database in use
	{"57", store.ErrUnavailable},    // operator intervention, statement timeout
	{"58", store.ErrUnavailable},    // the server's own system error
	{"25P03", store.ErrUnavailable}, // idle in transaction for too long
	{"25006", store.ErrUnavailable}, // read-only: a standby, or not yet promoted
}

// translate turns the driver's errors into those of the contract. What it does
// not know it hides, since a driver's text may quote the values it was given.
func translate(err error) error {
	if err == nil || slices.ContainsFunc(ours, func(our error) bool { return errors.Is(err, our) }) {
		return err
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return translateState(pg)
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return store.ErrNotFound
	case lost(err):
		return store.ErrUnavailable
	}
	return fmt.Errorf("postgres: unexpected %T", err)
}

func translateState(pg *pgconn.PgError) error {
	if pg.Code == "23502" && pg.TableName == "number_hashes" { // not_null_violation, see addHashes
		return store.ErrKnown
	}
	for _, s := range states {
		if strings.HasPrefix(pg.Code, s.state) {
			return s.err
		}
	}
	return fmt.Errorf("postgres: SQLSTATE %s, %s %s", pg.Code, pg.TableName, pg.ConstraintName)
}

// lost reports whether the server could not be reached, went away or did not
// answer in time.
func lost(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, context.DeadlineExceeded) || pgconn.Timeout(err) || pgconn.SafeToRetry(err)
}

// unreachable says why there is no connection, for the operator who has just
// started the program: the driver's reason holds host, user and database alone.
func unreachable(err error) error {
	if connect, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return fmt.Errorf("%w: %v", store.ErrUnavailable, connect)
	}
	return translate(err)
}
