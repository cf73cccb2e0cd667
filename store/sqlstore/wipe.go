package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"securetext/store"
)

// Wipe implements [store.Admin].
func (db *DB) Wipe(ctx context.Context, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "wipe message", func(tx *sql.Tx) error { return wipe(ctx, tx, org, id, by, at) })
}

// wipe is [sql.ErrNoRows] when there is nothing left to wipe.
func wipe(ctx context.Context, tx *sql.Tx, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) error {
	var recipient store.RecipientID
	err := tx.QueryRowContext(ctx, `
		UPDATE messages
		   SET content = NULL, passcode = NULL, hint = NULL, wiped_at = $1
		 WHERE id = $2
		   AND org_id = $3
		   AND wiped_at IS NULL
		RETURNING recipient_id`, Micros(at), id, org).Scan(&recipient)
	if err != nil {
		return err
	}
	if err := destroy(ctx, tx, id); err != nil {
		return err
	}
	return AddEvent(ctx, tx, store.Event{Org: org, Message: id, Recipient: recipient, Kind: store.Wiped, By: by, At: at})
}

// WipeThread implements [store.Admin]. The messages are held in the order of their
// ids, as by all others.
func (db *DB) WipeThread(ctx context.Context, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) (int, error) {
	var n int
	err := db.Change(ctx, "wipe thread", func(tx *sql.Tx) error {
		ids, err := collect(ctx, tx, scanMessageID, `
			WITH `+threadOfMessage+`
			SELECT m.id
			  FROM threaded t
			  JOIN messages m ON m.id = t.id
			 WHERE m.org_id = $2
			   AND m.wiped_at IS NULL
			 ORDER BY m.id`, id, org)
		if err != nil {
			return err
		}
		n = 0
		for _, id := range ids {
			switch err := wipe(ctx, tx, org, id, by, at); {
			case err == nil:
				n++
			case !errors.Is(err, sql.ErrNoRows):
				return err
			}
		}
		if n == 0 {
			return store.ErrNotFound
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// destroy deletes what a message brought with it, the keys first, what was written
// back to it, and the texts that wait.
func destroy(ctx context.Context, tx *sql.Tx, id store.MessageID) error {
	replies, err := collect(ctx, tx, scanID, `
		SELECT id
		  FROM replies
		 WHERE message_id = $1`, id)
	if err != nil {
		return err
	}
	if err := dropDrafts(ctx, tx, "message_id = $1", id); err != nil {
		return err
	}
	for _, sealed := range append(replies, string(id)) {
		if err := deleteAll(ctx, tx, sealed,
			`DELETE FROM message_keys WHERE message_id = $1`,
			`DELETE FROM chunks WHERE message_id = $1`,
			`DELETE FROM attachments WHERE message_id = $1`); err != nil {
			return err
		}
	}
	return deleteAll(ctx, tx, string(id),
		`DELETE FROM replies WHERE message_id = $1`,
		`DELETE FROM watches WHERE message_id = $1`,
		`DELETE FROM outbox WHERE message_id = $1`)
}

func deleteAll(ctx context.Context, tx *sql.Tx, id string, statements ...string) error {
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement, id); err != nil {
			return err
		}
	}
	return nil
}

func scanID(r row) (id string, err error) {
	err = r.Scan(&id)
	return id, err
}

// Expire implements [store.Admin]. Of several processes at once each message
// counts for one. They are held in the order of their ids, as by all others.
func (db *DB) Expire(ctx context.Context, limit int, at time.Time) (int, error) {
	var n int
	err := db.Change(ctx, "expire", func(tx *sql.Tx) error {
		ids, err := collect(ctx, tx, scanMessageID, `
			SELECT id
			  FROM messages
			 WHERE expires_at <= $1
			   AND wiped_at IS NULL
			 ORDER BY expires_at, id
			 LIMIT $2`, Micros(at), limit)
		if err != nil {
			return err
		}
		n = 0
		slices.Sort(ids)
		for _, id := range ids {
			switch err := expire(ctx, tx, id, at); {
			case err == nil:
				n++
			case !errors.Is(err, sql.ErrNoRows):
				return err
			}
		}
		return forgetKeys(ctx, tx, at)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

func scanMessageID(r row) (id store.MessageID, err error) {
	err = r.Scan(&id)
	return id, err
}

// expire is [sql.ErrNoRows] when another was faster.
func expire(ctx context.Context, tx *sql.Tx, id store.MessageID, at time.Time) error {
	e := store.Event{Message: id, Kind: store.Expired, By: system("expiry"), At: at}
	err := tx.QueryRowContext(ctx, `
		UPDATE messages
		   SET content = NULL, passcode = NULL, hint = NULL, wiped_at = $1, expired_at = $1
		 WHERE id = $2
		   AND wiped_at IS NULL
		RETURNING org_id, recipient_id`, Micros(at), id).Scan(&e.Org, &e.Recipient)
	if err != nil {
		return err
	}
	if err := destroy(ctx, tx, id); err != nil {
		return err
	}
	if err := AddEvent(ctx, tx, e); err != nil {
		return err
	}
	return queueUnread(ctx, tx, e)
}

// queueUnread queues the mail that a message was never read, for senders who
// want to hear what failed.
func queueUnread(ctx context.Context, tx *sql.Tx, e store.Event) error {
	res, err := tx.ExecContext(ctx, `
		UPDATE messages
		   SET notify = notify - $1
		 WHERE id = $2
		   AND notify & $1 <> 0
		   AND NOT EXISTS (SELECT 1
		                     FROM events
		                    WHERE message_id = $2
		                      AND kind = $3)`, store.NotifyFailed, e.Message, store.Read)
	switch err := oneRow(res, err, sql.ErrNoRows); {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return addNotice(ctx, tx, e.Org, e.Message, store.Expired, store.ViaMail, "", e.At)
}

func forgetKeys(ctx context.Context, tx *sql.Tx, at time.Time) error {
	if err := forgetRepeats(ctx, tx, at); err != nil {
		return err
	}
	if err := forgetCodes(ctx, tx, at); err != nil {
		return err
	}
	if err := forgetChallenges(ctx, tx, at); err != nil {
		return err
	}
	if err := forgetCeremonies(ctx, tx, at); err != nil {
		return err
	}
	if err := dropDrafts(ctx, tx, "expires_at <= $1", Micros(at)); err != nil {
		return err
	}
	if err := forgetStrangers(ctx, tx, at); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		DELETE FROM idempotency
		 WHERE created_at <= $1`, Micros(at.Add(-store.IdempotencyLife)))
	return err
}
