package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"securetext/store"
	"securetext/store/sqlstore"
)

// claimWatches claims watches that nobody else is claiming, or ending: it waits
// for no other, so a reading that ends many never waits for it crosswise.
const claimWatches = `
	WITH found AS MATERIALIZED (
		SELECT w.message_id, w.due_at
		  FROM watches w
		 WHERE w.due_at <= $1
		   AND (SELECT m.expires_at > $1 FROM messages m WHERE m.id = w.message_id)
		 ORDER BY w.due_at
		 LIMIT $2
		   FOR UPDATE OF w SKIP LOCKED
	), claimed AS (
		UPDATE watches w
		   SET due_at = $3, attempt = w.attempt + 1
		  FROM found f
		 WHERE w.message_id = f.message_id
		RETURNING w.*, f.due_at AS was_due
	)
	SELECT c.message_id, c.attempt, m.org_id, m.recipient_id, c.texted_at, c.remind, c.reminded, c.read_by, c.rounds,
	       m.expires_at, ` + sqlstore.Refused + ` IS NOT NULL
	  FROM claimed c
	  JOIN messages m ON m.id = c.message_id
	  JOIN recipients r ON r.id = m.recipient_id AND (r.org_id = m.org_id) IS TRUE
	 ORDER BY c.was_due, c.message_id`

// DueWatches implements [store.Watches].
func (db *DB) DueWatches(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]store.Watch, error) {
	const op = "claim watches"
	bound, cancel := within(ctx)
	defer cancel()
	rows, err := db.pool.Query(bound, claimWatches, sqlstore.Micros(now), limit, sqlstore.Micros(now.Add(lease)))
	if err != nil {
		return nil, fault(ctx, op, err)
	}
	due, err := pgx.CollectRows(rows, scanWatch)
	return due, fault(ctx, op, err)
}

func scanWatch(row pgx.CollectableRow) (store.Watch, error) {
	var w store.Watch
	var texted, readBy, expires int64
	var remind string
	err := row.Scan(&w.Message, &w.Attempt, &w.Org, &w.Recipient, &texted, &remind, &w.Reminded, &readBy, &w.Rounds,
		&expires, &w.Refused)
	w.Texted, w.ReadBy, w.Expires = sqlstore.Time(texted), sqlstore.Time(readBy), sqlstore.Time(expires)
	w.Remind = sqlstore.Spans(remind)
	return w, err
}
