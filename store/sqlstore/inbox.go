package sqlstore

import (
	"context"
	"time"

	"securetext/store"
)

// textedBefore tells of a message m whether a link to it ever went out: one that
// is to be sent later is nobody's to read yet.
const textedBefore = `EXISTS (SELECT 1 FROM links l WHERE l.message_id = m.id)`

// MessageByID implements [store.Reader], as Message does.
func (db *DB) MessageByID(ctx context.Context, message store.MessageID, v store.Viewer, now time.Time) (store.Sealed, error) {
	const op = "load message by id"
	m, err := scanSealed(db.read.QueryRowContext(ctx, `
		SELECT `+sealedColumns+`
		  FROM messages m
		  `+sealedJoins+`
		 WHERE m.id = $1
		   AND m.org_id = $2
		   AND m.recipient_id = $3
		   AND `+textedBefore, message, v.Org, v.Recipient), v, now)
	if err != nil {
		return store.Sealed{}, db.fault(ctx, op, err)
	}
	m.Attachments, err = attachmentsOf(ctx, db.read, string(m.ID))
	return m, db.fault(ctx, op, err)
}

// AttachmentByID implements [store.Reader], as Attachment does.
func (db *DB) AttachmentByID(ctx context.Context, message store.MessageID, part int, v store.Viewer, now time.Time) (store.SealedAttachment, error) {
	m, err := db.MessageByID(ctx, message, v, now)
	return db.attachment(ctx, m, part, err)
}

// Inbox implements [store.Reader]. There is nothing in it for a session that was
// revoked.
func (db *DB) Inbox(ctx context.Context, v store.Viewer, now time.Time, limit int) ([]store.Listed, error) {
	list, err := collect(ctx, db.read, scanListed, `
		SELECT m.id, COALESCE(s.name, ''), m.created_at,
		       EXISTS (SELECT 1 FROM events e WHERE e.message_id = m.id AND e.kind = 'read')
		  FROM messages m
		  JOIN message_keys k ON k.message_id = m.id AND k.org_id = m.org_id
		  JOIN recipients r ON r.id = m.recipient_id AND r.org_id = m.org_id
		  LEFT JOIN senders s ON s.id = m.sender_id AND s.org_id = m.org_id
		 WHERE m.recipient_id = $1
		   AND m.org_id = $2
		   AND r.epoch = $3
		   AND m.wiped_at IS NULL
		   AND m.expires_at > $4
		   AND NOT `+held+`
		   AND NOT `+unvouched+`
		   AND `+textedBefore+`
		 ORDER BY m.created_at DESC, m.id DESC
		 LIMIT $5`, v.Recipient, v.Org, v.Epoch, Micros(now), limit)
	return list, db.fault(ctx, "list messages of recipient", err)
}

func scanListed(r row) (store.Listed, error) {
	var l store.Listed
	var created int64
	err := r.Scan(&l.ID, &l.SenderName, &created, &l.Read)
	l.Created = Time(created)
	return l, err
}
