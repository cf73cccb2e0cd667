package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"securetext/store"
	"securetext/store/sqlstore"
)

// reading is one viewer being shown one message.
type reading struct {
	message store.MessageID
	viewer  store.Viewer
	at      time.Time
}

// recordReadings tells for each reading, in order, whether it is the viewer's
// message, whether the session holds, whether the message is there, whether it is
// held and whether it asks for a passcode; of those that may be read it writes the
// event, in the same statement.
const recordReadings = `
	WITH v AS (
		SELECT *
		  FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[]) WITH ORDINALITY
		    AS v (message_id, org_id, recipient_id, epoch, addr, at, n)
	), checked AS MATERIALIZED (
		SELECT v.*,
		       m.id IS NOT NULL AS found,
		       m.notify & 8 <> 0 AS asked, -- 8 is store.NotifyRead
		       EXISTS (SELECT 1 FROM watches w WHERE w.message_id = m.id) AS watched,
		       COALESCE(r.epoch = v.epoch, false) AS holds,
		       COALESCE(m.wiped_at IS NULL AND m.expires_at > v.at AND k.message_id IS NOT NULL, false) AS there,
		       COALESCE(` + held + `, false) AS held,
		       COALESCE(` + unvouched + `, false) AS unvouched
		  FROM v
		  LEFT JOIN messages m ON m.id = v.message_id AND (m.org_id = v.org_id AND m.recipient_id = v.recipient_id) IS TRUE
		  LEFT JOIN recipients r ON r.id = m.recipient_id AND (r.org_id = m.org_id) IS TRUE
		  LEFT JOIN message_keys k ON k.message_id = m.id AND k.org_id = m.org_id
	), new_events AS (
		INSERT INTO events (org_id, message_id, recipient_id, kind, actor_kind, actor_id, addr, detail, at)
		SELECT org_id, message_id, recipient_id, 'read', 'recipient', recipient_id, addr, '', at
		  FROM checked
		 WHERE found
		   AND holds
		   AND there
		   AND NOT held
		   AND NOT unvouched
		 ORDER BY n
	), told AS MATERIALIZED (
		SELECT m.id, m.notify
		  FROM messages m
		 WHERE m.id IN (SELECT message_id FROM checked WHERE (asked OR watched) AND holds AND there AND NOT held AND NOT unvouched)
		 ORDER BY m.id
		   FOR UPDATE
	), cleared AS (
		UPDATE messages m
		   SET notify = m.notify - 8
		  FROM told t
		 WHERE m.id = t.id
		   AND t.notify & 8 <> 0
		RETURNING m.id, m.org_id
	), unwatched AS (
		DELETE FROM watches w
		 USING told t
		 WHERE w.message_id = t.id
	), new_notices AS (
		INSERT INTO notices (org_id, message_id, kind, detail, due_at, created_at)
		SELECT c.org_id, c.id, 'read', '', min(v.at), min(v.at)
		  FROM cleared c
		  JOIN checked v ON v.message_id = c.id AND v.asked AND v.holds AND v.there AND NOT v.held AND NOT v.unvouched
		 GROUP BY c.org_id, c.id
	)
	SELECT found, holds, there, held, unvouched
	  FROM checked
	 ORDER BY n`

// recallReminders deletes the texts that wait because of a watch that is no more.
// It is a statement of its own, to see those that were queued while the readings
// waited for their messages.
const recallReminders = `
	DELETE FROM outbox
	 WHERE id IN (SELECT b.id
	                FROM outbox b
	               WHERE b.message_id = ANY ($1::text[])
	                 AND b.kind IN ('reminder', 'overdue')
	                 AND NOT EXISTS (SELECT 1 FROM watches w WHERE w.message_id = b.message_id)
	               ORDER BY b.id
	                 FOR UPDATE OF b)`

// Read implements [store.Reader]. Readings of many viewers are one round trip.
func (db *DB) Read(ctx context.Context, message store.MessageID, v store.Viewer, now time.Time) error {
	refused, err := db.readings.Do(ctx, reading{message, v, now})
	return fault(ctx, "record read", errors.Join(err, refused))
}

func (db *DB) readTogether(ctx context.Context, all []reading) ([]error, error) {
	ctx, cancel := within(ctx)
	defer cancel()
	messages := column(all, func(r reading) string { return string(r.message) })
	batch := new(pgx.Batch) // which is one transaction
	batch.Queue(recordReadings, messages,
		column(all, func(r reading) string { return string(r.viewer.Org) }),
		column(all, func(r reading) string { return string(r.viewer.Recipient) }),
		column(all, func(r reading) int64 { return r.viewer.Epoch }),
		column(all, func(r reading) string { return sqlstore.Addr(r.viewer.Addr) }),
		column(all, func(r reading) int64 { return sqlstore.Micros(r.at) }),
	)
	batch.Queue(recallReminders, messages)
	outcomes, err := sendReadings(ctx, db.pool.SendBatch(ctx, batch))
	if err != nil {
		return shared(len(all), translate(err))
	}
	return outcomes, nil
}

func sendReadings(ctx context.Context, results pgx.BatchResults) ([]error, error) {
	defer results.Close()
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	outcomes, err := pgx.CollectRows(rows, scanOutcome)
	if err != nil {
		return nil, err
	}
	return outcomes, results.Close()
}

func scanOutcome(row pgx.CollectableRow) (error, error) {
	var found, holds, there, held, asked bool
	err := row.Scan(&found, &holds, &there, &held, &asked)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return store.ErrNotFound, nil
	case !holds:
		return store.ErrRevoked, nil
	case !there:
		return store.ErrGone, nil
	case held:
		return store.ErrHeld, nil
	case asked:
		return store.ErrUnvouched, nil
	}
	return nil, nil
}
