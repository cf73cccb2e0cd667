package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// continued finds the message that one of the same sender to the same recipient may
// continue. It has its first five arguments.
const continued = `
		  FROM messages m
		 WHERE m.id = $1
		   AND m.org_id = $2
		   AND m.sender_id = $3
		   AND m.test = $4
		   AND m.wiped_at IS NULL
		   AND m.expires_at > $5`

// Continues implements [store.Verdicts].
func (db *DB) Continues(ctx context.Context, c store.Continuation, now time.Time) (store.RecipientID, error) {
	var whose store.RecipientID
	err := db.read.QueryRowContext(ctx, `
		SELECT m.recipient_id`+continued, c.Message, c.Org, c.Sender, bit(c.Test), Micros(now)).Scan(&whose)
	return whose, db.fault(ctx, "find message to continue", err)
}

// threadOf is the first message of the thread that a message on its way in
// continues; empty: it continues none.
func threadOf(ctx context.Context, tx *sql.Tx, m store.Message) (first store.MessageID, err error) {
	if m.Thread == "" {
		return "", nil
	}
	err = tx.QueryRowContext(ctx, `
		SELECT CASE WHEN m.thread = '' THEN m.id ELSE m.thread END`+continued+`
		   AND m.recipient_id = $6`, m.Thread, m.Org, m.Sender, bit(m.Test), Micros(m.Created), m.To.ID).Scan(&first)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return first, err
}

// threadOfMessage are the ids of all messages in the thread of $1, which is the org
// $2's.
const threadOfMessage = `
		begun AS (
			SELECT CASE WHEN thread = '' THEN id ELSE thread END AS id
			  FROM messages
			 WHERE id = $1
			   AND org_id = $2
		), threaded AS (
			SELECT id
			  FROM begun
			 UNION ALL
			SELECT m.id
			  FROM begun b
			  JOIN messages m ON m.thread = b.id
			 WHERE m.thread <> ''
		)`

// Thread implements [store.Reader], on the terms of Inbox. A reply is a part of its
// message: that there is one, and when, is all that is told of it. SQLite takes a
// CROSS JOIN in its order: it would begin with all messages of the recipient, of which
// a thread has few.
func (db *DB) Thread(ctx context.Context, message store.MessageID, v store.Viewer, now time.Time, limit int) ([]store.Threaded, error) {
	list, err := collect(ctx, db.read, scanThreaded, `
		WITH `+threadOfMessage+`, shown AS (
			SELECT m.id, COALESCE(s.name, '') AS sender, m.created_at,
			       EXISTS (SELECT 1 FROM events e WHERE e.message_id = m.id AND e.kind = 'read') AS was_read
			  FROM threaded part
			 CROSS JOIN messages m
			  JOIN message_keys k ON k.message_id = m.id AND k.org_id = m.org_id
			  JOIN recipients r ON r.id = m.recipient_id AND r.org_id = m.org_id
			  LEFT JOIN senders s ON s.id = m.sender_id AND s.org_id = m.org_id
			 WHERE m.id = part.id
			   AND m.id <> $1
			   AND m.org_id = $2
			   AND m.recipient_id = $3
			   AND r.epoch = $4
			   AND m.wiped_at IS NULL
			   AND m.expires_at > $5
			   AND NOT `+held+`
			   AND NOT `+unvouched+`
			   AND `+textedBefore+`
		)
		SELECT id, '', sender, created_at, was_read
		  FROM shown
		 UNION ALL
		SELECT y.message_id, y.id, '', y.created_at, true
		  FROM shown w
		  JOIN replies y ON y.message_id = w.id
		  JOIN message_keys k ON k.message_id = y.id AND k.org_id = y.org_id
		 ORDER BY 4 DESC, 1 DESC, 2 DESC
		 LIMIT $6`, message, v.Org, v.Recipient, v.Epoch, Micros(now), limit)
	return list, db.fault(ctx, "list thread", err)
}

func scanThreaded(r row) (store.Threaded, error) {
	var t store.Threaded
	var created int64
	err := r.Scan(&t.Message, &t.Reply, &t.SenderName, &created, &t.Read)
	t.Created = Time(created)
	return t, err
}
