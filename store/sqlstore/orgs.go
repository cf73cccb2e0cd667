package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

const orgColumns = `o.id, o.name, o.sms_name, o.phone, o.region, o.lang, o.life, o.created_at,
	       o.confirm, o.daily_limit, o.countries`

const selectOrgs = `
	SELECT ` + orgColumns + `
	  FROM orgs o`

// Org implements [store.Directory].
func (db *DB) Org(ctx context.Context, id store.OrgID) (store.Org, error) {
	o, err := scanOrg(db.read.QueryRowContext(ctx, selectOrgs+`
		 WHERE o.id = $1`, id))
	return o, db.fault(ctx, "find org", err)
}

// Orgs implements [store.Admin], oldest first.
func (db *DB) Orgs(ctx context.Context) ([]store.Org, error) {
	orgs, err := collect(ctx, db.read, scanOrg, selectOrgs+`
		 ORDER BY o.created_at, o.id`)
	return orgs, db.fault(ctx, "list orgs", err)
}

func scanOrg(r row) (store.Org, error) {
	var o orgRow
	err := r.Scan(o.dest()...)
	return o.value(), err
}

// orgRow is where orgColumns are scanned to.
type orgRow struct {
	store.Org
	life, created int64
	countries     string
}

func (o *orgRow) dest() []any {
	return []any{
		&o.ID, &o.Name, &o.SMSName, &o.Phone, &o.Region, &o.Lang, &o.life, &o.created,
		&o.Policy.Confirm, &o.Policy.Daily, &o.countries,
	}
}

func (o *orgRow) value() store.Org {
	o.Life = time.Duration(o.life) * time.Microsecond
	o.Created = Time(o.created)
	o.Policy.Countries = words(o.countries)
	return o.Org
}

// AddOrg implements [store.Admin]. An id that is taken is [store.ErrConflict].
func (db *DB) AddOrg(ctx context.Context, o store.Org, key seal.OrgKey, by store.Actor, at time.Time) error {
	return db.Change(ctx, "add org", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO orgs (id, name, sms_name, phone, region, lang, life, created_at, confirm, daily_limit, countries)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			o.ID, o.Name, o.SMSName, o.Phone, o.Region, o.Lang, o.Life.Microseconds(), Micros(o.Created),
			confirm(o.Policy), o.Policy.Daily, strings.Join(o.Policy.Countries, " "))
		if err != nil {
			return err
		}
		if err := addOrgKey(ctx, tx, key); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: o.ID, Kind: store.OrgAdded, By: by, Detail: string(o.ID), At: at})
	})
}

// SetPolicy implements [store.Rules]. An org that is not there is
// [store.ErrNotFound].
func (db *DB) SetPolicy(ctx context.Context, org store.OrgID, p store.Policy, by store.Actor, at time.Time) error {
	return db.Change(ctx, "set policy", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE orgs
			   SET confirm = $1, daily_limit = $2, countries = $3
			 WHERE id = $4`, confirm(p), p.Daily, strings.Join(p.Countries, " "), org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Kind: store.PolicySet, By: by, Detail: policyDetail(p), At: at})
	})
}

func policyDetail(p store.Policy) string {
	return fmt.Sprintf("confirm=%s daily=%d countries=%s", confirm(p), p.Daily, strings.Join(p.Countries, ","))
}

// confirm is a policy's choice as stored.
func confirm(p store.Policy) store.Confirm { return cmp.Or(p.Confirm, store.ConfirmNone) }
