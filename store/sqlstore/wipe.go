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

// WipeThread implements [store.Admin]. The messages are held in the order of their
// ids, as by all others. With one of them on hold nothing is wiped.
func (db *DB) WipeThread(ctx context.Context, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) (int, error) {
	var n int
	err := db.Change(ctx, "wipe thread", func(tx *sql.Tx) error {
		if err := gate(ctx, tx, org); err != nil {
			return err
		}
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

// wipe is [sql.ErrNoRows] when there is nothing left to wipe.
func wipe(ctx context.Context, tx *sql.Tx, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) error {
	if err := gate(ctx, tx, org); err != nil {
		return err
	}
	var recipient store.RecipientID
	err := tx.QueryRowContext(ctx, `
		UPDATE messages AS m
		   SET content = NULL, passcode = NULL, hint = NULL, wiped_at = $1
		 WHERE id = $2
		   AND org_id = $3
		   AND wiped_at IS NULL
		   AND NOT `+onHold+`
		RETURNING recipient_id`, Micros(at), id, org).Scan(&recipient)
	if errors.Is(err, sql.ErrNoRows) {
		return whyNotWiped(ctx, tx, org, id)
	}
	if err != nil {
		return err
	}
	if err := destroy(ctx, tx, id); err != nil {
		return err
	}
	return AddEvent(ctx, tx, store.Event{Org: org, Message: id, Recipient: recipient, Kind: store.Wiped, By: by, At: at})
}

// whyNotWiped is [store.ErrOnHold] when nothing but a hold was in the way.
func whyNotWiped(ctx context.Context, tx *sql.Tx, org store.OrgID, id store.MessageID) error {
	var n int
	err := tx.QueryRowContext(ctx, `
		SELECT 1
		  FROM messages m
		 WHERE id = $1
		   AND org_id = $2
		   AND wiped_at IS NULL`, id, org).Scan(&n)
	if err == nil {
		err = store.ErrOnHold
	}
	return err
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
	return deleteAll(ctx, tx, string(id), slices.Concat(endsWaiting, []string{`DELETE FROM replies WHERE message_id = $1`})...)
}

// endsWaiting ends what is still to be done about a message.
var endsWaiting = []string{
	`DELETE FROM watches WHERE message_id = $1`,
	`DELETE FROM outbox WHERE message_id = $1`,
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
		n = 0
		over, err := collect(ctx, tx, scanOver, `
			SELECT m.id, m.org_id
			  FROM messages m
			 WHERE m.expires_at <= $1
			   AND m.wiped_at IS NULL
			   AND NOT `+onHold+`
			 ORDER BY m.expires_at, m.id
			 LIMIT $2`, Micros(at), limit)
		if err != nil {
			return err
		}
		if err := gates(ctx, tx, orgsOf(over)); err != nil {
			return err
		}
		for _, i := range inOrder(over, func(b behind) store.MessageID { return b.message }) {
			switch err := expire(ctx, tx, over[i].message, at); {
			case err == nil:
				n++
			case !errors.Is(err, sql.ErrNoRows):
				return err
			}
		}
		if err := endHeld(ctx, tx, limit, at); err != nil {
			return err
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

func scanOver(r row) (b behind, err error) {
	err = r.Scan(&b.message, &b.org)
	return b, err
}

func orgsOf(all []behind) []store.OrgID {
	orgs := make([]store.OrgID, len(all))
	for i, b := range all {
		orgs[i] = b.org
	}
	return orgs
}

// expire is [sql.ErrNoRows] when another was faster, or has put a hold on it.
func expire(ctx context.Context, tx *sql.Tx, id store.MessageID, at time.Time) error {
	e := store.Event{Message: id, Kind: store.Expired, By: system("expiry"), At: at}
	err := tx.QueryRowContext(ctx, `
		UPDATE messages AS m
		   SET content = NULL, passcode = NULL, hint = NULL, wiped_at = $1, expired_at = $1
		 WHERE id = $2
		   AND wiped_at IS NULL
		   AND NOT `+onHold+`
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

// endHeld ends what waits of messages that are over and on hold: no text goes out, and
// the sender hears that it was not read. All else stays until the hold is lifted.
func endHeld(ctx context.Context, tx *sql.Tx, limit int, at time.Time) error {
	held, err := collect(ctx, tx, scanOver, `
		SELECT m.id, m.org_id
		  FROM holds a
		  JOIN messages m ON m.id = a.message_id OR m.recipient_id IN (SELECT r.id
		                                                                 FROM recipients r
		                                                                WHERE r.id = a.recipient_id
		                                                                   OR r.family_id = a.recipient_id)
		 WHERE a.lifted_at IS NULL
		   AND m.expires_at <= $1
		   AND m.wiped_at IS NULL
		   AND (EXISTS (SELECT 1 FROM outbox w WHERE w.message_id = m.id)
		        OR EXISTS (SELECT 1 FROM watches w WHERE w.message_id = m.id))
		 LIMIT $2`, Micros(at), limit)
	if err != nil {
		return err
	}
	for _, i := range inOrder(held, func(b behind) store.MessageID { return b.message }) {
		b := held[i]
		if err := oneAtATime(ctx, tx, b); err != nil {
			return err
		}
		if err := deleteAll(ctx, tx, string(b.message), endsWaiting...); err != nil {
			return err
		}
		if err := queueUnread(ctx, tx, store.Event{Org: b.org, Message: b.message, At: at}); err != nil {
			return err
		}
	}
	return nil
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
	if err := remindForgotten(ctx, tx, at); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		DELETE FROM idempotency
		 WHERE created_at <= $1`, Micros(at.Add(-store.IdempotencyLife)))
	return err
}
