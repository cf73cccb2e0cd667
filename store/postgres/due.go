package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"securetext/store"
	"securetext/store/sqlstore"
)

// claimDue claims rows that nobody else is claiming, and gives each with all it
// takes to send it: one line a doubt, or one without. The message is asked about
// row by row, so that a long queue costs no more than a short one; IS TRUE keeps
// the planner from looking through all recipients of an org for one of them.
const claimDue = `
	WITH found AS MATERIALIZED (
		SELECT b.id, b.due_at
		  FROM outbox b
		 WHERE b.due_at <= $1
		   AND (SELECT m.wiped_at IS NULL AND m.expires_at > $1 FROM messages m WHERE m.id = b.message_id)
		 ORDER BY b.due_at, b.id
		 LIMIT $2
		   FOR UPDATE OF b SKIP LOCKED
	), claimed AS (
		UPDATE outbox b
		   SET due_at = $3, attempt = b.attempt + 1
		  FROM found f
		 WHERE b.id = f.id
		RETURNING b.*, f.due_at AS was_due
	)
	SELECT c.id, c.attempt, c.failures, c.kind, c.org_id, c.message_id, c.recipient_id,
	       r.key_version, r.key_wrapped, r.number, r.word, ` + sqlstore.Looked + ` <> 0,
	       COALESCE(` + sqlstore.Refused + `, ''), m.lang, m.time_zone, m.read_by <> 0, m.test <> 0,
	       c.created_at, m.expires_at, COALESCE(t.id, ''), COALESCE(t.road, ''), t.link_hash, COALESCE(t.created_at, 0)
	  FROM claimed c
	  JOIN messages m ON m.id = c.message_id
	  JOIN recipients r ON r.id = c.recipient_id AND (r.org_id = c.org_id) IS TRUE
	  LEFT JOIN texts t ON t.outbox_id = c.id AND t.state = 'begun'
	 ORDER BY c.was_due, c.id, t.created_at, t.id`

// Due implements [store.Outbox].
func (db *DB) Due(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]store.Due, error) {
	const op = "claim texts"
	bound, cancel := within(ctx)
	defer cancel()
	rows, err := db.pool.Query(bound, claimDue, sqlstore.Micros(now), limit, sqlstore.Micros(now.Add(lease)))
	if err != nil {
		return nil, fault(ctx, op, err)
	}
	due, err := collectDue(rows)
	return due, fault(ctx, op, err)
}

func collectDue(rows pgx.Rows) ([]store.Due, error) {
	defer rows.Close()
	var due []store.Due
	for rows.Next() {
		d, doubt, err := scanDue(rows)
		if err != nil {
			return nil, err
		}
		if n := len(due); n == 0 || due[n-1].Outbox != d.Outbox {
			due = append(due, d)
		}
		if doubt.Text != "" {
			last := &due[len(due)-1]
			last.Doubts = append(last.Doubts, doubt)
		}
	}
	return due, rows.Err()
}

func scanDue(rows pgx.Rows) (store.Due, store.Doubt, error) {
	var d store.Due
	var doubt store.Doubt
	var link []byte
	var queued, expires, begun int64
	err := rows.Scan(&d.Outbox, &d.Attempt, &d.Failures, &d.Kind, &d.Org, &d.Message, &d.Recipient,
		&d.NumberKey.Version, (*[]byte)(&d.NumberKey.Wrapped), (*[]byte)(&d.Number), (*[]byte)(&d.Word), &d.Looked,
		&d.Refused, &d.Lang, &d.TimeZone, &d.Urgent, &d.Test, &queued, &expires, &doubt.Text, &doubt.Road, &link, &begun)
	d.Queued, d.Expires = sqlstore.Time(queued), sqlstore.Time(expires)
	doubt.At = sqlstore.Time(begun)
	copy(doubt.Link[:], link)
	return d, doubt, err
}
