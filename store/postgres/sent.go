package postgres

import (
	"context"
	"time"

	"securetext/store"
	"securetext/store/sqlstore"
)

// addLinks stores nothing unless every row is still held by its caller.
const addLinks = `
	WITH a AS (
		SELECT *
		  FROM unnest($1::bigint[], $2::int[], $3::text[], $4::bytea[], $5::text[], $7::bytea[])
		    AS a (outbox_id, attempt, text_id, hash, road, code)
	), held AS MATERIALIZED (
		SELECT b.*, a.text_id, a.hash, a.road, a.code
		  FROM outbox b
		  JOIN a ON a.outbox_id = b.id AND a.attempt = b.attempt
		 ORDER BY b.id
		   FOR UPDATE OF b
	), whole AS (
		SELECT *
		  FROM held
		 WHERE (SELECT count(*) FROM held) = cardinality($1)
	), new_texts AS (
		INSERT INTO texts (id, org_id, outbox_id, message_id, recipient_id, kind, state, link_hash, road, created_at, updated_at)
		SELECT text_id, org_id, id, message_id, recipient_id, kind, 'begun', hash, road, $6, $6
		  FROM whole
	), new_links AS (
		INSERT INTO links (hash, org_id, message_id, created_at)
		SELECT hash, org_id, message_id, $6
		  FROM whole
		 WHERE hash IS NOT NULL
	), new_codes AS (
		UPDATE codes c
		   SET hash = w.code, texted_at = $6
		  FROM whole w
		 WHERE c.outbox_id = w.id
		   AND w.code IS NOT NULL
	)
	SELECT count(*)
	  FROM held`

// AddLinks implements [store.Outbox].
func (db *DB) AddLinks(ctx context.Context, attempts []store.Attempt, now time.Time) error {
	return db.whole(ctx, "add links", store.ErrConflict, len(attempts), addLinks,
		column(attempts, func(a store.Attempt) int64 { return int64(a.Outbox) }),
		column(attempts, func(a store.Attempt) int { return a.Attempt }),
		column(attempts, func(a store.Attempt) string { return string(a.Text) }),
		column(attempts, func(a store.Attempt) []byte { return hashOrNull(a.Link) }),
		column(attempts, func(a store.Attempt) string { return a.Road }),
		sqlstore.Micros(now),
		column(attempts, func(a store.Attempt) []byte { return hashOrNull(a.Code) }))
}

// recordSent moves up the texts that no receipt has told of, takes their rows
// out of the outbox and writes the events. A text without a link is no step of
// its message; all but the first say of which kind they are.
const recordSent = `
	WITH s AS (
		SELECT *
		  FROM unnest($1::text[], $2::text[], $4::bigint[]) AS s (text_id, provider_id, check_at)
	), held AS MATERIALIZED (
		SELECT t.*, s.provider_id AS given_id, CASE WHEN s.provider_id <> '' THEN NULLIF(s.check_at, 0) END AS look_at
		  FROM texts t
		  JOIN s ON s.text_id = t.id
		 ORDER BY t.id
		   FOR UPDATE OF t
	), whole AS (
		SELECT *, state IN ('begun', 'refused') AS fresh
		  FROM held
		 WHERE (SELECT count(*) FROM held) = cardinality($1)
		 ORDER BY outbox_id -- in which their rows are deleted, too
	), moved AS (
		UPDATE texts t
		   SET state = CASE WHEN w.fresh THEN 'sent' ELSE w.state END,
		       provider_id = COALESCE(t.provider_id, NULLIF(w.given_id, '')),
		       updated_at = $3,
		       sent_at = CASE WHEN w.fresh OR w.state = 'sent' THEN $3 ELSE w.sent_at END,
		       check_at = CASE WHEN w.fresh OR w.state = 'sent' THEN w.look_at END
		  FROM whole w
		 WHERE t.id = w.id
	), cleared AS (
		DELETE FROM outbox b
		 USING whole w
		 WHERE b.id = w.outbox_id
		   AND w.fresh
	), new_events AS (
		INSERT INTO events (org_id, message_id, recipient_id, kind, actor_kind, actor_id, addr, detail, at)
		SELECT org_id, CASE WHEN kind NOT IN ('enrolled', 'code') THEN message_id END, recipient_id, 'sent', 'system', 'courier', '',
		       CASE WHEN kind = 'link' THEN '' ELSE kind END, $3
		  FROM whole
		 WHERE fresh
		 ORDER BY id
	)
	SELECT count(*)
	  FROM held`

// Sent implements [store.Outbox]. When a text among them was never begun it is
// [store.ErrNotFound], and nothing is recorded.
func (db *DB) Sent(ctx context.Context, sent []store.SentText, now time.Time) error {
	return db.whole(ctx, "record sent", store.ErrNotFound, len(sent), recordSent,
		column(sent, func(s store.SentText) string { return string(s.Text) }),
		column(sent, func(s store.SentText) string { return s.ProviderID }),
		sqlstore.Micros(now),
		column(sent, func(s store.SentText) int64 { return sqlstore.Micros(s.Check) }))
}

// whole runs a statement that changes either everything or nothing, and counts
// the rows that it found. It is otherwise when some were missing.
func (db *DB) whole(ctx context.Context, op string, otherwise error, want int, statement string, args ...any) error {
	if want == 0 {
		return nil
	}
	bound, cancel := within(ctx)
	defer cancel()
	var found int
	err := db.pool.QueryRow(bound, statement, args...).Scan(&found)
	if err == nil && found != want {
		err = otherwise
	}
	return fault(ctx, op, err)
}
