package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

const selectOrgs = `
	SELECT id, name, sms_name, phone, region, lang, life, created_at
	  FROM orgs`

// Org implements [store.Directory].
func (db *DB) Org(ctx context.Context, id store.OrgID) (store.Org, error) {
	o, err := scanOrg(db.read.QueryRowContext(ctx, selectOrgs+`
		 WHERE id = $1`, id))
	return o, db.fault(ctx, "find org", err)
}

// Orgs implements [store.Admin], oldest first.
func (db *DB) Orgs(ctx context.Context) ([]store.Org, error) {
	orgs, err := collect(ctx, db.read, scanOrg, selectOrgs+`
		 ORDER BY created_at, id`)
	return orgs, db.fault(ctx, "list orgs", err)
}

func scanOrg(r row) (store.Org, error) {
	var o store.Org
	var life, created int64
	err := r.Scan(&o.ID, &o.Name, &o.SMSName, &o.Phone, &o.Region, &o.Lang, &life, &created)
	o.Life = time.Duration(life) * time.Microsecond
	o.Created = Time(created)
	return o, err
}

// AddOrg implements [store.Admin]. An id that is taken is [store.ErrConflict].
func (db *DB) AddOrg(ctx context.Context, o store.Org, key seal.OrgKey, by store.Actor, at time.Time) error {
	return db.Change(ctx, "add org", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO orgs (id, name, sms_name, phone, region, lang, life, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			o.ID, o.Name, o.SMSName, o.Phone, o.Region, o.Lang, o.Life.Microseconds(), Micros(o.Created))
		if err != nil {
			return err
		}
		if err := addOrgKey(ctx, tx, key); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: o.ID, Kind: store.OrgAdded, By: by, Detail: string(o.ID), At: at})
	})
}
