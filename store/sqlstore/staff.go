package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"securetext/store"
	"securetext/store/token"
)

const staffColumns = `s.id, s.org_id, s.email, s.name, s.roles, COALESCE(s.password, ''),
		       COALESCE(s.key_version, 0), s.key_wrapped, s.totp, s.epoch, s.invited_until,
		       s.created_at, s.signed_in_at, COALESCE(s.suspended_at, 0),
		       (SELECT COUNT(*) FROM staff_recovery r WHERE r.staff_id = s.id),
		       (SELECT COUNT(*) FROM staff_passkeys p WHERE p.staff_id = s.id),
		       s.identity`

func scanAccount(r row) (store.Account, error) {
	var a store.Account
	var roles string
	var wrapped, secret, identity []byte // which a named type cannot be scanned to when there are none
	var invited, created, signedIn, suspended int64
	err := r.Scan(&a.ID, &a.Org, &a.Email, &a.Name, &roles, &a.Password,
		&a.Key.Version, &wrapped, &secret, &a.Epoch, &invited,
		&created, &signedIn, &suspended, &a.Recovery, &a.Passkeys, &identity)
	for _, role := range words(roles) {
		a.Roles = append(a.Roles, store.Role(role))
	}
	a.Invited, a.Created, a.SignedIn, a.Suspended = Time(invited), Time(created), Time(signedIn), Time(suspended)
	a.Key.Wrapped, a.Secret = wrapped, secret
	a.Second, a.Vouched = len(a.Secret) > 0, len(identity) > 0
	copy(a.Identity[:], identity)
	a.SetUp = a.Password != "" || a.Passkeys > 0 || a.Vouched
	return a, err
}

func scanStaff(r row) (store.Staff, error) {
	a, err := scanAccount(r)
	return a.Staff, err
}

func joinRoles(roles []store.Role) string {
	list := make([]string, len(roles))
	for i, r := range roles {
		list[i] = string(r)
	}
	return strings.Join(list, " ")
}

// AddStaff implements [store.Personnel]. An org that is not there is
// [store.ErrNotFound].
func (db *DB) AddStaff(ctx context.Context, s store.Staff, i store.Invite, by store.Actor, at time.Time) error {
	return db.Change(ctx, "add staff", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO staff (id, org_id, email, name, roles, invite, invited_until, created_at)
			SELECT $1, id, $2, $3, $4, $5, $6, $7
			  FROM orgs
			 WHERE id = $8`,
			s.ID, s.Email, s.Name, joinRoles(s.Roles), i.Hash[:], Micros(i.Until), Micros(at), s.Org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, aboutStaff(s.Org, s.ID, store.StaffAdded, string(s.ID)+" "+joinRoles(s.Roles), by, at))
	})
}

// aboutStaff is an event that tells of a person. The detail is theirs alone where
// nothing else is said.
func aboutStaff(org store.OrgID, id store.StaffID, kind store.Kind, detail string, by store.Actor, at time.Time) store.Event {
	if detail == "" {
		detail = string(id)
	}
	return store.Event{Org: org, Kind: kind, By: by, Detail: detail, At: at}
}

// Personnel implements [store.Personnel].
func (db *DB) Personnel(ctx context.Context, org store.OrgID) ([]store.Staff, error) {
	list, err := collect(ctx, db.read, scanStaff, `
		SELECT `+staffColumns+`
		  FROM staff s
		 WHERE s.org_id = $1
		 ORDER BY s.created_at, s.id`, org)
	return list, db.fault(ctx, "list staff", err)
}

// StaffMember implements [store.Personnel].
func (db *DB) StaffMember(ctx context.Context, org store.OrgID, id store.StaffID) (store.Account, error) {
	a, err := staffMember(ctx, db.read, org, id)
	return a, db.fault(ctx, "find staff", err)
}

func staffMember(ctx context.Context, q queryer, org store.OrgID, id store.StaffID) (store.Account, error) {
	return scanAccount(q.QueryRowContext(ctx, `
		SELECT `+staffColumns+`
		  FROM staff s
		 WHERE s.id = $1
		   AND s.org_id = $2`, id, org))
}

// StaffByEmail implements [store.Personnel].
func (db *DB) StaffByEmail(ctx context.Context, email string) (store.Account, error) {
	a, err := scanAccount(db.read.QueryRowContext(ctx, `
		SELECT `+staffColumns+`
		  FROM staff s
		 WHERE s.email = $1`, email))
	return a, db.fault(ctx, "find staff by email", err)
}

// StaffByInvite implements [store.Personnel].
func (db *DB) StaffByInvite(ctx context.Context, hash token.Hash, now time.Time) (store.Account, error) {
	a, err := staffByInvite(ctx, db.read, hash, now)
	return a, db.fault(ctx, "find staff by invite", err)
}

func staffByInvite(ctx context.Context, q queryer, hash token.Hash, now time.Time) (store.Account, error) {
	a, err := scanAccount(q.QueryRowContext(ctx, `
		SELECT `+staffColumns+`
		  FROM staff s
		 WHERE s.invite = $1
		   AND s.suspended_at IS NULL`, hash[:]))
	if err == nil && !now.Before(a.Invited) {
		return store.Account{}, store.ErrGone
	}
	return a, err
}

// SetRoles implements [store.Personnel].
func (db *DB) SetRoles(ctx context.Context, org store.OrgID, id store.StaffID, roles []store.Role, by store.Actor, at time.Time) error {
	return db.Change(ctx, "set roles", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE staff
			   SET roles = $1
			 WHERE id = $2
			   AND org_id = $3`, joinRoles(roles), id, org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, aboutStaff(org, id, store.StaffRolesSet, string(id)+" "+joinRoles(roles), by, at))
	})
}

// SuspendStaff implements [store.Personnel].
func (db *DB) SuspendStaff(ctx context.Context, org store.OrgID, id store.StaffID, suspended bool, by store.Actor, at time.Time) error {
	kind, since := store.StaffResumed, any(nil)
	if suspended {
		kind, since = store.StaffSuspended, Micros(at)
	}
	return db.Change(ctx, "suspend staff", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE staff
			   SET suspended_at = $1, epoch = epoch + 1
			 WHERE id = $2
			   AND org_id = $3
			   AND (suspended_at IS NULL) = $4`, since, id, org, suspended)
		if err := oneRow(res, err, store.ErrConflict); errors.Is(err, store.ErrConflict) {
			if _, err := staffMember(ctx, tx, org, id); err != nil {
				return err
			}
			return store.ErrConflict
		} else if err != nil {
			return err
		}
		return AddEvent(ctx, tx, aboutStaff(org, id, kind, "", by, at))
	})
}

// RevokeStaff implements [store.Personnel].
func (db *DB) RevokeStaff(ctx context.Context, org store.OrgID, id store.StaffID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "revoke staff", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE staff
			   SET epoch = epoch + 1
			 WHERE id = $1
			   AND org_id = $2`, id, org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, aboutStaff(org, id, store.StaffRevoked, "", by, at))
	})
}
