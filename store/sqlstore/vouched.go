package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"securetext/store"
)

// Why somebody is not let in for whom their org's provider vouched, as events say it.
const (
	refusedUnknown   = "unknown"   // there is nobody, and none may be made
	refusedTaken     = "taken"     // the address is somebody's who came otherwise, or of another org
	refusedSpare     = "spare"     // they are kept for when the provider is away
	refusedSuspended = "suspended" // they are
	refusedRoles     = "roles"     // they have none
)

// SignInVouched implements [store.Providers].
func (db *DB) SignInVouched(ctx context.Context, v store.Introduction, by store.Actor, at time.Time) (store.Staff, error) {
	const op = "sign in who is vouched for"
	var who store.Staff
	var refused string
	err := db.Change(ctx, op, func(tx *sql.Tx) error {
		a, why, err := findVouched(ctx, tx, v, by, at)
		if err == nil && why == "" {
			a, why, err = takeRoles(ctx, tx, a, v, at)
		}
		if err != nil {
			return err
		}
		if refused = why; why != "" {
			return refuseVouched(ctx, tx, v.Org, a.ID, why, by, at)
		}
		by.Kind, by.ID = store.ByStaff, string(a.ID)
		who = a.Staff
		if who.SignedIn, err = at, markSignedIn(ctx, tx, v.Org, a.ID, at); err != nil {
			return err
		}
		return AddEvent(ctx, tx, aboutStaff(v.Org, a.ID, store.StaffSignedIn, string(a.ID)+" "+store.ByProvider, by, at))
	})
	if err == nil && refused != "" {
		err = db.fault(ctx, op, store.ErrConflict)
	}
	if err != nil {
		return store.Staff{}, err
	}
	return who, nil
}

func refuseVouched(ctx context.Context, tx *sql.Tx, org store.OrgID, id store.StaffID, why string, by store.Actor, at time.Time) error {
	detail := why
	if id != "" {
		detail = string(id) + " " + why
	}
	return AddEvent(ctx, tx, store.Event{Org: org, Kind: store.StaffRefused, By: by, Detail: detail, At: at})
}

// findVouched finds the person by their identity, else by their address, else makes
// them. They stay as they are until the transaction ends.
func findVouched(ctx context.Context, tx *sql.Tx, v store.Introduction, by store.Actor, at time.Time) (store.Account, string, error) {
	if err := holdProvider(ctx, tx, v); err != nil {
		return store.Account{}, "", err
	}
	a, err := scanAccount(tx.QueryRowContext(ctx, `
		SELECT `+staffColumns+`
		  FROM staff s
		 WHERE s.identity = $1
		   AND s.org_id = $2`, v.Identity[:], v.Org))
	if !errors.Is(err, sql.ErrNoRows) {
		return a, "", err
	}
	if v.Email == "" {
		return store.Account{}, refusedUnknown, nil
	}
	a, err = scanAccount(tx.QueryRowContext(ctx, `
		SELECT `+staffColumns+`
		  FROM staff s
		 WHERE s.email = $1`, v.Email))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return newVouched(ctx, tx, v, by, at)
	case err != nil:
		return store.Account{}, "", err
	case a.Org != v.Org:
		return store.Account{}, refusedTaken, nil
	}
	return bindVouched(ctx, tx, a, v, by, at)
}

// holdProvider keeps the org's settings from changing until the transaction ends.
// [store.ErrGone] when they are others than those by which its provider was asked.
func holdProvider(ctx context.Context, tx *sql.Tx, v store.Introduction) error {
	res, err := tx.ExecContext(ctx, `
		UPDATE providers
		   SET set_at = set_at
		 WHERE org_id = $1
		   AND set_at = $2`, v.Org, Micros(v.Under))
	return oneRow(res, err, store.ErrGone)
}

// newVouched makes a person whom nobody here knows yet.
func newVouched(ctx context.Context, tx *sql.Tx, v store.Introduction, by store.Actor, at time.Time) (store.Account, string, error) {
	if v.New == "" || len(v.Roles) == 0 {
		return store.Account{}, refusedUnknown, nil
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO staff (id, org_id, email, name, roles, identity, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		v.New, v.Org, v.Email, v.Name, joinRoles(v.Roles), v.Identity[:], Micros(at))
	if err != nil {
		return store.Account{}, "", err
	}
	e := aboutStaff(v.Org, v.New, store.StaffAdded, string(v.New)+" "+joinRoles(v.Roles), provider(by), at)
	if err := AddEvent(ctx, tx, e); err != nil {
		return store.Account{}, "", err
	}
	a, err := staffMember(ctx, tx, v.Org, v.New)
	return a, "", err
}

// bindVouched has the provider vouch for a person from now on. Not for who came by
// another identity, nor for who is kept for when the provider is away.
func bindVouched(ctx context.Context, tx *sql.Tx, a store.Account, v store.Introduction, by store.Actor, at time.Time) (store.Account, string, error) {
	passwords, err := takesPasswords(ctx, tx, v.Org)
	switch {
	case err != nil:
		return a, "", err
	case a.Vouched:
		return a, refusedTaken, nil
	case !a.Suspended.IsZero():
		return a, refusedSuspended, nil
	case !passwords && a.Spare():
		return a, refusedSpare, nil
	}
	res, err := tx.ExecContext(ctx, `
		UPDATE staff
		   SET identity = $1, invite = NULL, invited_until = 0
		 WHERE id = $2
		   AND org_id = $3
		   AND identity IS NULL`, v.Identity[:], a.ID, v.Org)
	if err := oneRow(res, err, store.ErrConflict); err != nil {
		return a, "", err
	}
	if err := AddEvent(ctx, tx, aboutStaff(v.Org, a.ID, store.StaffVouched, "", provider(by), at)); err != nil {
		return a, "", err
	}
	a, err = staffMember(ctx, tx, v.Org, a.ID)
	return a, "", err
}

// provider is an org's provider as events name it, with the address of who came.
func provider(by store.Actor) store.Actor {
	return store.Actor{Kind: store.BySystem, ID: store.ByProvider, Addr: by.Addr}
}

// takeRoles gives a person those that the provider says, where it does. One that is
// lost ends their sessions.
func takeRoles(ctx context.Context, tx *sql.Tx, a store.Account, v store.Introduction, at time.Time) (store.Account, string, error) {
	if !a.Suspended.IsZero() {
		return a, refusedSuspended, nil
	}
	if v.Given && !slices.Equal(a.Roles, v.Roles) {
		lost := slices.ContainsFunc(a.Roles, func(r store.Role) bool { return !slices.Contains(v.Roles, r) })
		_, err := tx.ExecContext(ctx, `
			UPDATE staff
			   SET roles = $1, epoch = epoch + $2
			 WHERE id = $3
			   AND org_id = $4`, joinRoles(v.Roles), bit(lost), a.ID, v.Org)
		if err != nil {
			return a, "", err
		}
		e := aboutStaff(v.Org, a.ID, store.StaffRolesSet, string(a.ID)+" "+joinRoles(v.Roles), provider(store.Actor{}), at)
		if err := AddEvent(ctx, tx, e); err != nil {
			return a, "", err
		}
		if a, err = staffMember(ctx, tx, v.Org, a.ID); err != nil {
			return a, "", err
		}
	}
	if len(a.Roles) == 0 {
		return a, refusedRoles, nil
	}
	return a, "", nil
}
