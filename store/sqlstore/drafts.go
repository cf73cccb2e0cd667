package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"securetext/store"
)

// KeepDraft implements [store.Reader]. The message is held until the end, as by
// Reply: of a reply and a draft of the same form at once no draft is left.
func (db *DB) KeepDraft(ctx context.Context, d store.Draft, v store.Viewer, now time.Time) error {
	return db.Change(ctx, "keep draft", func(tx *sql.Tx) error {
		allowed, _, err := holdRead(ctx, tx, d.Message, v)
		if err != nil {
			return err
		}
		if err := mayRead(ctx, tx, d.Message, v, now); err != nil {
			return err
		}
		if !allowed {
			return store.ErrNotFound
		}
		var taken bool
		err = tx.QueryRowContext(ctx, `
			SELECT EXISTS (SELECT 1 FROM replies WHERE message_id = $1 AND nonce = $2)`, d.Message, d.Nonce).Scan(&taken)
		switch {
		case err != nil:
			return err
		case taken:
			return store.ErrConflict
		}
		if err := dropDrafts(ctx, tx, "message_id = $1", d.Message); err != nil {
			return err
		}
		return addDraft(ctx, tx, d, v)
	})
}

func addDraft(ctx context.Context, tx *sql.Tx, d store.Draft, v store.Viewer) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO drafts (id, org_id, message_id, recipient_id, epoch, nonce, content, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		d.ID, v.Org, d.Message, v.Recipient, v.Epoch, d.Nonce, d.Content, Micros(d.Until))
	if err != nil {
		return err
	}
	return addKey(ctx, tx, string(d.ID), v.Org, d.Key)
}

// Draft implements [store.Reader].
func (db *DB) Draft(ctx context.Context, message store.MessageID, v store.Viewer, now time.Time) (store.Draft, error) {
	var d store.Draft
	var until int64
	err := db.read.QueryRowContext(ctx, `
		SELECT d.id, d.message_id, d.nonce, d.content, d.expires_at, k.version, k.wrapped
		  FROM drafts d
		  JOIN message_keys k ON k.message_id = d.id AND k.org_id = d.org_id
		  JOIN messages m ON m.id = d.message_id AND m.org_id = d.org_id AND m.recipient_id = d.recipient_id
		  JOIN message_keys mk ON mk.message_id = m.id AND mk.org_id = m.org_id
		  JOIN recipients r ON r.id = m.recipient_id AND r.org_id = m.org_id AND r.epoch = d.epoch
		 WHERE m.id = $1
		   AND m.org_id = $2
		   AND m.expires_at > $3
		   AND m.wiped_at IS NULL
		   AND d.expires_at > $3`+ofViewer, message, v.Org, Micros(now), v.Recipient, v.Epoch).
		Scan(&d.ID, &d.Message, &d.Nonce, &d.Content, &until, &d.Key.Version, &d.Key.Wrapped)
	d.Until = Time(until)
	return d, db.fault(ctx, "load draft", err)
}

// ForgetDrafts implements [store.Reader].
func (db *DB) ForgetDrafts(ctx context.Context, org store.OrgID, recipient store.RecipientID) error {
	return db.Change(ctx, "forget drafts", func(tx *sql.Tx) error {
		return dropDrafts(ctx, tx, ofRecipient, recipient, org)
	})
}

// ofRecipient is for dropDrafts: those of a recipient.
const ofRecipient = "recipient_id = $1 AND org_id = $2"

// dropDrafts deletes those that a condition finds, with their keys, in the order of
// their ids: two callers must not wait for each other crosswise.
func dropDrafts(ctx context.Context, tx *sql.Tx, condition string, args ...any) error {
	ids, err := collect(ctx, tx, scanID, `
		SELECT id
		  FROM drafts
		 WHERE `+condition+`
		 ORDER BY id`, args...)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := deleteAll(ctx, tx, id,
			`DELETE FROM message_keys WHERE message_id = $1`,
			`DELETE FROM drafts WHERE id = $1`); err != nil {
			return err
		}
	}
	return nil
}
