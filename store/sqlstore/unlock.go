package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
	"securetext/store/token"
)

// Unlocked implements [store.Reader]. It is [store.ErrConflict] when the stored
// hash is no longer the one verified: were it let through, the session would
// outlive a reset that came in between.
func (db *DB) Unlocked(ctx context.Context, u store.Unlock, now time.Time) (store.Viewer, error) {
	var v store.Viewer
	err := db.Change(ctx, "unlock", func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, u.Link, now)
		if err != nil {
			return err
		}
		if b.gone {
			return store.ErrGone
		}
		v = store.Viewer{Org: b.org, Recipient: b.recipient, Addr: u.Addr}
		if v.Epoch, err = startAnew(ctx, tx, b, u); err != nil {
			return err
		}
		if err := remember(ctx, tx, b, u.Device, u.Label, now); err != nil {
			return err
		}
		if err := vouch(ctx, tx, b, u.Device, now); err != nil {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.Unlocked, v.Actor(), now))
	})
	if err != nil {
		return store.Viewer{}, err
	}
	return v, nil
}

const knownDevice = `EXISTS (SELECT 1
		                            FROM devices d
		                           WHERE d.recipient_id = recipients.id
		                             AND d.device = $1
		                             AND d.known_at <> 0)`

// startAnew forgets the wrong passwords, stores the rehash and gives the
// recipient's epoch. Those of strangers stay when a known device signs in: else
// each time that the patient did, whoever holds a link could guess on.
func startAnew(ctx context.Context, tx *sql.Tx, b behind, u store.Unlock) (int64, error) {
	var epoch int64
	err := tx.QueryRowContext(ctx, `
		UPDATE recipients
		   SET password = $2,
		       failures = CASE WHEN `+knownDevice+` THEN failures ELSE 0 END,
		       retry_at = CASE WHEN `+knownDevice+` THEN retry_at ELSE 0 END
		 WHERE id = $3
		   AND org_id = $4
		   AND password = $5
		RETURNING epoch`, u.Device[:], cmp.Or(u.Rehash, u.Verified), b.recipient, b.org, u.Verified).Scan(&epoch)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrConflict
	}
	return epoch, err
}

// UnlockFailed implements [store.Reader].
func (db *DB) UnlockFailed(ctx context.Context, hash token.Hash, by store.Actor, now time.Time) error {
	return db.Change(ctx, "record failed unlock", func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.UnlockFailed, by, now))
	})
}
