package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// held tells of a message m and its recipient r whether it is sealed: by who said
// that it is not theirs, or by a reset of the password (S11, S12).
const held = `(m.held_at > m.released_at OR (m.created_at < r.reset_at AND m.released_at < r.reset_at))`

// trustColumns are what trust is scanned from: of a message m, its recipient r, an
// org o and a device d, which there may be none of.
const trustColumns = `o.step_up, o.code_first, r.failures, r.retry_at,
	       COALESCE(d.known_at, 0), COALESCE(d.proved_at, 0), COALESCE(d.retry_at, 0),
	       ` + unvouched + `, COALESCE(d.vouched_at, 0), r.passcode_tries, r.proved_tries`

// trust is what decides whether a browser may try a password, and how its tries
// are counted.
type trust struct {
	stepUp        store.StepUp
	codeFirst     bool
	failures      int   // of all browsers that never signed in
	retry         int64 // of those that did not prove themselves either
	known, proved int64
	retryOwn      int64
	asked         bool  // for a passcode
	given         int64 // when the device gave one
	passcodeTries int   // of devices that did not prove themselves
	provedTries   int
}

func (t *trust) dest() []any {
	return []any{&t.stepUp, (*asBool)(&t.codeFirst), &t.failures, &t.retry, &t.known, &t.proved, &t.retryOwn,
		&t.asked, &t.given, &t.passcodeTries, &t.provedTries}
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

// locked reports whether staff must unlock the recipient before the device may try
// another password.
func (t *trust) locked() bool { return t.known == 0 && t.failures >= store.LockAfter }

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

// trustOf finds what is known of a device with the recipient of what is behind a
// link.
func trustOf(ctx context.Context, tx *sql.Tx, b behind, device store.DeviceHash) (trust, error) {
	var t trust
	err := tx.QueryRowContext(ctx, `
		SELECT `+trustColumns+`
		  FROM messages m
		  JOIN recipients r ON r.id = m.recipient_id AND r.org_id = m.org_id
		  JOIN orgs o ON o.id = r.org_id
		  LEFT JOIN devices d ON d.recipient_id = r.id AND d.device = $1
		 WHERE m.id = $2
		   AND m.org_id = $3`, device[:], b.message, b.org).Scan(t.dest()...)
	return t, err
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

// forgetDevices forgets all devices of a held recipient but one, their codes, and
// all passkeys, which that one is asked for anew. The codes come first, as whoever
// tries one holds it and then the device.
func forgetDevices(ctx context.Context, tx *sql.Tx, id store.RecipientID, but store.DeviceHash) error {
	if err := dropCodes(ctx, tx, id, "device <> $2", but); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		DELETE FROM devices
		 WHERE recipient_id = $1
		   AND device <> $2`, id, but[:])
	if err != nil {
		return err
	}
	return forgetPasskeys(ctx, tx, id)
}

// strangerMemory is how long a device is kept that never signed in, after the last
// thing that it proved.
const strangerMemory = 24 * time.Hour

// forgetStrangers forgets devices that never signed in, in one order.
func forgetStrangers(ctx context.Context, tx *sql.Tx, at time.Time) error {
	_, err := tx.ExecContext(ctx, `
		DELETE FROM devices
		 WHERE (recipient_id, device) IN (SELECT recipient_id, device
		                                    FROM devices
		                                   WHERE known_at = 0
		                                     AND seen_at <= $1
		                                     AND proved_at <= $1
		                                     AND vouched_at <= $1
		                                   ORDER BY seen_at
		                                   LIMIT 1000)
		   AND known_at = 0
		   AND proved_at <= $1
		   AND vouched_at <= $1`, Micros(at.Add(-strangerMemory)))
	return err
}

// mayEnrol is [store.ErrUnvouched] while a passcode is owed, and [store.ErrTooLate]
// for a link that is too old, or an org that wants a code in any case, unless the
// device proved itself.
func mayEnrol(ctx context.Context, tx *sql.Tx, b behind, e store.Enrolment, now time.Time) error {
	t, err := trustOf(ctx, tx, b, e.Device)
	switch {
	case err != nil:
		return err
	case t.passcode(now) != store.PasscodeNone:
		return store.ErrUnvouched
	case t.isProved(now):
		return nil
	}
	if t.codeFirst || now.Sub(b.texted) > e.Grace {
		return store.ErrTooLate
	}
	return nil
}
