package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
	"securetext/store/token"
)

// held tells of a message m and its recipient r whether it is sealed: by who said
// that it is not theirs, or by a reset of the password (S11, S12).
const held = `(m.held_at > m.released_at OR (m.created_at < r.reset_at AND m.released_at < r.reset_at))`

// trustColumns are what trust is scanned from: of a recipient r, an org o and a
// device d, which there may be none of.
const trustColumns = `o.step_up, o.code_first, r.failures, r.retry_at,
	       COALESCE(d.known_at, 0), COALESCE(d.proved_at, 0), COALESCE(d.retry_at, 0)`

// trust is what decides whether a browser may try a password, and how its tries
// are counted.
type trust struct {
	stepUp        store.StepUp
	codeFirst     bool
	failures      int   // of browsers that never signed in
	retry         int64 // likewise
	known, proved int64
	retryOwn      int64
}

func (t *trust) dest() []any {
	return []any{&t.stepUp, (*asBool)(&t.codeFirst), &t.failures, &t.retry, &t.known, &t.proved, &t.retryOwn}
}

// asBool scans an integer.
type asBool bool

// Scan implements [sql.Scanner].
func (b *asBool) Scan(v any) error {
	n, ok := v.(int64)
	*b = asBool(n != 0)
	if !ok {
		return errors.New("not an integer")
	}
	return nil
}

// isProved reports whether a code proved the device of late.
func (t *trust) isProved(now time.Time) bool {
	return t.proved != 0 && now.Before(Time(t.proved).Add(store.ProofLife))
}

// mustProve reports whether the device has to prove itself before it may try a
// password.
func (t *trust) mustProve(now time.Time) bool {
	switch {
	case t.isProved(now):
		return false
	case t.stepUp == store.StepUpAlways:
		return true
	case t.known != 0:
		return false
	}
	return t.stepUp == store.StepUpNewDevice || t.failures >= store.ProveAfter
}

// own reports whether the device has a count of its own.
func (t *trust) own(now time.Time) bool { return t.known != 0 || t.isProved(now) }

func (t *trust) device(now time.Time) store.Device {
	d := store.Device{Known: t.known != 0, RetryAt: Time(t.retry)}
	if t.isProved(now) {
		d.Proved = Time(t.proved).Add(store.ProofLife)
	}
	if t.own(now) {
		d.RetryAt = Time(t.retryOwn)
	}
	return d
}

// trustOf finds what is known of a device with a recipient.
func trustOf(ctx context.Context, tx *sql.Tx, b behind, device store.DeviceHash) (trust, error) {
	var t trust
	err := tx.QueryRowContext(ctx, `
		SELECT `+trustColumns+`
		  FROM recipients r
		  JOIN orgs o ON o.id = r.org_id
		  LEFT JOIN devices d ON d.recipient_id = r.id AND d.device = $1
		 WHERE r.id = $2
		   AND r.org_id = $3`, device[:], b.recipient, b.org).Scan(t.dest()...)
	return t, err
}

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
		case t.mustProve(now):
			return store.ErrUnproved
		case t.known == 0 && t.failures >= store.LockAfter:
			return store.ErrLocked
		case t.own(now):
			return countOwn(ctx, tx, b, device, now)
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

// countOwn counts a try of a known device, or one that proved itself. After too
// many it is a stranger again.
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
	if failures > store.LockAfter {
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

// remember makes a device that signed in a known one, and starts its count anew.
// A browser without a device cookie is not remembered.
func remember(ctx context.Context, tx *sql.Tx, b behind, device store.DeviceHash, label string, now time.Time) error {
	if device == (store.DeviceHash{}) {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO devices (recipient_id, device, org_id, label, created_at, seen_at, known_at)
		VALUES ($1, $2, $3, $4, $5, $5, $5)
		    ON CONFLICT (recipient_id, device) DO UPDATE
		   SET label = excluded.label, seen_at = excluded.seen_at, failures = 0, retry_at = 0,
		       known_at = CASE WHEN devices.known_at = 0 THEN excluded.known_at ELSE devices.known_at END`,
		b.recipient, device[:], b.org, label, Micros(now))
	return err
}

// forgetDevices forgets all devices of a recipient but one.
func forgetDevices(ctx context.Context, tx *sql.Tx, id store.RecipientID, but store.DeviceHash) error {
	for _, statement := range []string{
		`DELETE FROM devices WHERE recipient_id = $1 AND device <> $2`,
		`DELETE FROM codes WHERE recipient_id = $1 AND device <> $2`,
	} {
		if _, err := tx.ExecContext(ctx, statement, id, but[:]); err != nil {
			return err
		}
	}
	return nil
}

// mayEnrol is [store.ErrTooLate] for a link that is too old, or an org that wants
// a code in any case, unless the device proved itself.
func mayEnrol(ctx context.Context, tx *sql.Tx, b behind, e store.Enrolment, now time.Time) error {
	t, err := trustOf(ctx, tx, b, e.Device)
	if err != nil || t.isProved(now) {
		return err
	}
	if t.codeFirst || now.Sub(b.texted) > e.Grace {
		return store.ErrTooLate
	}
	return nil
}

// UnlockRecipient implements [store.Admin].
func (db *DB) UnlockRecipient(ctx context.Context, org store.OrgID, recipient store.RecipientID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "unlock recipient", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE recipients
			   SET failures = 0, retry_at = 0
			 WHERE id = $1
			   AND org_id = $2`, recipient, org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Recipient: recipient, Kind: store.LockLifted, By: by, At: at})
	})
}
