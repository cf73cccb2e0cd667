package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// Due implements [store.Outbox]. It looks for rows, then claims those that are
// still due: of two callers at once, the later finds them put off by a lease.
func (db *DB) Due(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]store.Due, error) {
	var claimed []store.Due
	err := db.Change(ctx, "claim texts", func(tx *sql.Tx) error {
		found, err := collect(ctx, tx, scanDue, selectDue, Micros(now), limit)
		if err != nil || len(found) == 0 {
			return err
		}
		attempts, err := claim(ctx, tx, "outbox", outboxIDs(found), now, now.Add(lease))
		if err != nil {
			return err
		}
		claimed = claimed[:0]
		for _, d := range found {
			if n, ok := attempts[d.Outbox]; ok {
				d.Attempt = n
				claimed = append(claimed, d)
			}
		}
		return addDoubts(ctx, tx, claimed)
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

const selectDue = `
	SELECT b.id, b.failures, b.kind, b.org_id, b.message_id, b.recipient_id,
	       r.key_version, r.key_wrapped, r.number, r.word, ` + Looked + `, COALESCE(` + Refused + `, ''), m.lang, m.time_zone, m.read_by, m.test,
	       b.created_at, m.expires_at
	  FROM outbox b
	  JOIN messages m ON m.id = b.message_id AND m.org_id = b.org_id
	  JOIN recipients r ON r.id = b.recipient_id AND r.org_id = b.org_id
	 WHERE b.due_at <= $1
	   AND m.wiped_at IS NULL
	   AND m.expires_at > $1
	 ORDER BY b.due_at, b.id
	 LIMIT $2`

func scanDue(r row) (store.Due, error) {
	var d store.Due
	var looked, readBy, queued, expires int64
	var test int
	err := r.Scan(&d.Outbox, &d.Failures, &d.Kind, &d.Org, &d.Message, &d.Recipient,
		&d.NumberKey.Version, &d.NumberKey.Wrapped, &d.Number, (*[]byte)(&d.Word), &looked, &d.Refused, &d.Lang, &d.TimeZone, &readBy, &test,
		&queued, &expires)
	d.Looked, d.Urgent, d.Test = looked != 0, readBy != 0, test != 0
	d.Queued, d.Expires = Time(queued), Time(expires)
	return d, err
}

// claim gives the attempt of each row of a table that it got.
func claim[ID comparable](ctx context.Context, tx *sql.Tx, table string, found []ID, now, until time.Time) (map[ID]int, error) {
	c := new(conditions)
	lease := c.arg(Micros(until))
	c.add("due_at <= %s", Micros(now))
	in(c, "id", found)
	attempts := make(map[ID]int, len(found))
	_, err := collect(ctx, tx, func(r row) (id ID, err error) {
		var attempt int
		err = r.Scan(&id, &attempt)
		attempts[id] = attempt
		return id, err
	}, `
		UPDATE `+table+`
		   SET due_at = `+lease+`, attempt = attempt + 1
		 `+c.where()+`
		RETURNING id, attempt`, c.args...)
	return attempts, err
}

func outboxIDs(rows []store.Due) []store.OutboxID {
	ids := make([]store.OutboxID, len(rows))
	for i, d := range rows {
		ids[i] = d.Outbox
	}
	return ids
}

// addDoubts adds to each row the texts that were begun for it, oldest first.
func addDoubts(ctx context.Context, tx *sql.Tx, rows []store.Due) error {
	if len(rows) == 0 {
		return nil
	}
	at := make(map[store.OutboxID]int, len(rows))
	for i, d := range rows {
		at[d.Outbox] = i
	}
	c := new(conditions)
	c.clauses = append(c.clauses, "state = 'begun'") // said in full, for the partial index
	in(c, "outbox_id", outboxIDs(rows))
	_, err := collect(ctx, tx, func(r row) (d store.Doubt, err error) {
		var id store.OutboxID
		var link []byte
		var begun int64
		err = r.Scan(&id, &d.Text, &d.Road, &link, &begun)
		copy(d.Link[:], link)
		d.At = Time(begun)
		rows[at[id]].Doubts = append(rows[at[id]].Doubts, d)
		return d, err
	}, `
		SELECT outbox_id, id, road, link_hash, created_at
		  FROM texts
		 `+c.where()+`
		 ORDER BY created_at, id`, c.args...)
	return err
}

// Retry implements [store.Outbox].
func (db *DB) Retry(ctx context.Context, r store.Retry, now time.Time) error {
	return db.Change(ctx, "put off text", func(tx *sql.Tx) error {
		if !r.Doubt {
			if err := refuse(ctx, tx, r.Text, now); err != nil {
				return err
			}
		}
		b, err := scanQueued(tx.QueryRowContext(ctx, `
			UPDATE outbox
			   SET due_at = $1, failures = failures + 1
			 WHERE id = $2
			   AND attempt = $3
			RETURNING org_id, message_id, recipient_id, kind`, Micros(r.Due), r.Outbox, r.Claim.Attempt))
		if errors.Is(err, sql.ErrNoRows) {
			return nil // no longer the caller's
		}
		if err != nil {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.Deferred, system("courier"), r.Reason, now))
	})
}

// queued is what a row of the outbox, and each of its texts, is about.
type queued struct {
	behind
	kind store.TextKind
}

func scanQueued(r row) (queued, error) {
	var q queued
	err := r.Scan(&q.org, &q.message, &q.recipient, &q.kind)
	return q, err
}

// event is one about a text. One without a link is no step of its message: it
// names the recipient alone. All but the first text of a message have their kind
// before the detail.
func (q queued) event(kind store.Kind, by store.Actor, detail string, now time.Time) store.Event {
	e := q.behind.event(kind, by, now)
	e.Detail = detail
	if !q.kind.Links() {
		e.Message = ""
	}
	if q.kind != store.LinkText {
		e.Detail = joinWords(string(q.kind), detail)
	}
	return e
}

// queueText queues a text about what is behind a link, unless its recipient gets
// none.
func queueText(ctx context.Context, tx *sql.Tx, kind store.TextKind, b behind, due, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO outbox (org_id, message_id, recipient_id, kind, due_at, created_at)
		SELECT r.org_id, $1, r.id, $2, $3, $4
		  FROM recipients r
		 WHERE r.id = $5
		   AND r.org_id = $6
		   AND `+Refused+` IS NULL`, b.message, kind, Micros(due), Micros(now), b.recipient, b.org)
	return err
}

func joinWords(first, second string) string {
	if second == "" {
		return first
	}
	return first + " " + second
}

// refuse records that a text did not go out, which is so whoever holds its row
// by now. The text comes before its row, as in every other transaction.
func refuse(ctx context.Context, tx *sql.Tx, id store.TextID, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE texts
		   SET state = 'refused', updated_at = $1
		 WHERE id = $2
		   AND state = 'begun'`, Micros(now), id)
	return err
}

// Backlog implements [store.Outbox].
func (db *DB) Backlog(ctx context.Context, now time.Time) (store.Backlog, error) {
	var b store.Backlog
	var oldest int64
	err := db.read.QueryRowContext(ctx, `
		SELECT count(*), COALESCE(min(b.due_at), 0)
		  FROM outbox b
		 WHERE b.due_at <= $1
		   AND EXISTS (SELECT 1
		                 FROM messages m
		                WHERE m.id = b.message_id
		                  AND m.org_id = b.org_id
		                  AND m.wiped_at IS NULL
		                  AND m.expires_at > $1)`, Micros(now)).Scan(&b.Due, &oldest)
	b.Oldest = Time(oldest)
	return b, db.fault(ctx, "count backlog", err)
}
