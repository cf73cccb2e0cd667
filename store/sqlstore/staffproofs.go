package sqlstore

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"securetext/store"
	"securetext/store/token"
)

// InviteStaff implements [store.Personnel].
func (db *DB) InviteStaff(ctx context.Context, org store.OrgID, id store.StaffID, i store.Invite, by store.Actor, at time.Time) error {
	return db.Change(ctx, "invite staff", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE staff
			   SET invite = $1, invited_until = $2, epoch = epoch + 1,
			       password = NULL, key_version = NULL, key_wrapped = NULL, totp = NULL, totp_step = 0, identity = NULL,
			       failures = 0, retry_at = 0, known_failures = 0, known_retry_at = 0
			 WHERE id = $3
			   AND org_id = $4`, i.Hash[:], Micros(i.Until), id, org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		if err := setRecovery(ctx, tx, id, nil, at); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			DELETE FROM staff_passkeys
			 WHERE staff_id = $1
			   AND org_id = $2`, id, org)
		if err != nil {
			return err
		}
		return AddEvent(ctx, tx, aboutStaff(org, id, store.StaffInvited, "", by, at))
	})
}

// SetUpStaff implements [store.Personnel]. The statement that uses the link up is
// the one that finds it good.
func (db *DB) SetUpStaff(ctx context.Context, hash token.Hash, p store.Proofs, by store.Actor, at time.Time) (store.Staff, error) {
	var s store.Staff
	err := db.Change(ctx, "set up staff", func(tx *sql.Tx) error {
		a, err := staffByInvite(ctx, tx, hash, at)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `
			UPDATE staff
			   SET invite = NULL, invited_until = 0
			 WHERE id = $1
			   AND invite = $2
			   AND suspended_at IS NULL`, a.ID, hash[:])
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		if s, err = setProofs(ctx, tx, a.Staff, p, at); err != nil {
			return err
		}
		if by.ID == "" {
			by.ID = string(a.ID)
		}
		return AddEvent(ctx, tx, aboutStaff(a.Org, a.ID, store.StaffSetUp, "", by, at))
	})
	if err != nil {
		return store.Staff{}, err
	}
	return s, nil
}

// SetProofs implements [store.Personnel]. The person stays as they are from the first
// statement on, so a session that was ended meanwhile changes nothing.
func (db *DB) SetProofs(ctx context.Context, org store.OrgID, id store.StaffID, p store.Proofs, by store.Actor, at time.Time) (store.Staff, error) {
	var s store.Staff
	err := db.Change(ctx, "set proofs", func(tx *sql.Tx) error {
		a, err := staffMember(ctx, tx, org, id)
		if err != nil {
			return err
		}
		if !a.SetUp {
			return store.ErrNotFound
		}
		if err := holdStaff(ctx, tx, id, p.Epoch); err != nil {
			return err
		}
		if s, err = setProofs(ctx, tx, store.Staff{Org: org, ID: id}, p, at); err != nil {
			return err
		}
		return AddEvent(ctx, tx, aboutStaff(org, id, store.StaffProofsSet, string(id)+" "+strings.Join(named(p), " "), by, at))
	})
	if err != nil {
		return store.Staff{}, err
	}
	return s, nil
}

// holdStaff keeps a person from changing until the transaction ends.
// [store.ErrRevoked] when their epoch is another one.
func holdStaff(ctx context.Context, tx *sql.Tx, id store.StaffID, epoch int64) error {
	res, err := tx.ExecContext(ctx, `
		UPDATE staff
		   SET epoch = epoch
		 WHERE id = $1
		   AND epoch = $2
		   AND suspended_at IS NULL`, id, epoch)
	return oneRow(res, err, store.ErrRevoked)
}

// named are what is changed, as the event says it.
func named(p store.Proofs) []string {
	var list []string
	if p.Password != "" {
		list = append(list, "password")
	}
	if len(p.Secret) > 0 {
		list = append(list, "app")
	}
	if len(p.Recovery) > 0 {
		list = append(list, "recovery")
	}
	return list
}

func setProofs(ctx context.Context, tx *sql.Tx, who store.Staff, p store.Proofs, at time.Time) (store.Staff, error) {
	if len(p.Recovery) > 0 {
		if err := setRecovery(ctx, tx, who.ID, p.Recovery, at); err != nil {
			return store.Staff{}, err
		}
	}
	var version, wrapped, secret, step any // of an app; nil leaves the one there is
	if len(p.Secret) > 0 {
		version, wrapped, secret, step = p.Key.Version, p.Key.Wrapped, p.Secret, p.Step
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE staff
		   SET password = COALESCE($1, password), epoch = epoch + 1,
		       key_version = COALESCE($2, key_version), key_wrapped = COALESCE($3, key_wrapped),
		       totp = COALESCE($4, totp), totp_step = COALESCE($5, totp_step)
		 WHERE id = $6
		   AND org_id = $7`, textOrNull(p.Password), version, wrapped, secret, step, who.ID, who.Org)
	if err != nil {
		return store.Staff{}, err
	}
	a, err := staffMember(ctx, tx, who.Org, who.ID)
	return a.Staff, err
}

func setRecovery(ctx context.Context, tx *sql.Tx, id store.StaffID, hashes []store.RecoveryHash, at time.Time) error {
	_, err := tx.ExecContext(ctx, `
		DELETE FROM staff_recovery
		 WHERE staff_id = $1`, id)
	if err != nil {
		return err
	}
	for _, h := range hashes {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO staff_recovery (staff_id, hash, created_at)
			VALUES ($1, $2, $3)`, id, h[:], Micros(at))
		if err != nil {
			return err
		}
	}
	return nil
}
