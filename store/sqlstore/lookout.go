package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"securetext/store"
)

// LookedAt implements [store.Lookouts].
func (db *DB) LookedAt(ctx context.Context) (int64, error) {
	var at int64
	err := db.read.QueryRowContext(ctx, `SELECT COALESCE(MAX(looked), 0) FROM lookout_state`).Scan(&at)
	return at, db.fault(ctx, "find where the log is looked at", err)
}

// firsts are the kinds of events of which the first of a message counts.
var firsts = []store.Kind{store.Accepted, store.Delivered, store.Failed, store.Read}

// Origins implements [store.Lookouts].
func (db *DB) Origins(ctx context.Context, ids []store.MessageID) (map[store.MessageID]store.Origin, error) {
	found := map[store.MessageID]store.Origin{}
	for some := range slices.Chunk(ids, 500) { // placeholders are not without end
		if err := db.origins(ctx, some, found); err != nil {
			return nil, db.fault(ctx, "find origins", err)
		}
	}
	return found, nil
}

type origin struct {
	id store.MessageID
	store.Origin
}

func (db *DB) origins(ctx context.Context, ids []store.MessageID, found map[store.MessageID]store.Origin) error {
	c := new(conditions)
	in(c, "id", ids)
	list, err := collect(ctx, db.read, scanOrigin, `
		SELECT id, sender_id, created_at, send_at, test
		  FROM messages
		 `+c.where(), c.args...)
	if err != nil {
		return err
	}
	for _, o := range list {
		found[o.id] = o.Origin
	}
	c = new(conditions)
	in(c, "message_id", ids)
	in(c, "kind", firsts)
	events, err := collect(ctx, db.read, scanFirst, `
		SELECT message_id, kind, MIN(seq)
		  FROM events
		 `+c.where()+`
		 GROUP BY message_id, kind`, c.args...)
	for _, e := range events {
		if o, ok := found[e.Message]; ok {
			o.First[e.Kind] = e.Seq
		}
	}
	return err
}

func scanOrigin(r row) (o origin, err error) {
	var created, sendAt int64
	var test int
	err = r.Scan(&o.id, &o.Sender, &created, &sendAt, &test)
	o.Created, o.SendAt, o.Test, o.First = Time(created), Time(sendAt), test != 0, map[store.Kind]int64{}
	return o, err
}

func scanFirst(r row) (e store.Event, err error) {
	err = r.Scan(&e.Message, &e.Kind, &e.Seq)
	return e, err
}

// Places implements [store.Lookouts].
func (db *DB) Places(ctx context.Context, people []store.StaffID) (map[store.StaffID][]string, error) {
	known := map[store.StaffID][]string{}
	for some := range slices.Chunk(people, 500) {
		c := new(conditions)
		in(c, "staff_id", some)
		list, err := collect(ctx, db.read, scanPlace, `
			SELECT staff_id, block
			  FROM staff_places
			 `+c.where(), c.args...)
		if err != nil {
			return nil, db.fault(ctx, "find places", err)
		}
		for _, p := range list {
			known[p.Staff] = append(known[p.Staff], p.Block)
		}
	}
	return known, nil
}

func scanPlace(r row) (p store.Place, err error) {
	err = r.Scan(&p.Staff, &p.Block)
	return p, err
}

// Observe implements [store.Lookouts]. Who moves the one row on first has looked at
// the stretch; all others find it moved.
func (db *DB) Observe(ctx context.Context, o store.Observation, now time.Time) (int, error) {
	raised := 0
	err := db.Change(ctx, "observe", func(tx *sql.Tx) error {
		raised = 0
		res, err := tx.ExecContext(ctx, `
			INSERT INTO lookout_state (id, looked)
			VALUES (1, $1)
			    ON CONFLICT (id) DO UPDATE
			   SET looked = excluded.looked
			 WHERE lookout_state.looked = $2`, o.To, o.From)
		if err := oneRow(res, err, store.ErrConflict); err != nil {
			return err
		}
		if err := addTallies(ctx, tx, o.Tallies, now); err != nil {
			return err
		}
		for _, p := range o.Places {
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO staff_places (staff_id, block, org_id)
				VALUES ($1, $2, $3)
				    ON CONFLICT DO NOTHING`, p.Staff, p.Block, p.Org); err != nil {
				return err
			}
		}
		for _, a := range o.Alerts {
			added, err := raise(ctx, tx, a, store.MostAlerts)
			if err != nil {
				return err
			}
			raised += bit(added)
		}
		return nil
	})
	return raised, err
}

// raise adds an alert, its event and its mail, if it is news, and the org has not so
// many of that day.
func raise(ctx context.Context, tx *sql.Tx, a store.Alert, most int) (bool, error) {
	rules, err := alertRules(ctx, tx, a.Org)
	if err != nil {
		return false, err
	}
	mailAt := time.Time{}
	if rules.Mail != "" {
		mailAt = a.At
	}
	res, err := tx.ExecContext(ctx, `
		INSERT INTO alerts (id, org_id, rule, subject, day, n, at, mail_at)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8
		 WHERE (SELECT COUNT(*) FROM alerts WHERE org_id = $2 AND day = $5) < $9
		    ON CONFLICT (org_id, day, rule, subject) DO NOTHING`,
		a.ID, a.Org, a.Rule, a.Subject, dayOf(a.At), a.Count, Micros(a.At), timeOrNull(mailAt), most)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	e := store.Event{
		Org: a.Org, Kind: store.Alerted, By: system("lookout"), At: a.At,
		Detail: fmt.Sprintf("%s %s %s %d", a.ID, a.Rule, a.Subject, a.Count),
	}
	if who, _, _ := strings.Cut(a.Subject, " "); strings.HasPrefix(who, "rcp_") {
		e.Recipient = store.RecipientID(who)
	}
	return true, AddEvent(ctx, tx, e)
}

// dayOf is the day of a time in UTC, counted from 1970.
func dayOf(at time.Time) int64 { return at.Unix() / (24 * 60 * 60) }

// addTallies adds to what was counted, in the order of the keys, and forgets hours
// long past.
func addTallies(ctx context.Context, tx *sql.Tx, list []store.Tally, now time.Time) error {
	list = slices.SortedFunc(slices.Values(list), func(a, b store.Tally) int {
		return cmp.Or(cmp.Compare(a.Org, b.Org), cmp.Compare(a.Measure, b.Measure), a.Span.Compare(b.Span), cmp.Compare(a.Subject, b.Subject))
	})
	for _, t := range list {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO tallies (org_id, measure, span, subject, n)
			VALUES ($1, $2, $3, $4, $5)
			    ON CONFLICT (org_id, measure, span, subject) DO UPDATE
			   SET n = tallies.n + excluded.n`, t.Org, t.Measure, Micros(t.Span), t.Subject, t.N); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `
		DELETE FROM tallies
		 WHERE measure IN ('refused', 'shown')
		   AND span < $1`, Micros(now.Add(-48*time.Hour)))
	return err
}

// TallyOf implements [store.Lookouts].
func (db *DB) TallyOf(ctx context.Context, keys []store.TallyKey) (map[store.TallyKey]int64, error) {
	found := map[store.TallyKey]int64{}
	for _, k := range keys {
		var n int64
		err := db.read.QueryRowContext(ctx, `
			SELECT COALESCE(SUM(n), 0)
			  FROM tallies
			 WHERE org_id = $1
			   AND measure = $2
			   AND span = $3
			   AND subject = $4`, k.Org, k.Measure, Micros(k.Span), k.Subject).Scan(&n)
		if err != nil {
			return nil, db.fault(ctx, "read tally", err)
		}
		if n > 0 {
			found[k] = n
		}
	}
	return found, nil
}

// Tallies implements [store.Lookouts].
func (db *DB) Tallies(ctx context.Context, f store.TallyFilter) ([]store.Tally, error) {
	c := new(conditions)
	c.add("org_id = %s", f.Org)
	in(c, "measure", f.Measures)
	c.add("span >= %s", Micros(f.Since))
	c.add("span < %s", Micros(f.Until))
	if f.Subject != "" {
		c.add("subject = %s", f.Subject)
	}
	list, err := collect(ctx, db.read, scanTally, `
		SELECT org_id, measure, span, subject, n
		  FROM tallies
		 `+c.where()+`
		 ORDER BY span, measure, subject`, c.args...)
	return list, db.fault(ctx, "read tallies", err)
}

func scanTally(r row) (t store.Tally, err error) {
	var span int64
	err = r.Scan(&t.Org, &t.Measure, &span, &t.Subject, &t.N)
	t.Span = Time(span)
	return t, err
}
