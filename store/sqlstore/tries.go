package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
	"securetext/store/token"
)

// TryUnlock implements [store.Reader]. The statement that counts the try is the
// one that finds it may be made, so tries at once cannot share one turn.
func (db *DB) TryUnlock(ctx context.Context, hash token.Hash, device store.DeviceHash, now time.Time) error {
	return db.Change(ctx, "try to unlock", func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		if b.gone {
			return store.ErrGone
		}
		t, err := trustOf(ctx, tx, b, device)
		switch {
		case err != nil:
			return err
		case t.passcode(now) != store.PasscodeNone:
			return store.ErrUnvouched
		case t.locked():
			return store.ErrLocked
		case t.mustProve(now):
			return store.ErrUnproved
		case t.known != 0:
			return countOwn(ctx, tx, b, device, now)
		case t.isProved(now):
			return countProved(ctx, tx, b, device, now)
		}
		return countShared(ctx, tx, b, now)
	})
}

// countShared counts a try of a browser that nobody knows.
func countShared(ctx context.Context, tx *sql.Tx, b behind, now time.Time) error {
	var failures int
	err := tx.QueryRowContext(ctx, `
		UPDATE recipients
		   SET failures = failures + 1
		 WHERE id = $1
		   AND org_id = $2
		   AND retry_at <= $3
		RETURNING failures`, b.recipient, b.org, Micros(now)).Scan(&failures)
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrThrottled
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE recipients
		   SET retry_at = $1
		 WHERE id = $2`, Micros(now.Add(store.Delay(failures))), b.recipient)
	return err
}

// countProved counts a try of a device that proved itself but never signed in. It
// waits for nobody else's, but all such tries together may lock the recipient:
// who has the phone has not the password for that.
func countProved(ctx context.Context, tx *sql.Tx, b behind, device store.DeviceHash, now time.Time) error {
	res, err := tx.ExecContext(ctx, `
		UPDATE recipients
		   SET failures = failures + 1
		 WHERE id = $1
		   AND org_id = $2
		   AND failures < $3`, b.recipient, b.org, store.LockAfter)
	if err := oneRow(res, err, store.ErrLocked); err != nil {
		return err
	}
	return countOwn(ctx, tx, b, device, now)
}

// countOwn counts a try of a device with a count of its own. With too many it is
// a stranger again, unless the last one was right.
func countOwn(ctx context.Context, tx *sql.Tx, b behind, device store.DeviceHash, now time.Time) error {
	var failures int
	err := tx.QueryRowContext(ctx, `
		UPDATE devices
		   SET failures = failures + 1
		 WHERE recipient_id = $1
		   AND device = $2
		   AND retry_at <= $3
		RETURNING failures`, b.recipient, device[:], Micros(now)).Scan(&failures)
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrThrottled
	}
	if err != nil {
		return err
	}
	if failures >= store.LockAfter {
		_, err = tx.ExecContext(ctx, `
			DELETE FROM devices
			 WHERE recipient_id = $1
			   AND device = $2`, b.recipient, device[:])
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE devices
		   SET retry_at = $1
		 WHERE recipient_id = $2
		   AND device = $3`, Micros(now.Add(store.Delay(failures))), b.recipient, device[:])
	return err
}

// UnlockRecipient implements [store.Admin].
func (db *DB) UnlockRecipient(ctx context.Context, org store.OrgID, recipient store.RecipientID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "unlock recipient", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE recipients
			   SET failures = 0, retry_at = 0, passcode_tries = 0, proved_tries = 0
			 WHERE id = $1
			   AND org_id = $2`, recipient, org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Recipient: recipient, Kind: store.LockLifted, By: by, At: at})
	})
}
