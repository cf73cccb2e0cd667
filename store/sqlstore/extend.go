package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// Extend implements [store.Rules]. The statement that lengthens a life is the one
// that finds it not over: no sweep comes in between.
func (db *DB) Extend(ctx context.Context, org store.OrgID, id store.MessageID, until time.Time, by store.Actor, at time.Time) error {
	return db.Change(ctx, "extend message", func(tx *sql.Tx) error {
		b := behind{org: org, message: id}
		err := tx.QueryRowContext(ctx, `
			UPDATE messages
			   SET expires_at = $1
			 WHERE id = $2
			   AND org_id = $3
			   AND wiped_at IS NULL
			   AND expires_at > $4
			   AND expires_at < $1
			   AND EXISTS (SELECT 1 FROM message_keys k WHERE k.message_id = messages.id)
			RETURNING recipient_id`, Micros(until), id, org, Micros(at)).Scan(&b.recipient)
		if errors.Is(err, sql.ErrNoRows) {
			return whyNotExtended(ctx, tx, b, at)
		}
		if err != nil {
			return err
		}
		e := b.event(store.Extended, by, at)
		e.Detail = "until " + until.UTC().Format(time.RFC3339)
		return AddEvent(ctx, tx, e)
	})
}

func whyNotExtended(ctx context.Context, tx *sql.Tx, b behind, at time.Time) error {
	var over bool
	err := tx.QueryRowContext(ctx, `
		SELECT wiped_at IS NOT NULL OR expires_at <= $1
		       OR NOT EXISTS (SELECT 1 FROM message_keys k WHERE k.message_id = messages.id)
		  FROM messages
		 WHERE id = $2
		   AND org_id = $3`, Micros(at), b.message, b.org).Scan(&over)
	switch {
	case err != nil:
		return err
	case over:
		return store.ErrGone
	}
	return store.ErrConflict
}
