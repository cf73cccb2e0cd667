package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// Failed implements [store.Outbox].
func (db *DB) Failed(ctx context.Context, f store.Failure, now time.Time) error {
	return db.Change(ctx, "give up text", func(tx *sql.Tx) error {
		if err := refuse(ctx, tx, f.Text, now); err != nil {
			return err
		}
		b, err := scanQueued(tx.QueryRowContext(ctx, `
			SELECT org_id, message_id, recipient_id, kind
			  FROM outbox
			 WHERE id = $1
			   AND attempt = $2`, f.Outbox, f.Claim.Attempt))
		if err == nil {
			err = giveUp(ctx, tx, b, f, now)
		}
		if errors.Is(err, sql.ErrNoRows) {
			return nil // no longer the caller's
		}
		return err
	})
}

// giveUp is [sql.ErrNoRows] when the row was taken over meanwhile.
func giveUp(ctx context.Context, tx *sql.Tx, b queued, f store.Failure, now time.Time) error {
	number, held, err := holdFor(ctx, tx, b.behind, f.Refusal)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `
		DELETE FROM outbox
		 WHERE id = $1
		   AND attempt = $2`, f.Outbox, f.Claim.Attempt)
	if err := oneRow(res, err, sql.ErrNoRows); err != nil {
		return err
	}
	by := system("courier")
	if err := AddEvent(ctx, tx, b.event(store.Failed, by, f.Reason, now)); err != nil {
		return err
	}
	lost := b.message
	if !b.kind.Links() {
		lost = ""
	}
	switch {
	case f.Refusal != "":
		return refusal{b.org, number, f.Refusal, by, now, lost, f.Reason}.record(ctx, tx, held)
	case lost == "":
		return nil
	}
	return queueFailed(ctx, tx, lost, f.Reason, now)
}

// holdFor holds the message of a text that came to its end; with a refusal, all
// those to the number of which texts wait, and gives that number's own recipient.
func holdFor(ctx context.Context, tx *sql.Tx, b behind, why store.Refusal) (number store.RecipientID, held []store.MessageID, err error) {
	if why == "" {
		return "", nil, oneAtATime(ctx, tx, b)
	}
	if b.recipient, err = familyOf(ctx, tx, b); err != nil {
		return "", nil, err
	}
	held, err = holdWaiting(ctx, tx, b)
	return b.recipient, held, err
}

// linkless are the kinds of texts that carry no link: see [store.TextKind.Links].
const linkless = `('enrolled', 'code')`

// queueFailed queues the mail that no text about a message will reach its
// recipient, unless one waits or not all that were sent are lost. Nobody is
// reminded of such a message, either. The message must be held.
func queueFailed(ctx context.Context, tx *sql.Tx, id store.MessageID, detail string, at time.Time) error {
	var hope bool
	err := tx.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1
		                 FROM outbox
		                WHERE message_id = $1
		                  AND kind NOT IN `+linkless+`)
		    OR (SELECT count(*)
		          FROM events
		         WHERE message_id = $1
		           AND kind = $2)
		     > (SELECT count(*)
		          FROM texts
		         WHERE message_id = $1
		           AND kind NOT IN `+linkless+`
		           AND state IN ('undelivered', 'failed'))`, id, store.Sent).Scan(&hope)
	if err != nil || hope {
		return err
	}
	if err := endReminders(ctx, tx, id); err != nil {
		return err
	}
	return queueNotice(ctx, tx, id, store.NotifyFailed, detail, at)
}
