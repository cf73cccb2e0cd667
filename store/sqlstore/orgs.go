package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

const orgColumns = `o.id, o.name, o.sms_name, o.phone, o.region, o.lang, o.life, o.created_at,
	       o.confirm, o.daily_limit, o.countries, o.remind, o.quiet_from, o.quiet_to, o.time_zone, o.hook, o.roads,
	       o.test, o.templates, o.step_up, o.code_first, o.needs_passcode, o.hint, o.reply, o.ack,
	       o.logo, o.logo_width, o.logo_height, o.version, o.keep`

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
	if err := r.Scan(o.dest()...); err != nil {
		return store.Org{}, err
	}
	return o.value()
}

// orgRow is where orgColumns are scanned to.
type orgRow struct {
	store.Org
	life, created     int64
	keep              int64
	countries, remind string
	test, codeFirst   int
	needsPasscode     int
	reply             int
	templates         []byte
}

func (o *orgRow) dest() []any {
	return []any{
		&o.ID, &o.Name, &o.SMSName, &o.Phone, &o.Region, &o.Lang, &o.life, &o.created,
		&o.Policy.Confirm, &o.Policy.Daily, &o.countries, &o.remind, &o.Policy.Quiet.From, &o.Policy.Quiet.To,
		&o.Policy.TimeZone, &o.Policy.Hook, &o.Policy.Roads, &o.test, &o.templates,
		&o.Policy.StepUp, &o.codeFirst, &o.needsPasscode, &o.Policy.Hint, &o.reply, &o.Policy.Ack,
		&o.Logo.ID, &o.Logo.Width, &o.Logo.Height, &o.Version, &o.keep,
	}
}

func (o *orgRow) value() (store.Org, error) {
	o.Life = time.Duration(o.life) * time.Microsecond
	o.Policy.Keep = time.Duration(o.keep) * time.Microsecond
	o.Created = Time(o.created)
	o.Policy.Countries = words(o.countries)
	o.Policy.Remind = Spans(o.remind)
	o.Policy.Test, o.Policy.CodeFirst, o.Policy.Passcode = o.test != 0, o.codeFirst != 0, o.needsPasscode != 0
	o.Policy.Reply = o.reply != 0
	if err := json.Unmarshal(o.templates, &o.Policy.Templates); err != nil {
		return store.Org{}, fmt.Errorf("read templates of %s: %w", o.ID, err)
	}
	return o.Org, nil
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
		o = settled(o)
		if err := setOrg(ctx, tx, o, 0); err != nil {
			return err
		}
		if err := addVersion(ctx, tx, store.OrgVersion{Org: o, By: by, At: at}); err != nil {
			return err
		}
		if err := addOrgKey(ctx, tx, key); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: o.ID, Kind: store.OrgAdded, By: by, Detail: string(o.ID), At: at})
	})
}
