package sqlstore

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"securetext/store"
)

// OpenSent implements [store.Threads].
func (db *DB) OpenSent(ctx context.Context, who store.Correspondent, message store.MessageID, now time.Time) (store.Sealed, error) {
	return db.openSent(ctx, who, message, "", now)
}

// OpenSentFile implements [store.Threads]. Each chunk is a query of its own, as in
// Attachment.
func (db *DB) OpenSentFile(ctx context.Context, who store.Correspondent, message store.MessageID, part int, now time.Time) (store.SealedAttachment, error) {
	m, err := db.openSent(ctx, who, message, "part "+strconv.Itoa(part), now)
	return db.attachment(ctx, m, part, err)
}

// openSent records that a part of a message, or all that it says, is shown to its
// sender, and loads it. What keeps its recipient from it keeps no sender.
func (db *DB) openSent(ctx context.Context, who store.Correspondent, message store.MessageID, detail string, now time.Time) (store.Sealed, error) {
	var m store.Sealed
	err := db.Change(ctx, "open sent message", func(tx *sql.Tx) error {
		if err := holdSent(ctx, tx, who, message, now); err != nil {
			return err
		}
		found, err := scanState(tx.QueryRowContext(ctx, `
			SELECT `+sealedColumns+`
			  FROM messages m
			  `+sealedJoins+`
			 WHERE m.id = $1
			   AND m.org_id = $2`, message, who.Org))
		if err != nil {
			return err
		}
		if m = found.Sealed; found.gone(now) {
			return store.ErrGone
		}
		if m.Attachments, err = attachmentsOf(ctx, tx, string(m.ID)); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{
			Org: m.Org, Message: m.ID, Recipient: m.Recipient, Kind: store.ShownToSender, By: who.By, Detail: detail, At: now,
		})
	})
	if err != nil {
		return store.Sealed{}, err
	}
	return m, nil
}
