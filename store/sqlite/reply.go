package sqlite

import (
	"context"
	"fmt"
	"time"

	"securetext/store"
)

// Reply implements [store.Reader]. When the disk is nearly full it is
// [store.ErrFull], as Accept is.
func (db *DB) Reply(ctx context.Context, r store.Reply, v store.Viewer, now time.Time) error {
	if err := db.file.room(db.reserve); err != nil {
		return fmt.Errorf("reply: %w", err)
	}
	return db.DB.Reply(ctx, r, v, now)
}
