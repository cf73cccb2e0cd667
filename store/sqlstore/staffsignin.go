package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"securetext/store"
)

// countOf names the columns that count the wrong passwords of known browsers, or
// of all others.
func countOf(known bool) (failures, retryAt string) {
	if known {
		return "known_failures", "known_retry_at"
	}
	return "failures", "retry_at"
}

// TryStaff implements [store.Personnel]. The statement that counts the try is the
// one that finds it may be made, so tries at once cannot share one turn.
func (db *DB) TryStaff(ctx context.Context, org store.OrgID, id store.StaffID, known bool, now time.Time) error {
	failures, retryAt := countOf(known)
	return db.Change(ctx, "try staff", func(tx *sql.Tx) error {
		var n int
		err := tx.QueryRowContext(ctx, `
			UPDATE staff
			   SET `+failures+` = `+failures+` + 1
			 WHERE id = $1
			   AND org_id = $2
			   AND `+retryAt+` <= $3
			RETURNING `+failures, id, org, Micros(now)).Scan(&n)
		if errors.Is(err, sql.ErrNoRows) {
			return whyNotTried(ctx, tx, org, id)
		}
		if err != nil {
			return err
		}
		if n > store.LockAfter && !known {
			return store.ErrLocked
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE staff
			   SET `+retryAt+` = $1
			 WHERE id = $2`, Micros(now.Add(store.Delay(n))), id)
		return err
	})
}

// whyNotTried tells one who has to wait from one who is not there.
func whyNotTried(ctx context.Context, tx *sql.Tx, org store.OrgID, id store.StaffID) error {
	_, err := staffMember(ctx, tx, org, id)
	if err == nil {
		err = store.ErrThrottled
	}
	return err
}

// StaffSignedIn implements [store.Personnel].
func (db *DB) StaffSignedIn(ctx context.Context, s store.StaffSignIn, by store.Actor, now time.Time) (store.Staff, error) {
	var who store.Staff
	err := db.Change(ctx, "sign staff in", func(tx *sql.Tx) error {
		if err := startStaffAnew(ctx, tx, s, now); err != nil {
			return err
		}
		if err := useRecovery(ctx, tx, s); err != nil {
			return err
		}
		a, err := staffMember(ctx, tx, s.Org, s.ID)
		if err != nil {
			return err
		}
		who = a.Staff
		return AddEvent(ctx, tx, aboutStaff(s.Org, s.ID, store.StaffSignedIn, how(s), by, now))
	})
	if err != nil {
		return store.Staff{}, err
	}
	return who, nil
}

// useRecovery uses a recovery code up, if one was given.
func useRecovery(ctx context.Context, tx *sql.Tx, s store.StaffSignIn) error {
	if len(s.Recovery) == 0 {
		return nil
	}
	c := new(conditions)
	c.add("staff_id = %s", s.ID)
	in(c, "hash", bytesOf(s.Recovery))
	res, err := tx.ExecContext(ctx, `
		DELETE FROM staff_recovery
		 `+c.where(), c.args...)
	return oneRow(res, err, store.ErrConflict)
}

// how is what the event says of a sign-in.
func how(s store.StaffSignIn) string {
	switch {
	case len(s.Recovery) > 0:
		return string(s.ID) + " recovery"
	case s.Step != 0:
		return string(s.ID) + " app"
	}
	return string(s.ID)
}

// startStaffAnew forgets the wrong passwords and marks the code as used. It finds
// the row only while the proofs are those verified.
func startStaffAnew(ctx context.Context, tx *sql.Tx, s store.StaffSignIn, now time.Time) error {
	failures, retryAt := countOf(s.Known)
	proved := len(s.Recovery) > 0
	res, err := tx.ExecContext(ctx, `
		UPDATE staff
		   SET password = $1, signed_in_at = $2, `+failures+` = 0, `+retryAt+` = 0,
		       totp_step = CASE WHEN totp_step < $3 THEN $3 ELSE totp_step END
		 WHERE id = $4
		   AND org_id = $5
		   AND password = $6
		   AND epoch = $8
		   AND suspended_at IS NULL
		   AND ($7 = 1 OR totp IS NULL OR totp_step < $3)`,
		cmp.Or(s.Rehash, s.Verified), Micros(now), s.Step, s.ID, s.Org, s.Verified, bit(proved), s.Epoch)
	return oneRow(res, err, store.ErrConflict)
}

// StaffSignInFailed implements [store.Personnel].
func (db *DB) StaffSignInFailed(ctx context.Context, org store.OrgID, id store.StaffID, by store.Actor, now time.Time) error {
	return db.Change(ctx, "record failed sign-in", func(tx *sql.Tx) error {
		if _, err := staffMember(ctx, tx, org, id); err != nil {
			return err
		}
		return AddEvent(ctx, tx, aboutStaff(org, id, store.StaffSignInFailed, "", by, now))
	})
}

// recorded are the kinds of events that stand for themselves.
var recorded = []store.Kind{store.SessionEnded, store.StaffSignedOut, store.StaffRefused, store.Exported}

// Record implements [store.Personnel].
func (db *DB) Record(ctx context.Context, e store.Event) error {
	return db.Change(ctx, "record event", func(tx *sql.Tx) error {
		if !slices.Contains(recorded, e.Kind) {
			return store.ErrConflict
		}
		if err := isOf(ctx, tx, e); err != nil {
			return err
		}
		return AddEvent(ctx, tx, e)
	})
}

// isOf checks that what an event is about is the org's.
func isOf(ctx context.Context, tx *sql.Tx, e store.Event) error {
	query, id := `SELECT 1 FROM orgs WHERE id = $1 AND id = $2`, string(e.Org)
	if e.Recipient != "" {
		query, id = `SELECT 1 FROM recipients WHERE id = $1 AND org_id = $2`, string(e.Recipient)
	}
	var one int
	return tx.QueryRowContext(ctx, query, id, e.Org).Scan(&one)
}
