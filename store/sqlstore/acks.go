package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"securetext/store"
)

// Acknowledge implements [store.Reader]. Of many answers at once the one that
// finds none in its place stands; the events of the others go with them.
func (db *DB) Acknowledge(ctx context.Context, message store.MessageID, answer store.Answer, v store.Viewer, now time.Time) error {
	return db.Change(ctx, "acknowledge", func(tx *sql.Tx) error {
		if err := record(ctx, tx, store.Acknowledged, string(answer), message, v, now); err != nil {
			return err
		}
		if err := keepAnswer(ctx, tx, message, answer, now); err != nil {
			return err
		}
		if answer == store.AnswerRead {
			return nil
		}
		return tellAnswer(ctx, tx, message, answer, now)
	})
}

// keepAnswer puts the answer of a message that asks for it where there is none.
func keepAnswer(ctx context.Context, tx *sql.Tx, message store.MessageID, answer store.Answer, now time.Time) error {
	var ack store.Ack
	err := tx.QueryRowContext(ctx, `
		SELECT ack
		  FROM messages
		 WHERE id = $1`, message).Scan(&ack)
	if err != nil {
		return err
	}
	if !slices.Contains(ack.Answers(), answer) {
		return store.ErrNotFound
	}
	res, err := tx.ExecContext(ctx, `
		UPDATE messages
		   SET answer = $1, answered_at = $2
		 WHERE id = $3
		   AND answer = ''`, answer, Micros(now), message)
	return oneRow(res, err, store.ErrConflict)
}

// tellAnswer queues the mail to the sender, if it may be mailed at all.
func tellAnswer(ctx context.Context, tx *sql.Tx, message store.MessageID, answer store.Answer, now time.Time) error {
	var org store.OrgID
	var notify store.Notify
	err := tx.QueryRowContext(ctx, `
		SELECT org_id, notify
		  FROM messages
		 WHERE id = $1`, message).Scan(&org, &notify)
	if err != nil || notify&store.NotifyAsked == 0 {
		return err
	}
	return addNotice(ctx, tx, org, message, store.Acknowledged, store.ViaMail, string(answer), now)
}
