package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"securetext/store"
)

// Resend implements [store.Rules]. What waits or was asked for before is looked at
// once the message is held: of two at once the later finds a text that waits.
func (db *DB) Resend(ctx context.Context, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "resend message", func(tx *sql.Tx) error {
		b := behind{org: org, message: id}
		if err := oneAtATime(ctx, tx, b); err != nil {
			return err
		}
		if err := mayResend(ctx, tx, &b, at); err != nil {
			return err
		}
		if _, refused, err := holdRecipient(ctx, tx, b); err != nil {
			return err
		} else if refused {
			return store.ErrConflict
		}
		if err := queueText(ctx, tx, store.AgainText, b, at, at); err != nil {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.Resent, by, at))
	})
}

// mayResend finds the recipient of a held message, or why it cannot be texted
// again.
func mayResend(ctx context.Context, tx *sql.Tx, b *behind, at time.Time) error {
	var lately, waits bool
	err := tx.QueryRowContext(ctx, `
		SELECT m.recipient_id, m.wiped_at IS NOT NULL OR m.expires_at <= $1,
		       EXISTS (SELECT 1 FROM events e WHERE e.message_id = m.id AND e.kind = $2 AND e.at > $3),
		       EXISTS (SELECT 1 FROM outbox b WHERE b.message_id = m.id AND b.kind NOT IN `+linkless+`)
		  FROM messages m
		 WHERE m.id = $4
		   AND m.org_id = $5`, Micros(at), store.Resent, Micros(at.Add(-store.ResendEvery)), b.message, b.org,
	).Scan(&b.recipient, &b.gone, &lately, &waits)
	switch {
	case err != nil:
		return err
	case b.gone:
		return store.ErrGone
	case lately:
		return store.ErrThrottled
	case waits:
		return store.ErrConflict
	}
	return nil
}
