package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// steps are the kinds of events that a notice can be about.
var steps = map[store.Notify]store.Kind{
	store.NotifyAccepted:  store.Accepted,
	store.NotifyDelivered: store.Delivered,
	store.NotifyFailed:    store.Failed,
	store.NotifyRead:      store.Read,
}

// queueNotice queues the mail about a step of a message, if its sender asked for
// one. The bit that asks is cleared by the statement that finds it, so of many
// callers at once one queues it.
func queueNotice(ctx context.Context, tx *sql.Tx, id store.MessageID, step store.Notify, detail string, at time.Time) error {
	var org store.OrgID
	err := tx.QueryRowContext(ctx, `
		UPDATE messages
		   SET notify = notify - $1
		 WHERE id = $2
		   AND notify & $1 <> 0
		RETURNING org_id`, step, id).Scan(&org)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // not asked for, or queued before
	}
	if err != nil {
		return err
	}
	return addNotice(ctx, tx, org, id, steps[step], detail, at)
}

// addNotice adds the mail about a step that messages.notify asks for no more.
func addNotice(ctx context.Context, tx *sql.Tx, org store.OrgID, id store.MessageID, kind store.Kind, detail string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO notices (org_id, message_id, kind, detail, due_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)`, org, id, kind, detail, Micros(at), Micros(at))
	return err
}
