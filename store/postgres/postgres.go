// Package postgres keeps everything in PostgreSQL 15 or later.
//
// What both engines say alike comes from store/sqlstore. The hot paths are said
// here, each in one statement and one round trip: small messages of many
// callers are accepted in one commit, texts are claimed with SKIP LOCKED so
// that any number of processes share the work, and readings are recorded
// together.
//
// Nothing here needs a restart when the server had one: whoever asks meanwhile
// gets [store.ErrUnavailable], soon, and connections are made anew. An
// acceptance that was answered is on disk, whatever the server's own setting of
// synchronous_commit.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"securetext/store"
	"securetext/store/group"
	"securetext/store/sqlstore"
)

// mostGrouped is how many callers share one commit at most.
const mostGrouped = 64

// DB is a [store.Store] on a pool of connections. Safe for concurrent use.
type DB struct {
	*sqlstore.DB

	pool        *pgxpool.Pool
	acceptances *group.Group[store.Acceptance, outcome]
	readings    *group.Group[reading, error]
}

// Open connects to the server of a URL or a keyword string, as psql takes it,
// and migrates the database. Several processes may do so at once. A server that
// cannot be reached is [store.ErrUnavailable], a database that a newer version
// has migrated is [store.ErrNewerSchema].
func Open(ctx context.Context, url string) (*DB, error) {
	config, err := parse(url)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, *config.ConnConfig); err != nil {
		return nil, fmt.Errorf("migrate postgres: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open postgres: %w", translate(err))
	}
	sqldb := stdlib.OpenDBFromPool(pool)
	db := &DB{DB: sqlstore.New(sqldb, sqldb, translate), pool: pool}
	db.acceptances = group.New(mostGrouped, db.acceptTogether)
	db.readings = group.New(mostGrouped, db.readTogether)
	return db, nil
}

// Close implements [store.Store]. Work that waits is committed first.
func (db *DB) Close() error {
	db.acceptances.Close()
	db.readings.Close()
	err := db.DB.Close()
	db.pool.Close()
	return err
}

// mostTime is how long a statement of the hot paths may take, with the wait for
// a connection: longer than statementTimeout, so that it ends only what the
// server does not answer at all.
const mostTime = statementTimeout + 5*time.Second

// within limits how long the hot paths wait for the server.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, mostTime)
}

// fault is err as it leaves the backend; nil stays nil.
func fault(ctx context.Context, op string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.Is(err, group.ErrClosed):
		err = store.ErrUnavailable
	default:
		err = translate(err)
	}
	return fmt.Errorf("%s: %w", op, err)
}
