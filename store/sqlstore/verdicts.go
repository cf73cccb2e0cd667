package sqlstore

import (
	"context"
	"time"

	"securetext/store"
)

// SenderByEmail implements [store.Verdicts].
func (db *DB) SenderByEmail(ctx context.Context, email string) (store.Sender, error) {
	s, err := scanSender(db.read.QueryRowContext(ctx, `
		SELECT `+senderColumns+`
		  FROM senders s
		 WHERE s.email = $1`, email))
	return s, db.fault(ctx, "find sender", err)
}

// Usage implements [store.Verdicts]. Ids sort by time, so it counts in the index
// of an org's ids, to the millisecond.
func (db *DB) Usage(ctx context.Context, org store.OrgID, since time.Time) (int, error) {
	var n int
	err := db.read.QueryRowContext(ctx, `
		SELECT count(*)
		  FROM messages
		 WHERE org_id = $1
		   AND id >= $2`, org, store.FirstMessageID(since)).Scan(&n)
	return n, db.fault(ctx, "count messages", err)
}
