package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

const orgColumns = `o.id, o.name, o.sms_name, o.phone, o.region, o.lang, o.life, o.created_at,
	       o.confirm, o.daily_limit, o.countries, o.remind, o.quiet_from, o.quiet_to, o.time_zone, o.hook, o.roads,
	       o.test, o.templates, o.step_up, o.code_first, o.needs_passcode, o.hint, o.reply, o.keep`

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
		&o.Policy.StepUp, &o.codeFirst, &o.needsPasscode, &o.Policy.Hint, &o.reply, &o.keep,
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
		if err := setPolicy(ctx, tx, o.ID, o.Policy); err != nil {
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
		if err := setPolicy(ctx, tx, org, p); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Kind: store.PolicySet, By: by, Detail: policyDetail(p), At: at})
	})
}

func setPolicy(ctx context.Context, tx *sql.Tx, org store.OrgID, p store.Policy) error {
	templates, err := json.Marshal(p.Templates)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `
		UPDATE orgs
		   SET confirm = $1, daily_limit = $2, countries = $3, remind = $4, quiet_from = $5, quiet_to = $6,
		       time_zone = $7, hook = $8, roads = $9, test = $10, templates = $11, step_up = $12, code_first = $13,
		       needs_passcode = $14, hint = $15, reply = $16, keep = $17
		 WHERE id = $18`,
		confirm(p), p.Daily, strings.Join(p.Countries, " "), Hours(p.Remind), p.Quiet.From, p.Quiet.To,
		p.TimeZone, p.Hook, p.Roads, bit(p.Test), string(templates), stepUp(p), bit(p.CodeFirst),
		bit(p.Passcode), p.Hint, bit(p.Reply), p.Keep.Microseconds(), org)
	return oneRow(res, err, store.ErrNotFound)
}

// policyDetail names what was set. A hook may hold a secret in its path, and
// sentences are long: they are only counted.
func policyDetail(p store.Policy) string {
	return fmt.Sprintf("confirm=%s daily=%d countries=%s remind=%s quiet=%d-%d time_zone=%s hook=%t roads=%s test=%t step_up=%s code_first=%t needs_passcode=%t hint=%t reply=%t keep=%d templates=%d",
		confirm(p), p.Daily, strings.Join(p.Countries, ","), strings.ReplaceAll(Hours(p.Remind), " ", ","), p.Quiet.From, p.Quiet.To,
		p.TimeZone, p.Hook != "", p.Roads, p.Test, stepUp(p), p.CodeFirst, p.Passcode, p.Hint != "", p.Reply, p.Kept()/(24*time.Hour), len(p.Templates))
}

// confirm and stepUp are a policy's choices as stored.
func confirm(p store.Policy) store.Confirm { return cmp.Or(p.Confirm, store.ConfirmNone) }

func stepUp(p store.Policy) store.StepUp { return cmp.Or(p.StepUp, store.StepUpNever) }
