package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"securetext/store"
)

// RevokeSessions implements [store.Admin].
func (db *DB) RevokeSessions(ctx context.Context, org store.OrgID, recipient store.RecipientID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "revoke sessions", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE recipients
			   SET epoch = epoch + 1
			 WHERE id = $1
			   AND org_id = $2`, recipient, org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		if err := dropDrafts(ctx, tx, ofRecipient, recipient, org); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Recipient: recipient, Kind: store.Revoked, By: by, At: at})
	})
}

// ResetRecipient implements [store.Admin].
func (db *DB) ResetRecipient(ctx context.Context, org store.OrgID, recipient store.RecipientID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "reset recipient", func(tx *sql.Tx) error {
		if _, err := holdWaiting(ctx, tx, behind{org: org, recipient: recipient}); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `
			UPDATE recipients
			   SET password = NULL, word = NULL, epoch = epoch + 1, failures = 0, retry_at = 0, reset_at = $3,
			       vouched_at = 0, passcode_tries = 0, proved_tries = 0
			 WHERE id = $1
			   AND org_id = $2`, recipient, org, Micros(at))
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		if err := dropDrafts(ctx, tx, ofRecipient, recipient, org); err != nil {
			return err
		}
		if err := forgetDevices(ctx, tx, recipient, store.DeviceHash{}); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Recipient: recipient, Kind: store.Reset, By: by, At: at})
	})
}
