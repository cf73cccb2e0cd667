package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// ResetPassword implements [store.Reader]. Whether the device proved itself is looked
// at once the recipient is held: of two at once the later finds itself forgotten.
func (db *DB) ResetPassword(ctx context.Context, e store.Enrolment, now time.Time) (store.Viewer, error) {
	var v store.Viewer
	err := db.Change(ctx, "reset password", func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, e.Link, now)
		if err != nil {
			return err
		}
		if _, err := holdWaiting(ctx, tx, b); err != nil {
			return err
		}
		if err := hold(ctx, tx, b, now); err != nil {
			return err
		}
		if _, _, err := holdRecipient(ctx, tx, b); err != nil {
			return err
		}
		t, err := trustOf(ctx, tx, b, e.Device)
		switch {
		case err != nil:
			return err
		case t.passcode(now) != store.PasscodeNone:
			return store.ErrUnvouched
		case !t.isProved(now):
			return store.ErrUnproved
		}
		v = store.Viewer{Org: b.org, Recipient: b.recipient, Addr: e.Addr}
		if v.Epoch, err = replacePassword(ctx, tx, b, e, now); err != nil {
			return err
		}
		if err := dropDrafts(ctx, tx, ofRecipient, b.recipient, b.org); err != nil {
			return err
		}
		if err := forgetDevices(ctx, tx, b.recipient, e.Device); err != nil {
			return err
		}
		if err := remember(ctx, tx, b, e.Device, e.Label, now); err != nil {
			return err
		}
		if err := vouch(ctx, tx, b, e.Device, now); err != nil {
			return err
		}
		if err := queueText(ctx, tx, store.EnrolledText, b, now, now); err != nil {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.Reset, v.Actor(), now))
	})
	if err != nil {
		return store.Viewer{}, err
	}
	return v, nil
}

// replacePassword gives the recipient's new epoch, or [store.ErrConflict] when there
// is no password to replace. Wrong passcodes still count: else whoever has the
// number could guess on after each reset.
func replacePassword(ctx context.Context, tx *sql.Tx, b behind, e store.Enrolment, now time.Time) (int64, error) {
	var epoch int64
	err := tx.QueryRowContext(ctx, `
		UPDATE recipients
		   SET password = $1, word = $2, epoch = epoch + 1, failures = 0, retry_at = 0, reset_at = $3, vouched_at = 0
		 WHERE id = $4
		   AND org_id = $5
		   AND password IS NOT NULL
		RETURNING epoch`, e.Password, bytesOrNull(e.Word), Micros(now), b.recipient, b.org).Scan(&epoch)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrConflict
	}
	return epoch, err
}
