// Package sqlstore says once what both engines can say alike.
//
// It is plain SQL with $n placeholders on database/sql, one file a noun. An
// engine embeds [DB], opens and migrates the database, and says its hot paths
// in its own words by methods that stand in front of these.
//
// There are no locking clauses and no casts here. A race is settled by one
// conditional statement, an UPDATE that finds its row only in the state it
// expects, which is right under SQLite's one writer and under Postgres' READ
// COMMITTED alike. What must stay as it was found until the end of a
// transaction is held by an UPDATE that changes nothing.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"securetext/store"
)

// DB is a [store.Store] on any database that keeps the tables of the migrations.
// Safe for concurrent use.
type DB struct {
	write, read *sql.DB
	translate   func(error) error
}

// New makes a DB from a pool for changes and one for everything else; they may
// be the same. translate turns the driver's errors into those of package store
// and hides what it does not know; it leaves other errors as they are.
func New(write, read *sql.DB, translate func(error) error) *DB {
	return &DB{write: write, read: read, translate: translate}
}

// Change runs f in one write transaction and commits it. An error of f or of
// the commit is returned translated, with op before it, and nothing is changed.
func (db *DB) Change(ctx context.Context, op string, f func(tx *sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return db.fault(ctx, op, err)
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return db.fault(ctx, op, err)
	}
	return db.fault(ctx, op, tx.Commit())
}

// Ping implements [store.Store]. The statement finds no row, but a database
// that takes no changes refuses it.
func (db *DB) Ping(ctx context.Context) error {
	return db.Change(ctx, "ping", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE orgs
			   SET name = name
			 WHERE id = ''`)
		return err
	})
}

// Close closes both pools.
func (db *DB) Close() error {
	return errors.Join(db.write.Close(), db.read.Close())
}

// fault is err as it leaves the backend; nil stays nil.
func (db *DB) fault(ctx context.Context, op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		err = store.ErrNotFound
	case errors.Is(err, sql.ErrConnDone):
		err = store.ErrUnavailable
	case errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil:
		err = ctx.Err()
	default:
		err = db.translate(err)
	}
	return fmt.Errorf("%s: %w", op, err)
}
