package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

const selectStaffPasskeys = `
	SELECT p.id, p.org_id, p.staff_id, p.handle, p.key_version, p.key_wrapped, p.record, p.counter, p.name, p.created_at, p.used_at
	  FROM staff_passkeys p`

func scanStaffPasskey(r row) (store.StaffPasskey, error) {
	var p store.StaffPasskey
	var handle []byte
	var created, used int64
	err := r.Scan(&p.ID, &p.Org, &p.Staff, &handle, &p.Key.Version, &p.Key.Wrapped, &p.Record, &p.Counter, &p.Name, &created, &used)
	copy(p.Handle[:], handle)
	p.Created, p.Used = Time(created), Time(used)
	return p, err
}

// StaffByPasskey implements [store.Personnel].
func (db *DB) StaffByPasskey(ctx context.Context, handle store.CredentialHash) (store.Account, store.StaffPasskey, error) {
	const op = "find staff by passkey"
	p, err := scanStaffPasskey(db.read.QueryRowContext(ctx, selectStaffPasskeys+`
		 WHERE p.handle = $1`, handle[:]))
	if err != nil {
		return store.Account{}, store.StaffPasskey{}, db.fault(ctx, op, err)
	}
	a, err := staffMember(ctx, db.read, p.Org, p.Staff)
	return a, p, db.fault(ctx, op, err)
}

// StaffPasskeys implements [store.Personnel].
func (db *DB) StaffPasskeys(ctx context.Context, org store.OrgID, id store.StaffID) ([]store.StaffPasskey, error) {
	list, err := collect(ctx, db.read, scanStaffPasskey, selectStaffPasskeys+`
		 WHERE p.staff_id = $1
		   AND p.org_id = $2
		 ORDER BY p.created_at, p.id`, id, org)
	return list, db.fault(ctx, "list staff passkeys", err)
}

// AddStaffPasskey implements [store.Personnel]. The person is held, so that no more
// than are allowed come together.
func (db *DB) AddStaffPasskey(ctx context.Context, p store.StaffPasskey, epoch int64, by store.Actor, at time.Time) error {
	return db.Change(ctx, "add staff passkey", func(tx *sql.Tx) error {
		a, err := heldStaff(ctx, tx, p.Org, p.Staff, epoch)
		if err != nil {
			return err
		}
		if a.Passkeys >= store.MostPasskeys {
			return store.ErrConflict
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO staff_passkeys (id, staff_id, org_id, handle, key_version, key_wrapped, record, counter, name, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			p.ID, p.Staff, p.Org, p.Handle[:], p.Key.Version, p.Key.Wrapped, p.Record, p.Counter, p.Name, Micros(at))
		if err != nil {
			return err
		}
		return AddEvent(ctx, tx, aboutStaff(p.Org, p.Staff, store.StaffPasskeyAdded, string(p.Staff)+" "+string(p.ID), by, at))
	})
}

// heldStaff is a person who stays as they are until the transaction ends.
// [store.ErrRevoked] when their epoch is another one.
func heldStaff(ctx context.Context, tx *sql.Tx, org store.OrgID, id store.StaffID, epoch int64) (store.Account, error) {
	if _, err := staffMember(ctx, tx, org, id); err != nil {
		return store.Account{}, err
	}
	if err := holdStaff(ctx, tx, id, epoch); err != nil {
		return store.Account{}, err
	}
	return staffMember(ctx, tx, org, id)
}

// RemoveStaffPasskey implements [store.Personnel].
func (db *DB) RemoveStaffPasskey(ctx context.Context, org store.OrgID, id store.StaffID, passkey store.PasskeyID, epoch int64, by store.Actor, at time.Time) (store.Staff, error) {
	var s store.Staff
	err := db.Change(ctx, "remove staff passkey", func(tx *sql.Tx) error {
		a, err := heldStaff(ctx, tx, org, id, epoch)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `
			DELETE FROM staff_passkeys
			 WHERE id = $1
			   AND staff_id = $2
			   AND org_id = $3`, passkey, id, org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		if last, err := lastWay(ctx, tx, a); err != nil || last {
			return errors.Join(err, store.ErrConflict)
		}
		if s, err = setProofs(ctx, tx, store.Staff{Org: org, ID: id}, store.Proofs{}, at); err != nil { // which raises the epoch
			return err
		}
		return AddEvent(ctx, tx, aboutStaff(org, id, store.StaffPasskeyRemoved, string(id)+" "+string(passkey), by, at))
	})
	if err != nil {
		return store.Staff{}, err
	}
	return s, nil
}

// lastWay reports whether one passkey is all that lets a person in. Where passwords
// sign nobody in, only those of admins with a second factor do.
func lastWay(ctx context.Context, q queryer, a store.Account) (bool, error) {
	if a.Vouched || a.Passkeys > 1 {
		return false, nil
	}
	passwords, err := takesPasswords(ctx, q, a.Org)
	return a.Password == "" || !passwords && !a.Second, err
}

// StaffSignedInByPasskey implements [store.Personnel].
func (db *DB) StaffSignedInByPasskey(ctx context.Context, u store.StaffPasskeyUse, by store.Actor, now time.Time) (store.Staff, error) {
	const op = "sign staff in by passkey"
	var who store.Staff
	var outcome error
	err := db.Change(ctx, op, func(tx *sql.Tx) error {
		a, err := heldStaff(ctx, tx, u.Org, u.ID, u.Epoch)
		if errors.Is(err, store.ErrRevoked) {
			return store.ErrConflict
		}
		if err != nil {
			return err
		}
		detail := string(u.ID) + " " + string(u.Passkey)
		outcome = countStaffUse(ctx, tx, u, now)
		if errors.Is(outcome, store.ErrConflict) {
			return AddEvent(ctx, tx, aboutStaff(u.Org, u.ID, store.StaffPasskeyRefused, detail, by, now))
		}
		if outcome != nil {
			return outcome
		}
		who = a.Staff
		if who.SignedIn, err = now, markSignedIn(ctx, tx, u.Org, u.ID, now); err != nil {
			return err
		}
		return AddEvent(ctx, tx, aboutStaff(u.Org, u.ID, store.StaffSignedIn, string(u.ID)+" "+store.ByPasskey, by, now))
	})
	if err == nil {
		err = db.fault(ctx, op, outcome)
	}
	if err != nil {
		return store.Staff{}, err
	}
	return who, nil
}

// countStaffUse keeps what a passkey says of how often it signed. [store.ErrConflict]
// when that does not go up, unless it never counts.
func countStaffUse(ctx context.Context, tx *sql.Tx, u store.StaffPasskeyUse, now time.Time) error {
	var counter int64
	err := tx.QueryRowContext(ctx, `
		SELECT counter
		  FROM staff_passkeys
		 WHERE id = $1
		   AND staff_id = $2
		   AND org_id = $3`, u.Passkey, u.ID, u.Org).Scan(&counter)
	if err != nil {
		return err
	}
	if u.Counter <= counter && (u.Counter != 0 || counter != 0) {
		return store.ErrConflict
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE staff_passkeys
		   SET counter = $1, used_at = $2
		 WHERE id = $3
		   AND staff_id = $4
		   AND org_id = $5`, u.Counter, Micros(now), u.Passkey, u.ID, u.Org)
	return err
}

func markSignedIn(ctx context.Context, tx *sql.Tx, org store.OrgID, id store.StaffID, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE staff
		   SET signed_in_at = $1
		 WHERE id = $2
		   AND org_id = $3`, Micros(now), id, org)
	return err
}
