package sqlstore

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"securetext/store"
)

// Reply implements [store.Reader]. The message is held until the end, so that of
// many replies at once each sees those before it, and a wipe all or none.
func (db *DB) Reply(ctx context.Context, r store.Reply, v store.Viewer, now time.Time) error {
	return db.Change(ctx, "reply", func(tx *sql.Tx) error {
		allowed, notify, err := holdRead(ctx, tx, r.Message, v)
		if err != nil {
			return err
		}
		if err := record(ctx, tx, store.Replied, string(r.ID), r.Message, v, now); err != nil {
			return err
		}
		if !allowed {
			return store.ErrNotFound
		}
		told, fresh, err := nextTold(ctx, tx, r, now)
		if err != nil {
			return err
		}
		if err := addReply(ctx, tx, r, v, told, now); err != nil {
			return err
		}
		if err := dropDrafts(ctx, tx, "message_id = $1", r.Message); err != nil {
			return err
		}
		if !fresh || notify&store.NotifyAsked == 0 {
			return nil
		}
		return addNoticeLater(ctx, tx, v.Org, r.Message, store.Replied, store.ViaMail, string(r.ID), told, now)
	})
}

// holdRead holds a message of the viewer's, and tells whether it takes replies and
// what its sender wants to hear of.
func holdRead(ctx context.Context, tx *sql.Tx, message store.MessageID, v store.Viewer) (allowed bool, notify store.Notify, err error) {
	err = tx.QueryRowContext(ctx, `
		UPDATE messages
		   SET reply = reply
		 WHERE id = $1
		   AND org_id = $2
		   AND recipient_id = $3
		RETURNING reply <> 0, notify`, message, v.Org, v.Recipient).Scan(&allowed, &notify)
	return allowed, notify, err
}

// nextTold is when the mail is due that tells of one more reply, and whether it is
// a fresh one: else one waits that will tell of this reply too.
func nextTold(ctx context.Context, tx *sql.Tx, r store.Reply, now time.Time) (due time.Time, fresh bool, err error) {
	var n, same int
	var last int64
	err = tx.QueryRowContext(ctx, `
		SELECT COUNT(*), COUNT(CASE WHEN nonce = $1 THEN 1 END), COALESCE(MAX(told_at), 0)
		  FROM replies
		 WHERE message_id = $2`, r.Nonce, r.Message).Scan(&n, &same, &last)
	switch {
	case err != nil:
		return time.Time{}, false, err
	case same > 0:
		return time.Time{}, false, store.ErrConflict
	case n >= store.MostReplies:
		return time.Time{}, false, store.ErrCrowded
	case last > Micros(now):
		return Time(last), false, nil
	case last > Micros(now.Add(-store.ToldEvery)):
		return Time(last).Add(store.ToldEvery), true, nil
	}
	return now, true, nil
}

// addReply writes the reply, its key and its attachments.
func addReply(ctx context.Context, tx *sql.Tx, r store.Reply, v store.Viewer, told, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO replies (id, org_id, message_id, recipient_id, nonce, content, created_at, told_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.ID, v.Org, r.Message, v.Recipient, r.Nonce, r.Content, Micros(now), Micros(told))
	if err != nil {
		return err
	}
	if err := addKey(ctx, tx, string(r.ID), v.Org, r.Key); err != nil {
		return err
	}
	for _, a := range r.Attachments {
		if err := addAttachment(ctx, tx, string(r.ID), a); err != nil {
			return err
		}
	}
	return nil
}

// selectReplies finds replies y to a message m whose recipient is r. One whose
// key is missing is gone, as a message is.
const selectReplies = `
	SELECT y.id, y.org_id, y.message_id, y.recipient_id, y.created_at, y.content, k.version, k.wrapped
	  FROM replies y
	  JOIN message_keys k ON k.message_id = y.id AND k.org_id = y.org_id
	  JOIN messages m ON m.id = y.message_id AND m.org_id = y.org_id AND m.recipient_id = y.recipient_id
	  JOIN message_keys mk ON mk.message_id = m.id AND mk.org_id = m.org_id
	  JOIN recipients r ON r.id = m.recipient_id AND r.org_id = m.org_id
	 WHERE m.id = $1
	   AND m.org_id = $2
	   AND m.expires_at > $3
	   AND m.wiped_at IS NULL`

// ofViewer is for selectReplies: what the viewer may see.
const ofViewer = `
	   AND m.recipient_id = $4
	   AND r.epoch = $5
	   AND NOT ` + held + `
	   AND NOT ` + unvouched

const inTurn = `
	 ORDER BY y.created_at, y.id`

func scanReply(r row) (store.SealedReply, error) {
	var s store.SealedReply
	var created int64
	err := r.Scan(&s.ID, &s.Org, &s.Message, &s.Recipient, &created, &s.Content, &s.Key.Version, &s.Key.Wrapped)
	s.Created = Time(created)
	return s, err
}

// Replies implements [store.Reader].
func (db *DB) Replies(ctx context.Context, message store.MessageID, v store.Viewer, now time.Time) ([]store.SealedReply, error) {
	const op = "list replies"
	list, err := collect(ctx, db.read, scanReply, selectReplies+ofViewer+inTurn, message, v.Org, Micros(now), v.Recipient, v.Epoch)
	if err != nil {
		return nil, db.fault(ctx, op, err)
	}
	return list, db.fault(ctx, op, addReplyFiles(ctx, db.read, list))
}

// addReplyFiles fills in which attachments each reply has.
func addReplyFiles(ctx context.Context, q queryer, list []store.SealedReply) (err error) {
	for i, r := range list {
		if list[i].Attachments, err = attachmentsOf(ctx, q, string(r.ID)); err != nil {
			return err
		}
	}
	return nil
}

// ReplyFile implements [store.Reader], as Attachment does.
func (db *DB) ReplyFile(ctx context.Context, message store.MessageID, reply store.ReplyID, part int, v store.Viewer, now time.Time) (store.SealedReplyFile, error) {
	const op = "load file of reply"
	list, err := collect(ctx, db.read, scanReply, selectReplies+ofViewer+`
		   AND y.id = $6`, message, v.Org, Micros(now), v.Recipient, v.Epoch, reply)
	if err == nil && len(list) == 0 {
		err = whyUnread(ctx, db.read, message, v, now)
	}
	if err != nil {
		return store.SealedReplyFile{}, db.fault(ctx, op, err)
	}
	f, err := db.replyFile(ctx, db.read, list[0], part)
	return f, db.fault(ctx, op, err)
}

// replyFile is the part of a reply.
func (db *DB) replyFile(ctx context.Context, q queryer, r store.SealedReply, part int) (store.SealedReplyFile, error) {
	var err error
	if r.Attachments, err = attachmentsOf(ctx, q, string(r.ID)); err != nil {
		return store.SealedReplyFile{}, err
	}
	for _, info := range r.Attachments {
		if info.Part == part {
			return store.SealedReplyFile{SealedReply: r, AttachmentInfo: info, Chunks: db.chunks(ctx, string(r.ID), info)}, nil
		}
	}
	return store.SealedReplyFile{}, store.ErrNotFound
}

// ReplyFileRead implements [store.Reader].
func (db *DB) ReplyFileRead(ctx context.Context, message store.MessageID, reply store.ReplyID, part int, v store.Viewer, now time.Time) error {
	return db.Change(ctx, "record file of reply read", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, addReading+`
			   AND EXISTS (SELECT 1
			                 FROM replies y
			                 JOIN attachments a ON a.message_id = y.id
			                WHERE y.message_id = m.id
			                  AND y.id = $10
			                  AND a.part = $11)`,
			append(reading(store.AttachmentRead, partOf(reply, part), message, v, now), reply, part)...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return whyUnread(ctx, tx, message, v, now)
	})
}

// partOf is a part of a reply, for the detail of an event.
func partOf(reply store.ReplyID, part int) string {
	return string(reply) + " part " + strconv.Itoa(part)
}
