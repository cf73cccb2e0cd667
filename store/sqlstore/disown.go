package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
	"securetext/store/token"
)

// NotMine implements [store.Reader]. The messages are held first, so of two at once
// the later finds it said.
func (db *DB) NotMine(ctx context.Context, hash token.Hash, by store.Actor, now time.Time) error {
	return db.Change(ctx, "disown message", func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		waiting, err := holdWaiting(ctx, tx, b)
		if err != nil {
			return err
		}
		said, err := disown(ctx, tx, b, now)
		if err != nil || said {
			return err
		}
		if err := AddEvent(ctx, tx, b.event(store.Disowned, by, now)); err != nil {
			return err
		}
		err = refusal{org: b.org, recipient: b.recipient, why: store.NotMine, by: by, at: now}.record(ctx, tx, waiting)
		if err != nil {
			return err
		}
		if err := endWatch(ctx, tx, b.message); err != nil {
			return err
		}
		return tellDisowned(ctx, tx, b, now)
	})
}

// disown seals a held message, unless who holds its link said before that it is
// not theirs. Whatever the clocks say, it is after the last release.
func disown(ctx context.Context, tx *sql.Tx, b behind, now time.Time) (said bool, err error) {
	if err := hold(ctx, tx, b, now); err != nil {
		return false, err
	}
	res, err := tx.ExecContext(ctx, `
		UPDATE messages
		   SET held_at = CASE WHEN released_at < $1 THEN $1 ELSE released_at + 1 END
		 WHERE id = $2
		   AND held_at <= released_at`, Micros(now), b.message)
	switch err := oneRow(res, err, sql.ErrNoRows); {
	case errors.Is(err, sql.ErrNoRows):
		return true, nil
	default:
		return false, err
	}
}

// tellDisowned queues the mail to the sender, if it may be mailed at all.
func tellDisowned(ctx context.Context, tx *sql.Tx, b behind, now time.Time) error {
	var notify store.Notify
	err := tx.QueryRowContext(ctx, `
		SELECT notify
		  FROM messages
		 WHERE id = $1`, b.message).Scan(&notify)
	if err != nil || notify&store.NotifyAsked == 0 {
		return err
	}
	return addNotice(ctx, tx, b.org, b.message, store.Disowned, store.ViaMail, "", now)
}

// ReleaseMessage implements [store.Admin]. Whatever the clocks say, it is after all
// that the message was held for.
func (db *DB) ReleaseMessage(ctx context.Context, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "release message", func(tx *sql.Tx) error {
		b := behind{org: org, message: id}
		if err := oneAtATime(ctx, tx, b); err != nil {
			return err
		}
		var sealed bool
		var since, reset int64
		err := tx.QueryRowContext(ctx, `
			SELECT m.recipient_id, m.held_at, r.reset_at, `+held+` AND m.wiped_at IS NULL AND m.expires_at > $1
			  FROM messages m
			  JOIN recipients r ON r.id = m.recipient_id AND (r.org_id = m.org_id) IS TRUE
			 WHERE m.id = $2
			   AND m.org_id = $3`, Micros(at), id, org).Scan(&b.recipient, &since, &reset, &sealed)
		if err != nil {
			return err
		}
		if !sealed {
			return store.ErrConflict
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE messages
			   SET released_at = $1
			 WHERE id = $2`, max(Micros(at), since, reset), id)
		if err != nil {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.Released, by, at))
	})
}
