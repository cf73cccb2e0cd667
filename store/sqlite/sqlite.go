// Package sqlite keeps the store in one file.
//
// SQLite has one writer at a time, so [DB] has one connection for changes and
// several for everything else. Small messages, readings and receipts go through
// groups: what callers bring while a commit is under way becomes the next commit.
// The write-ahead log is synced with every commit, and emptied after every wipe.
//
// Other processes may open the same file at the same time.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"securetext/store"
	"securetext/store/group"
	"securetext/store/sqlstore"
)

// DB is a [store.Store] in an SQLite file.
type DB struct {
	*sqlstore.DB

	file    file
	reserve uint64  // bytes of the disk
	empty   *sql.DB // for emptying the log

	accepts *group.Group[store.Acceptance, store.Stored]
	reads   *group.Group[reading, bool]
	told    *group.Group[told, struct{}]
}

// most is how many callers share one commit.
const most = 64

// Open opens the store in the file at path, makes it if there is none, and
// brings its tables up to date. It is [store.ErrNewerSchema] when a newer
// version of this program did so already.
func Open(ctx context.Context, path string) (*DB, error) {
	db, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, translate(err))
	}
	return db, nil
}

func open(ctx context.Context, path string) (*DB, error) {
	f, err := locate(path)
	if err != nil {
		return nil, err
	}
	write, read, empty := f.writer(), f.readers(), f.emptier()
	db := &DB{DB: sqlstore.New(write, read, translate), file: f, reserve: reserve, empty: empty}
	if err := migrate(ctx, write); err != nil {
		return nil, errors.Join(err, empty.Close(), db.DB.Close())
	}
	db.accepts = group.New(most, db.acceptAll)
	db.reads = group.New(most, db.readAll)
	db.told = group.New(most, db.recordAll)
	return db, nil
}

// Close implements [store.Store].
func (db *DB) Close() error {
	db.accepts.Close()
	db.reads.Close()
	db.told.Close()
	db.emptyLog(context.Background())
	return errors.Join(db.empty.Close(), db.DB.Close())
}

// grouped is an error of a group as it leaves the backend; those of the commit
// itself name the operation already.
func grouped(op string, err error) error {
	if errors.Is(err, group.ErrClosed) {
		return fmt.Errorf("%s: %w", op, store.ErrUnavailable)
	}
	return err
}
