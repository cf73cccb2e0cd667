package sqlite

import (
	"context"
	"time"

	"securetext/store"
)

// Wipe implements [store.Admin]. What is wiped does not linger in the log.
func (db *DB) Wipe(ctx context.Context, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) error {
	if err := db.DB.Wipe(ctx, org, id, by, at); err != nil {
		return err
	}
	db.emptyLog(ctx)
	return nil
}

// WipeThread implements [store.Admin], as Wipe does.
func (db *DB) WipeThread(ctx context.Context, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) (int, error) {
	n, err := db.DB.WipeThread(ctx, org, id, by, at)
	if err == nil {
		db.emptyLog(ctx)
	}
	return n, err
}

// WipeAsked implements [store.Asks], as Wipe does.
func (db *DB) WipeAsked(ctx context.Context, limit int, at time.Time) (int, error) {
	n, err := db.DB.WipeAsked(ctx, limit, at)
	if err == nil && n > 0 {
		db.emptyLog(ctx)
	}
	return n, err
}

// Expire implements [store.Admin]. It empties the log even when nothing expired:
// an earlier wipe, perhaps by another process, may have found it in use.
func (db *DB) Expire(ctx context.Context, limit int, at time.Time) (int, error) {
	n, err := db.DB.Expire(ctx, limit, at)
	if err == nil {
		db.emptyLog(ctx)
	}
	return n, err
}

// emptyLog moves what is in the write-ahead log into the file and cuts the log
// to nothing. While someone reads from the log it cannot: the next call will.
func (db *DB) emptyLog(ctx context.Context) {
	_, _ = db.empty.ExecContext(context.WithoutCancel(ctx), `PRAGMA wal_checkpoint(TRUNCATE)`)
}
