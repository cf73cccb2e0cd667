package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// passkeysOf lists a recipient's, the oldest first.
func passkeysOf(ctx context.Context, q queryer, b behind) ([]store.Passkey, error) {
	return collect(ctx, q, scanPasskey, `
		SELECT id, record, counter, label, created_at, used_at
		  FROM passkeys
		 WHERE recipient_id = $1
		   AND org_id = $2
		 ORDER BY created_at, id`, b.recipient, b.org)
}

func scanPasskey(r row) (store.Passkey, error) {
	var p store.Passkey
	var created, used int64
	err := r.Scan(&p.ID, &p.Record, &p.Counter, &p.Label, &created, &used)
	p.Created, p.Used = Time(created), Time(used)
	return p, err
}

// UnlockedByPasskey implements [store.Reader]. The recipient is held first, as a
// reset does: of the two the later finds no passkey, or the new epoch.
func (db *DB) UnlockedByPasskey(ctx context.Context, u store.PasskeyUnlock, now time.Time) (store.Viewer, error) {
	const op = "unlock by passkey"
	var v store.Viewer
	var outcome error
	err := db.Change(ctx, op, func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, u.Link, now)
		if err != nil {
			return err
		}
		if b.gone {
			return store.ErrGone
		}
		t, err := trustOf(ctx, tx, b, u.Device)
		if err != nil {
			return err
		}
		if t.passcode(now) != store.PasscodeNone {
			return store.ErrUnvouched
		}
		v = store.Viewer{Org: b.org, Recipient: b.recipient, Addr: u.Addr}
		if v.Epoch, err = letIn(ctx, tx, b); err != nil {
			return err
		}
		outcome = countUse(ctx, tx, b, u, now)
		if errors.Is(outcome, store.ErrConflict) {
			e := b.event(store.PasskeyRefused, store.Actor{Kind: store.ByVisitor, Addr: u.Addr}, now)
			e.Detail = string(u.Passkey)
			return AddEvent(ctx, tx, e)
		}
		if outcome != nil {
			return outcome
		}
		return signedBy(ctx, tx, b, u, v, now)
	})
	if err == nil {
		err = db.fault(ctx, op, outcome)
	}
	if err != nil {
		return store.Viewer{}, err
	}
	return v, nil
}

// signedBy records a right signature.
func signedBy(ctx context.Context, tx *sql.Tx, b behind, u store.PasskeyUnlock, v store.Viewer, now time.Time) error {
	if err := remember(ctx, tx, b, u.Device, u.Label, now); err != nil {
		return err
	}
	if err := vouch(ctx, tx, b, u.Device, now); err != nil {
		return err
	}
	if err := settle(ctx, tx, b, u.Device); err != nil {
		return err
	}
	e := b.event(store.Unlocked, v.Actor(), now)
	e.Detail = store.ByPasskey
	return AddEvent(ctx, tx, e)
}

// letIn holds a recipient and gives the epoch. Wrong passwords of strangers stay
// counted: a passkey says nothing of whose they were.
func letIn(ctx context.Context, tx *sql.Tx, b behind) (int64, error) {
	var epoch int64
	err := tx.QueryRowContext(ctx, `
		UPDATE recipients
		   SET epoch = epoch
		 WHERE id = $1
		   AND org_id = $2
		RETURNING epoch`, b.recipient, b.org).Scan(&epoch)
	return epoch, err
}

// countUse keeps what a passkey says of how often it signed. [store.ErrConflict]
// when that does not go up, unless it never counts.
func countUse(ctx context.Context, tx *sql.Tx, b behind, u store.PasskeyUnlock, now time.Time) error {
	res, err := tx.ExecContext(ctx, `
		UPDATE passkeys
		   SET counter = $1, used_at = $2
		 WHERE id = $3
		   AND recipient_id = $4
		   AND org_id = $5
		   AND (counter < $1 OR counter = 0 AND $1 = 0)`, u.Counter, Micros(now), u.Passkey, b.recipient, b.org)
	switch err := oneRow(res, err, sql.ErrNoRows); {
	case err == nil:
		return nil
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	var id store.PasskeyID
	err = tx.QueryRowContext(ctx, `
		SELECT id
		  FROM passkeys
		 WHERE id = $1
		   AND recipient_id = $2
		   AND org_id = $3`, u.Passkey, b.recipient, b.org).Scan(&id)
	if err == nil {
		err = store.ErrConflict
	}
	return err
}

// settle records that no passkey is to be offered in a known browser again.
func settle(ctx context.Context, tx *sql.Tx, b behind, device store.DeviceHash) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE devices
		   SET passkey = 1
		 WHERE recipient_id = $1
		   AND device = $2
		   AND org_id = $3`, b.recipient, device[:], b.org)
	return err
}

// AddPasskey implements [store.Reader].
func (db *DB) AddPasskey(ctx context.Context, p store.Passkey, device store.DeviceHash, v store.Viewer, now time.Time) error {
	return db.asViewer(ctx, "add passkey", v, func(tx *sql.Tx, b behind) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO passkeys (id, recipient_id, org_id, record, counter, label, created_at)
			SELECT $1, $2, $3, $4, $5, $6, $7
			 WHERE (SELECT count(*)
			          FROM passkeys
			         WHERE recipient_id = $2) < $8`,
			p.ID, b.recipient, b.org, []byte(p.Record), p.Counter, p.Label, Micros(now), store.MostPasskeys)
		if err := oneRow(res, err, store.ErrConflict); err != nil {
			return err
		}
		if err := settle(ctx, tx, b, device); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{
			Org: b.org, Recipient: b.recipient, Kind: store.PasskeyAdded, By: v.Actor(), Detail: string(p.ID), At: now,
		})
	})
}

// Passkeys implements [store.Reader].
func (db *DB) Passkeys(ctx context.Context, v store.Viewer) ([]store.Passkey, error) {
	const op = "list passkeys"
	var epoch int64
	err := db.read.QueryRowContext(ctx, `
		SELECT epoch
		  FROM recipients
		 WHERE id = $1
		   AND org_id = $2`, v.Recipient, v.Org).Scan(&epoch)
	if err == nil && epoch != v.Epoch {
		err = store.ErrRevoked
	}
	if err != nil {
		return nil, db.fault(ctx, op, err)
	}
	list, err := passkeysOf(ctx, db.read, behind{org: v.Org, recipient: v.Recipient})
	return list, db.fault(ctx, op, err)
}

// RemovePasskey implements [store.Reader].
func (db *DB) RemovePasskey(ctx context.Context, id store.PasskeyID, v store.Viewer, now time.Time) error {
	return db.asViewer(ctx, "remove passkey", v, func(tx *sql.Tx, b behind) error {
		res, err := tx.ExecContext(ctx, `
			DELETE FROM passkeys
			 WHERE id = $1
			   AND recipient_id = $2
			   AND org_id = $3`, id, b.recipient, b.org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{
			Org: b.org, Recipient: b.recipient, Kind: store.PasskeyRemoved, By: v.Actor(), Detail: string(id), At: now,
		})
	})
}

// DeclinePasskey implements [store.Reader].
func (db *DB) DeclinePasskey(ctx context.Context, device store.DeviceHash, v store.Viewer) error {
	return db.asViewer(ctx, "decline passkey", v, func(tx *sql.Tx, b behind) error { return settle(ctx, tx, b, device) })
}

// asViewer changes what is a viewer's, whose recipient is held and whose epoch is
// not over.
func (db *DB) asViewer(ctx context.Context, op string, v store.Viewer, change func(*sql.Tx, behind) error) error {
	return db.Change(ctx, op, func(tx *sql.Tx) error {
		b := behind{org: v.Org, recipient: v.Recipient}
		epoch, err := letIn(ctx, tx, b)
		if err != nil {
			return err
		}
		if epoch != v.Epoch {
			return store.ErrRevoked
		}
		return change(tx, b)
	})
}

// forgetPasskeys forgets those of a held recipient, and that any was offered.
func forgetPasskeys(ctx context.Context, tx *sql.Tx, id store.RecipientID) error {
	_, err := tx.ExecContext(ctx, `
		DELETE FROM passkeys
		 WHERE recipient_id = $1`, id)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE devices
		   SET passkey = 0
		 WHERE recipient_id = $1`, id)
	return err
}
