package sqlite

import (
	"context"
	"database/sql"
	"time"

	"securetext/store"
	"securetext/store/sqlstore"
)

// told is one call of Receipt.
type told struct {
	store.Receipt
	now time.Time
}

// Receipt implements [store.Outbox]: a carrier calls back for each text, and more
// than once.
func (db *DB) Receipt(ctx context.Context, r store.Receipt, now time.Time) error {
	_, err := db.told.Do(ctx, told{r, now})
	return grouped("record receipt", err)
}

func (db *DB) recordAll(ctx context.Context, batch []told) ([]struct{}, error) {
	return make([]struct{}, len(batch)), db.Change(ctx, "record receipt", func(tx *sql.Tx) error {
		for _, t := range batch {
			if err := sqlstore.AddReceipt(ctx, tx, t.Receipt, t.now); err != nil {
				return err
			}
		}
		return nil
	})
}
