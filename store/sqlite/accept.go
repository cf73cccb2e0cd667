package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"securetext/store"
	"securetext/store/sqlstore"
)

// small is how many bytes of content may share a commit with others. Larger
// ones would make the small ones wait.
const small = 16 << 10

// Accept implements [store.Writer]. What is small is committed together with
// what other callers bring. When the disk is nearly full it is [store.ErrFull].
func (db *DB) Accept(ctx context.Context, a store.Acceptance) (store.Stored, error) {
	if err := db.file.room(db.reserve); err != nil {
		return store.Stored{}, fmt.Errorf("accept: %w", err)
	}
	if ctx.Err() != nil || !shares(a) {
		return db.DB.Accept(ctx, a)
	}
	stored, err := db.accepts.Do(ctx, a)
	if err != nil {
		return store.Stored{}, grouped("accept", err)
	}
	return stored, nil
}

func shares(a store.Acceptance) bool {
	if a.Idempotency != nil {
		return false
	}
	size := 0
	for _, m := range a.Messages {
		size += len(m.Content)
		if len(m.Attachments) > 0 || size > small {
			return false
		}
	}
	return true
}

func (db *DB) acceptAll(ctx context.Context, batch []store.Acceptance) ([]store.Stored, error) {
	stored := make([]store.Stored, len(batch))
	err := db.Change(ctx, "accept", func(tx *sql.Tx) error {
		for i, a := range batch {
			var err error
			if stored[i], err = sqlstore.AddMessages(ctx, tx, a); err != nil {
				return err
			}
		}
		return nil
	})
	return stored, err
}
