package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// OpenReplies implements [store.Threads].
func (db *DB) OpenReplies(ctx context.Context, who store.Correspondent, message store.MessageID, now time.Time) ([]store.SealedReply, error) {
	var list []store.SealedReply
	err := db.Change(ctx, "open replies", func(tx *sql.Tx) (err error) {
		if err := holdSent(ctx, tx, who, message, now); err != nil {
			return err
		}
		if list, err = collect(ctx, tx, scanReply, selectReplies+inTurn, message, who.Org, Micros(now)); err != nil {
			return err
		}
		if err := addReplyFiles(ctx, tx, list); err != nil {
			return err
		}
		for _, r := range list {
			if err := addReplyRead(ctx, tx, who, r, string(r.ID), now); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE replies
			   SET read_at = $1
			 WHERE message_id = $2
			   AND org_id = $3
			   AND read_at = 0`, Micros(now), message, who.Org)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// OpenReplyFile implements [store.Threads]. Each chunk is a query of its own, as
// in Attachment.
func (db *DB) OpenReplyFile(ctx context.Context, who store.Correspondent, message store.MessageID, reply store.ReplyID, part int, now time.Time) (store.SealedReplyFile, error) {
	var f store.SealedReplyFile
	err := db.Change(ctx, "open file of reply", func(tx *sql.Tx) error {
		if err := holdSent(ctx, tx, who, message, now); err != nil {
			return err
		}
		r, err := scanReply(tx.QueryRowContext(ctx, selectReplies+`
			   AND y.id = $4`, message, who.Org, Micros(now), reply))
		if err != nil {
			return err
		}
		if f, err = db.replyFile(ctx, tx, r, part); err != nil {
			return err
		}
		return addReplyRead(ctx, tx, who, r, partOf(reply, part), now)
	})
	if err != nil {
		return store.SealedReplyFile{}, err
	}
	return f, nil
}

// holdSent holds a message of the sender's, so that no wipe comes between what is
// found of it and the event.
func holdSent(ctx context.Context, tx *sql.Tx, who store.Correspondent, message store.MessageID, now time.Time) error {
	var expires int64
	var wiped sql.NullInt64
	err := tx.QueryRowContext(ctx, `
		UPDATE messages
		   SET reply = reply
		 WHERE id = $1
		   AND org_id = $2
		   AND sender_id = $3
		   AND test >= $4
		RETURNING expires_at, wiped_at`, message, who.Org, who.Sender, bit(who.Test)).Scan(&expires, &wiped)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return store.ErrNotFound
	case err == nil && (wiped.Valid || expires <= Micros(now)):
		return store.ErrGone
	}
	return err
}

func addReplyRead(ctx context.Context, tx *sql.Tx, who store.Correspondent, r store.SealedReply, detail string, now time.Time) error {
	return AddEvent(ctx, tx, store.Event{
		Org: r.Org, Message: r.Message, Recipient: r.Recipient, Kind: store.ReplyRead, By: who.By, Detail: detail, At: now,
	})
}

// UnreadReplies implements [store.Threads].
func (db *DB) UnreadReplies(ctx context.Context, org store.OrgID, sender store.SenderID, now time.Time) (int, error) {
	var n int
	err := db.read.QueryRowContext(ctx, `
		SELECT COUNT(*)
		  FROM (SELECT DISTINCT y.message_id
		          FROM replies y
		          JOIN messages m ON m.id = y.message_id AND m.org_id = y.org_id
		         WHERE y.org_id = $1
		           AND y.read_at = 0
		           AND m.sender_id = $2
		           AND m.expires_at > $3
		         LIMIT $4) AS counted`, org, sender, Micros(now), store.MostCounted).Scan(&n)
	return n, db.fault(ctx, "count unread replies", err)
}
