package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// Enrol implements [store.Reader].
func (db *DB) Enrol(ctx context.Context, e store.Enrolment, now time.Time) (store.Viewer, error) {
	var v store.Viewer
	err := db.Change(ctx, "enrol", func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, e.Link, now)
		if err != nil {
			return err
		}
		if err := hold(ctx, tx, b, now); err != nil {
			return err
		}
		if err := mayEnrol(ctx, tx, b, e, now); err != nil {
			return err
		}
		v = store.Viewer{Org: b.org, Recipient: b.recipient, Addr: e.Addr}
		if v.Epoch, err = setFirstPassword(ctx, tx, b, e); err != nil {
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
		return AddEvent(ctx, tx, b.event(store.Enrolled, v.Actor(), now))
	})
	if err != nil {
		return store.Viewer{}, err
	}
	return v, nil
}

// setFirstPassword gives the recipient's epoch, or [store.ErrConflict] when there
// is a password: of many at once the database lets one statement find none.
func setFirstPassword(ctx context.Context, tx *sql.Tx, b behind, e store.Enrolment) (int64, error) {
	var epoch int64
	err := tx.QueryRowContext(ctx, `
		UPDATE recipients
		   SET password = $1, word = COALESCE($2, word), failures = 0, retry_at = 0
		 WHERE id = $3
		   AND org_id = $4
		   AND password IS NULL
		RETURNING epoch`, e.Password, bytesOrNull(e.Word), b.recipient, b.org).Scan(&epoch)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrConflict
	}
	return epoch, err
}
