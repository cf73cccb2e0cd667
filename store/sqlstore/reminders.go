package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"securetext/store"
)

// roundOf is the detail of the notice of a round: it tells one from the next.
func roundOf(n int) string { return strconv.Itoa(n) }

// reminds reports whether texts of a kind go out because of a watch, and end
// with it.
func reminds(k store.TextKind) bool { return k == store.ReminderText || k == store.OverdueText }

// MayRemind implements [store.Outbox]. The number's own recipient is held first, so
// of two reminders at once the later finds the number booked.
func (db *DB) MayRemind(ctx context.Context, c store.Claim, now time.Time) (time.Time, error) {
	var until time.Time
	err := db.Change(ctx, "book reminder", func(tx *sql.Tx) error {
		var recipient store.RecipientID
		var booked, row int64
		err := tx.QueryRowContext(ctx, `
			UPDATE recipients
			   SET refusal = refusal
			 WHERE id = (SELECT COALESCE(r.family_id, r.id)
			               FROM outbox b
			               JOIN recipients r ON r.id = b.recipient_id AND r.org_id = b.org_id
			              WHERE b.id = $1
			                AND b.attempt = $2)
			RETURNING id, reminded_at, reminded_row`, c.Outbox, c.Attempt).Scan(&recipient, &booked, &row)
		if errors.Is(err, sql.ErrNoRows) {
			return store.ErrConflict
		}
		if err != nil {
			return err
		}
		sent, err := textedLately(ctx, tx, recipient, now)
		if err != nil {
			return err
		}
		until = restUntil(sent, now)
		if again := Time(booked).Add(store.RestDay); store.OutboxID(row) != c.Outbox && again.After(now) && again.After(until) {
			until = again
		}
		if !until.IsZero() {
			return nil
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE recipients
			   SET reminded_at = $1, reminded_row = $2
			 WHERE id = $3`, Micros(now), c.Outbox, recipient)
		return err
	})
	if err != nil {
		return time.Time{}, err
	}
	return until, nil
}

// textedLately are the times of the texts to a number within the last week,
// oldest first, and of those that wait, other reminders aside, and will go out
// within a day.
func textedLately(ctx context.Context, tx *sql.Tx, id store.RecipientID, now time.Time) ([]time.Time, error) {
	all, err := family(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	sent, waits := new(conditions), new(conditions)
	in(sent, "recipient_id", all)
	sent.add("kind = %s", store.Sent)
	sent.add("at > %s", Micros(now.Add(-store.RestWeek)))
	waits.args = sent.args
	in(waits, "m.recipient_id", all)
	waits.add("b.kind <> %s", store.ReminderText)
	waits.add("b.due_at < %s", Micros(now.Add(store.RestDay)))
	begin := waits.arg(Micros(now))
	return collect(ctx, tx, func(r row) (time.Time, error) {
		var at int64
		err := r.Scan(&at)
		return Time(at), err
	}, `
		SELECT at
		  FROM events
		 `+sent.where()+`
		 UNION ALL
		SELECT CASE WHEN b.due_at < `+begin+` THEN `+begin+` ELSE b.due_at END
		  FROM messages m
		  JOIN outbox b ON b.message_id = m.id
		 `+waits.where()+`
		 ORDER BY 1`, waits.args...)
}

// restUntil is when a number that got these texts may be reminded; the zero time:
// now.
func restUntil(sent []time.Time, now time.Time) time.Time {
	var until time.Time
	if n := len(sent); n > 0 {
		until = sent[n-1].Add(store.RestDay)
	}
	if n := len(sent); n >= store.MaxTexts {
		if week := sent[n-store.MaxTexts].Add(store.RestWeek); week.After(until) {
			until = week
		}
	}
	if !until.After(now) {
		return time.Time{}
	}
	return until
}

// Skip implements [store.Outbox].
func (db *DB) Skip(ctx context.Context, c store.Claim, reason string, now time.Time) error {
	return db.Change(ctx, "skip reminder", func(tx *sql.Tx) error {
		b, err := scanQueued(tx.QueryRowContext(ctx, `
			DELETE FROM outbox
			 WHERE id = $1
			   AND attempt = $2
			RETURNING org_id, message_id, recipient_id, kind`, c.Outbox, c.Attempt))
		if errors.Is(err, sql.ErrNoRows) {
			return nil // no longer the caller's
		}
		if err != nil {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.Skipped, system("courier"), reason, now))
	})
}

// Release implements [store.Outbox], in the order of the rows, as all who hold
// several do.
func (db *DB) Release(ctx context.Context, rows []store.Release) error {
	return db.Change(ctx, "release texts", func(tx *sql.Tx) error {
		for _, i := range inOrder(rows, func(r store.Release) store.OutboxID { return r.Outbox }) {
			r := rows[i]
			_, err := tx.ExecContext(ctx, `
				UPDATE outbox
				   SET due_at = $1
				 WHERE id = $2
				   AND attempt = $3`, Micros(r.Due), r.Outbox, r.Claim.Attempt)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Looked implements [store.Outbox].
func (db *DB) Looked(ctx context.Context, org store.OrgID, id store.RecipientID, now time.Time) error {
	return db.Change(ctx, "record look-up", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE recipients
			   SET looked_at = $1
			 WHERE id = (SELECT COALESCE(family_id, id) FROM recipients WHERE id = $2 AND org_id = $3)
			   AND org_id = $3`, Micros(now), id, org)
		return oneRow(res, err, store.ErrNotFound)
	})
}
