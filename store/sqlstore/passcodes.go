package sqlstore

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// unvouched tells of a message m and its recipient r whether a passcode is asked
// for that nobody gave.
const unvouched = `(m.passcode IS NOT NULL AND r.vouched_at = 0)`

// passcode is whether the device owes one.
func (t *trust) passcode(now time.Time) store.PasscodeState {
	switch {
	case !t.asked, t.given != 0 && now.Before(Time(t.given).Add(store.ProofLife)):
		return store.PasscodeNone
	case t.provedTries >= store.PasscodeTries:
		return store.PasscodeLocked
	case t.passcodeTries >= store.PasscodeTries && !t.isProved(now):
		return store.PasscodeUnproved
	}
	return store.PasscodeOwed
}

// whyNoTry is why a device cannot try a passcode.
func whyNoTry(s store.PasscodeState) error {
	switch s {
	case store.PasscodeNone:
		return store.ErrConflict
	case store.PasscodeUnproved:
		return store.ErrUnproved
	case store.PasscodeLocked:
		return store.ErrLocked
	}
	return nil
}

// TryPasscode implements [store.Reader]. The statement that counts the try is the
// one that finds it may be made; a right one is taken off the count again.
func (db *DB) TryPasscode(ctx context.Context, p store.PasscodeTry, now time.Time) error {
	const op = "try passcode"
	var outcome error
	err := db.Change(ctx, op, func(tx *sql.Tx) error {
		outcome = nil
		b, err := findBehind(ctx, tx, p.Link, now)
		if err != nil {
			return err
		}
		if b.gone {
			return store.ErrGone
		}
		t, err := trustOf(ctx, tx, b, p.Device)
		if err != nil {
			return err
		}
		if err := whyNoTry(t.passcode(now)); err != nil {
			return err
		}
		epoch, err := t.countPasscode(ctx, tx, b, now)
		if err != nil {
			return err
		}
		right, err := isPasscode(ctx, tx, b, p.Given)
		if err != nil {
			return err
		}
		if !right {
			if outcome = whyNoTry(t.passcode(now)); outcome == nil {
				outcome = store.ErrNotFound
			}
			return AddEvent(ctx, tx, b.event(store.PasscodeFailed, p.By, now))
		}
		return t.vouched(ctx, tx, b, p, epoch, now)
	})
	if err != nil {
		return err
	}
	return db.fault(ctx, op, outcome)
}

// countPasscode counts a try, and gives the epoch of the recipient, who stays as
// they are until the transaction ends.
func (t *trust) countPasscode(ctx context.Context, tx *sql.Tx, b behind, now time.Time) (epoch int64, err error) {
	proved := bit(t.isProved(now))
	err = tx.QueryRowContext(ctx, `
		UPDATE recipients
		   SET passcode_tries = passcode_tries + 1 - $1, proved_tries = proved_tries + $1
		 WHERE id = $2
		   AND org_id = $3
		   AND proved_tries < $4
		   AND (passcode_tries < $4 OR $1 = 1)
		RETURNING passcode_tries, proved_tries, epoch`, proved, b.recipient, b.org, store.PasscodeTries).
		Scan(&t.passcodeTries, &t.provedTries, &epoch)
	switch {
	case errors.Is(err, sql.ErrNoRows) && proved == 1: // others were faster
		return 0, store.ErrLocked
	case errors.Is(err, sql.ErrNoRows):
		return 0, store.ErrUnproved
	}
	return epoch, err
}

func isPasscode(ctx context.Context, tx *sql.Tx, b behind, given []store.PasscodeHash) (bool, error) {
	var passcode []byte
	err := tx.QueryRowContext(ctx, `
		SELECT passcode
		  FROM messages
		 WHERE id = $1
		   AND org_id = $2`, b.message, b.org).Scan(&passcode)
	return isOneOf(passcode, given), err
}

// isOneOf compares what is kept with what somebody gave, in constant time.
func isOneOf[H ~[32]byte](kept []byte, given []H) bool {
	found := 0
	for _, g := range given {
		hash := [32]byte(g)
		found |= subtle.ConstantTimeCompare(kept, hash[:])
	}
	return found == 1
}

// vouched records a right passcode. What others guessed wrong still counts.
func (t *trust) vouched(ctx context.Context, tx *sql.Tx, b behind, p store.PasscodeTry, epoch int64, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE recipients
		   SET passcode_tries = passcode_tries - 1 + $1, proved_tries = proved_tries - $1
		 WHERE id = $2`, bit(t.isProved(now)), b.recipient)
	if err != nil {
		return err
	}
	if p.Device != (store.DeviceHash{}) {
		_, err = tx.ExecContext(ctx, `
			INSERT INTO devices (recipient_id, device, org_id, created_at, seen_at, vouched_at)
			VALUES ($1, $2, $3, $4, $4, $4)
			    ON CONFLICT (recipient_id, device) DO UPDATE
			   SET vouched_at = excluded.vouched_at`, b.recipient, p.Device[:], b.org, Micros(now))
		if err != nil {
			return err
		}
	}
	if v := p.Viewer; v.Org == b.org && v.Recipient == b.recipient && v.Epoch == epoch {
		if err := vouch(ctx, tx, b, p.Device, now); err != nil {
			return err
		}
	}
	return AddEvent(ctx, tx, b.event(store.Vouched, p.By, now))
}

// vouch vouches for a recipient who signs in on a device that gave a passcode of
// late. Not for one who gave it alone: others might have set the password.
func vouch(ctx context.Context, tx *sql.Tx, b behind, device store.DeviceHash, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE recipients
		   SET vouched_at = $1, passcode_tries = 0, proved_tries = 0
		 WHERE id = $2
		   AND org_id = $3
		   AND vouched_at = 0
		   AND EXISTS (SELECT 1
		                 FROM devices d
		                WHERE d.recipient_id = recipients.id
		                  AND d.device = $4
		                  AND d.vouched_at > $5)`,
		Micros(now), b.recipient, b.org, device[:], Micros(now.Add(-store.ProofLife)))
	return err
}
