package sqlite

import (
	"context"
	"database/sql"
	"time"

	"securetext/store"
	"securetext/store/sqlstore"
)

// reading is one call of Read.
type reading struct {
	message store.MessageID
	viewer  store.Viewer
	now     time.Time
}

// Read implements [store.Reader].
func (db *DB) Read(ctx context.Context, message store.MessageID, v store.Viewer, now time.Time) error {
	recorded, err := db.reads.Do(ctx, reading{message, v, now})
	if err != nil {
		return grouped("record read", err)
	}
	if !recorded {
		return db.DB.Read(ctx, message, v, now) // which tells why
	}
	return nil
}

func (db *DB) readAll(ctx context.Context, batch []reading) ([]bool, error) {
	recorded := make([]bool, len(batch))
	err := db.Change(ctx, "record read", func(tx *sql.Tx) error {
		for i, r := range batch {
			var err error
			if recorded[i], err = sqlstore.AddRead(ctx, tx, r.message, r.viewer, r.now); err != nil {
				return err
			}
		}
		return nil
	})
	return recorded, err
}
