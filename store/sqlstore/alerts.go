package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"securetext/store"
)

const alertColumns = `a.id, a.org_id, a.rule, a.subject, a.n, a.at, COALESCE(a.seen_at, 0), COALESCE(a.seen_by, '')`

func scanAlert(r row) (a store.Alert, err error) {
	var at, seen int64
	err = r.Scan(&a.ID, &a.Org, &a.Rule, &a.Subject, &a.Count, &at, &seen, &a.SeenBy)
	a.At, a.Seen = Time(at), Time(seen)
	return a, err
}

// Alerts implements [store.Alerts].
func (db *DB) Alerts(ctx context.Context, f store.AlertFilter) ([]store.Alert, error) {
	c := new(conditions)
	c.add("a.org_id = %s", f.Org)
	if f.ID != "" {
		c.add("a.id = %s", f.ID)
	}
	if f.Open {
		c.clauses = append(c.clauses, "a.seen_at IS NULL")
	}
	if f.Before != "" {
		c.add("a.id < %s", f.Before)
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	list, err := collect(ctx, db.read, scanAlert, `
		SELECT `+alertColumns+`
		  FROM alerts a
		 `+c.where()+`
		 ORDER BY a.id DESC
		 LIMIT `+c.arg(limit), c.args...)
	return list, db.fault(ctx, "list alerts", err)
}

// SeeAlert implements [store.Alerts].
func (db *DB) SeeAlert(ctx context.Context, org store.OrgID, id store.AlertID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "see alert", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE alerts
			   SET seen_at = $1, seen_by = $2, mail_at = NULL
			 WHERE id = $3
			   AND org_id = $4
			   AND seen_at IS NULL`, Micros(at), by.ID, id, org)
		if err := oneRow(res, err, store.ErrConflict); errors.Is(err, store.ErrConflict) {
			if _, err := scanAlert(tx.QueryRowContext(ctx, `SELECT `+alertColumns+` FROM alerts a WHERE a.id = $1 AND a.org_id = $2`, id, org)); err != nil {
				return err
			}
			return store.ErrConflict
		} else if err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Kind: store.AlertSeen, By: by, Detail: string(id), At: at})
	})
}

// AlertRules implements [store.Alerts]. An org that is not there is [store.ErrNotFound].
func (db *DB) AlertRules(ctx context.Context, org store.OrgID) (store.AlertRules, error) {
	r, err := alertRules(ctx, db.read, org)
	return r, db.fault(ctx, "find alert rules", err)
}

func alertRules(ctx context.Context, q queryer, org store.OrgID) (store.AlertRules, error) {
	var r store.AlertRules
	var places int
	usual := store.DefaultAlertRules
	err := q.QueryRowContext(ctx, `
		SELECT COALESCE(r.mail, $1), COALESCE(r.volume, $2), COALESCE(r.factor, $3), COALESCE(r.refusals, $4),
		       COALESCE(r.places, $5), COALESCE(r.reading, $6), COALESCE(r.wipes, $7)
		  FROM orgs o
		  LEFT JOIN alert_rules r ON r.org_id = o.id
		 WHERE o.id = $8`,
		usual.Mail, usual.Volume, usual.Factor, usual.Refusals, bit(usual.Places), usual.Reading, usual.Wipes, org).
		Scan(&r.Mail, &r.Volume, &r.Factor, &r.Refusals, &places, &r.Reading, &r.Wipes)
	r.Places = places != 0
	return r, err
}

// SetAlertRules implements [store.Alerts]. An org that is not there is [store.ErrNotFound].
func (db *DB) SetAlertRules(ctx context.Context, org store.OrgID, r store.AlertRules, by store.Actor, at time.Time) error {
	return db.Change(ctx, "set alert rules", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO alert_rules (org_id, mail, volume, factor, refusals, places, reading, wipes)
			SELECT id, $1, $2, $3, $4, $5, $6, $7
			  FROM orgs
			 WHERE id = $8
			    ON CONFLICT (org_id) DO UPDATE
			   SET mail = excluded.mail, volume = excluded.volume, factor = excluded.factor, refusals = excluded.refusals,
			       places = excluded.places, reading = excluded.reading, wipes = excluded.wipes`,
			r.Mail, r.Volume, r.Factor, r.Refusals, bit(r.Places), r.Reading, r.Wipes, org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Kind: store.AlertRulesSet, By: by, At: at, Detail: fmt.Sprintf(
			"mail=%t volume=%d factor=%d refusals=%d places=%t reading=%d wipes=%d",
			r.Mail != "", r.Volume, r.Factor, r.Refusals, r.Places, r.Reading, r.Wipes)})
	})
}

// DueAlerts implements [store.Lookouts].
func (db *DB) DueAlerts(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]store.DueAlert, error) {
	var claimed []store.DueAlert
	err := db.Change(ctx, "claim alerts", func(tx *sql.Tx) error {
		claimed = nil
		found, err := collect(ctx, tx, scanDueAlert, `
			SELECT `+alertColumns+`, r.mail
			  FROM alerts a
			  JOIN alert_rules r ON r.org_id = a.org_id
			 WHERE a.mail_at <= $1
			   AND r.mail <> ''
			 ORDER BY a.mail_at, a.id
			 LIMIT $2`, Micros(now), limit)
		if err != nil {
			return err
		}
		for _, i := range inOrder(found, func(d store.DueAlert) store.AlertID { return d.ID }) {
			res, err := tx.ExecContext(ctx, `
				UPDATE alerts
				   SET mail_at = $1
				 WHERE id = $2
				   AND mail_at <= $3`, Micros(now.Add(lease)), found[i].ID, Micros(now))
			switch err := oneRow(res, err, store.ErrConflict); {
			case err == nil:
				claimed = append(claimed, found[i])
			case !errors.Is(err, store.ErrConflict): // another was faster
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

func scanDueAlert(r row) (d store.DueAlert, err error) {
	var at, seen int64
	err = r.Scan(&d.ID, &d.Org, &d.Rule, &d.Subject, &d.Count, &at, &seen, &d.SeenBy, &d.To)
	d.At, d.Seen = Time(at), Time(seen)
	return d, err
}

// AlertTold implements [store.Lookouts].
func (db *DB) AlertTold(ctx context.Context, id store.AlertID) error {
	return db.Change(ctx, "record alert told", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE alerts
			   SET mail_at = NULL
			 WHERE id = $1`, id)
		return err
	})
}

// CredentialRefused implements [store.Verdicts].
func (db *DB) CredentialRefused(ctx context.Context, email string, key store.KeyID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "record refused credential", func(tx *sql.Tx) error {
		e := store.Event{Kind: store.CredentialRefused, By: by, At: at}
		query, arg := `SELECT id, org_id FROM senders WHERE email = $1`, email
		if key != "" {
			query, arg = `SELECT sender_id || ' ' || id, org_id FROM credentials WHERE id = $1 AND kind = 'api_key'`, string(key)
		}
		err := tx.QueryRowContext(ctx, query, arg).Scan(&e.Detail, &e.Org)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return AddEvent(ctx, tx, e)
	})
}
