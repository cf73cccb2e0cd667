package sqlstore

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

const selectOrgKeys = `
	SELECT org_id, version, root, wrapped
	  FROM org_keys`

// OrgKey implements [seal.OrgKeys].
func (db *DB) OrgKey(ctx context.Context, org string, version int) (seal.OrgKey, error) {
	var r row
	if version == 0 {
		r = db.read.QueryRowContext(ctx, selectOrgKeys+`
			 WHERE org_id = $1
			 ORDER BY version DESC
			 LIMIT 1`, org)
	} else {
		r = db.read.QueryRowContext(ctx, selectOrgKeys+`
			 WHERE org_id = $1
			   AND version = $2`, org, version)
	}
	k, err := scanOrgKey(r)
	return k, db.fault(ctx, "find org key", err)
}

// OrgKeys implements [store.Admin], by org and version.
func (db *DB) OrgKeys(ctx context.Context) ([]seal.OrgKey, error) {
	keys, err := collect(ctx, db.read, scanOrgKey, selectOrgKeys+`
		 ORDER BY org_id, version`)
	return keys, db.fault(ctx, "list org keys", err)
}

func scanOrgKey(r row) (seal.OrgKey, error) {
	var k seal.OrgKey
	err := r.Scan(&k.Org, &k.Version, &k.Root, &k.Wrapped)
	return k, err
}

// AddOrgKey implements [store.Admin]. An org that is not there is
// [store.ErrNotFound].
func (db *DB) AddOrgKey(ctx context.Context, k seal.OrgKey, by store.Actor, at time.Time) error {
	return db.Change(ctx, "add org key", func(tx *sql.Tx) error {
		if err := addOrgKey(ctx, tx, k); err != nil {
			return err
		}
		return AddEvent(ctx, tx, orgKeyEvent(k, store.OrgKeyAdded, by, at))
	})
}

func addOrgKey(ctx context.Context, tx *sql.Tx, k seal.OrgKey) error {
	res, err := tx.ExecContext(ctx, `
		INSERT INTO org_keys (org_id, version, root, wrapped)
		SELECT id, $1, $2, $3
		  FROM orgs
		 WHERE id = $4`, k.Version, k.Root, k.Wrapped, k.Org)
	return oneRow(res, err, store.ErrNotFound)
}

// ReplaceOrgKey implements [store.Admin].
func (db *DB) ReplaceOrgKey(ctx context.Context, k seal.OrgKey, by store.Actor, at time.Time) error {
	return db.Change(ctx, "replace org key", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE org_keys
			   SET root = $1, wrapped = $2
			 WHERE org_id = $3
			   AND version = $4`, k.Root, k.Wrapped, k.Org, k.Version)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, orgKeyEvent(k, store.OrgKeyRewrapped, by, at))
	})
}

func orgKeyEvent(k seal.OrgKey, kind store.Kind, by store.Actor, at time.Time) store.Event {
	return store.Event{Org: store.OrgID(k.Org), Kind: kind, By: by, Detail: "version " + strconv.Itoa(k.Version), At: at}
}
