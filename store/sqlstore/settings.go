package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"securetext/store"
)

// SetOrg implements [store.Rules].
func (db *DB) SetOrg(ctx context.Context, c store.OrgChange) error {
	return db.Change(ctx, "set org", func(tx *sql.Tx) error {
		before, err := scanOrg(tx.QueryRowContext(ctx, selectOrgs+`
			 WHERE o.id = $1`, c.Org.ID))
		if err != nil {
			return err
		}
		after := settled(c.Org)
		changed := store.Changed(before, after)
		switch {
		case before.Version != after.Version:
			return store.ErrConflict
		case len(changed) == 0:
			return nil
		}
		if err := addLogo(ctx, tx, after, c.Picture, c.At); err != nil {
			return err
		}
		if err := addBaseline(ctx, tx, before); err != nil {
			return err
		}
		if err := setOrg(ctx, tx, after, before.Version+1); err != nil {
			return err
		}
		after.Version++
		if err := addVersion(ctx, tx, store.OrgVersion{Org: after, By: c.By, At: c.At}); err != nil {
			return err
		}
		detail := fmt.Sprintf("version=%d %s", after.Version, strings.Join(changed, " "))
		return AddEvent(ctx, tx, store.Event{Org: after.ID, Kind: store.PolicySet, By: c.By, Detail: detail, At: c.At})
	})
}

// settled is an org whose choices are said as they are stored.
func settled(o store.Org) store.Org {
	o.Policy.Confirm = cmp.Or(o.Policy.Confirm, store.ConfirmNone)
	o.Policy.StepUp = cmp.Or(o.Policy.StepUp, store.StepUpNever)
	return o
}

// setOrg stores an org's settings as a version, if o.Version is the one in force.
func setOrg(ctx context.Context, tx *sql.Tx, o store.Org, version int64) error {
	p := o.Policy
	templates, err := json.Marshal(p.Templates)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `
		UPDATE orgs
		   SET name = $1, sms_name = $2, phone = $3, region = $4, lang = $5, life = $6,
		       logo = $7, logo_width = $8, logo_height = $9,
		       confirm = $10, daily_limit = $11, countries = $12, remind = $13, quiet_from = $14, quiet_to = $15,
		       time_zone = $16, hook = $17, roads = $18, test = $19, templates = $20, step_up = $21, code_first = $22,
		       needs_passcode = $23, hint = $24, reply = $25, ack = $26, keep = $27, version = $28
		 WHERE id = $29
		   AND version = $30`,
		o.Name, o.SMSName, o.Phone, o.Region, o.Lang, o.Life.Microseconds(),
		o.Logo.ID, o.Logo.Width, o.Logo.Height,
		p.Confirm, p.Daily, strings.Join(p.Countries, " "), Hours(p.Remind), p.Quiet.From, p.Quiet.To,
		p.TimeZone, p.Hook, p.Roads, bit(p.Test), string(templates), p.StepUp, bit(p.CodeFirst),
		bit(p.Passcode), p.Hint, bit(p.Reply), p.Ack, p.Keep.Microseconds(), version, o.ID, o.Version)
	return oneRow(res, err, store.ErrConflict)
}

// addLogo keeps a logo's picture. One without must be there already: it was the
// org's before.
func addLogo(ctx context.Context, tx *sql.Tx, o store.Org, p *store.Picture, at time.Time) error {
	switch {
	case o.Logo.ID == "":
		return nil
	case p == nil:
		var n int
		return tx.QueryRowContext(ctx, `
			SELECT 1
			  FROM org_logos
			 WHERE id = $1
			   AND org_id = $2`, o.Logo.ID, o.ID).Scan(&n)
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO org_logos (id, org_id, type, data, created_at)
		VALUES ($1, $2, $3, $4, $5)`, o.Logo.ID, o.ID, p.Type, p.Data, Micros(at))
	return err
}

// Logo implements [store.Reader].
func (db *DB) Logo(ctx context.Context, id store.LogoID) (store.Picture, error) {
	var p store.Picture
	err := db.read.QueryRowContext(ctx, `
		SELECT type, data
		  FROM org_logos
		 WHERE id = $1`, id).Scan(&p.Type, &p.Data)
	return p, db.fault(ctx, "load logo", err)
}

// addBaseline keeps what an org of before there were versions was, once.
func addBaseline(ctx context.Context, tx *sql.Tx, before store.Org) error {
	if before.Version != 0 {
		return nil
	}
	return addVersion(ctx, tx, store.OrgVersion{Org: before, By: system("upgrade"), At: before.Created})
}

// addVersion keeps a version; one that is there already stays as it is.
func addVersion(ctx context.Context, tx *sql.Tx, v store.OrgVersion) error {
	settings, err := json.Marshal(v.Org)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO org_versions (org_id, version, settings, actor_kind, actor_id, addr, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		    ON CONFLICT (org_id, version) DO NOTHING`,
		v.Org.ID, v.Org.Version, string(settings), v.By.Kind, v.By.ID, Addr(v.By.Addr), Micros(v.At))
	return err
}

// OrgVersions implements [store.Rules].
func (db *DB) OrgVersions(ctx context.Context, org store.OrgID, before int64, limit int) ([]store.OrgVersion, error) {
	c := new(conditions)
	c.add("v.org_id = %s", org)
	if before > 0 {
		c.add("v.version < %s", before)
	}
	list, err := collect(ctx, db.read, scanVersion, `
		SELECT v.org_id, v.version, v.settings, v.actor_kind, v.actor_id, v.addr, v.at, o.created_at
		  FROM org_versions v
		  JOIN orgs o ON o.id = v.org_id
		 `+c.where()+`
		 ORDER BY v.version DESC
		 LIMIT `+c.arg(limit), c.args...)
	return list, db.fault(ctx, "list versions of org", err)
}

func scanVersion(r row) (store.OrgVersion, error) {
	var v store.OrgVersion
	var settings []byte
	var addr string
	var at, created int64
	err := r.Scan(&v.Org.ID, &v.Org.Version, &settings, &v.By.Kind, &v.By.ID, &addr, &at, &created)
	if err == nil {
		err = json.Unmarshal(settings, &v.Org)
	}
	if addr != "" && err == nil {
		v.By.Addr, err = netip.ParseAddr(addr)
	}
	v.At, v.Org.Created = Time(at), Time(created)
	return v, err
}

// recent is one of an org's latest messages.
type recent struct {
	recipient     store.RecipientID
	created, ends int64
	wiped, waits  bool
}

func scanRecent(r row) (m recent, err error) {
	err = r.Scan(&m.recipient, &m.created, &m.ends, &m.wiped, &m.waits)
	return m, err
}

// latest are an org's latest messages, of which no more than so many are ever looked
// at.
func (db *DB) latest(ctx context.Context, org store.OrgID) ([]recent, error) {
	return collect(ctx, db.read, scanRecent, `
		SELECT m.recipient_id, m.created_at, m.expires_at, m.wiped_at IS NOT NULL,
		       EXISTS (SELECT 1 FROM outbox w WHERE w.message_id = m.id)
		  FROM messages m
		 WHERE m.org_id = $1
		 ORDER BY m.id DESC
		 LIMIT $2`, org, store.ReachOf)
}

// Reach implements [store.Rules].
func (db *DB) Reach(ctx context.Context, org store.OrgID, now time.Time) (store.Reach, error) {
	list, err := db.latest(ctx, org)
	r := store.Reach{More: len(list) == store.ReachOf}
	for _, m := range list {
		if !m.wiped && m.ends > Micros(now) {
			r.Live++
		}
		if m.waits {
			r.Waiting++
		}
	}
	return r, db.fault(ctx, "count reach", err)
}

// Written implements [store.Rules].
func (db *DB) Written(ctx context.Context, org store.OrgID, since time.Time) ([]store.RecipientInfo, error) {
	list, err := db.latest(ctx, org)
	if err != nil {
		return nil, db.fault(ctx, "find whom was written to", err)
	}
	var ids []store.RecipientID
	for _, m := range list {
		if m.created >= Micros(since) {
			ids = append(ids, m.recipient)
		}
	}
	slices.Sort(ids)
	return db.Recipients(ctx, org, slices.Compact(ids))
}
