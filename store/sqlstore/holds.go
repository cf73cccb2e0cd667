package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"securetext/store"
)

// holdsOn finds the legal holds on a message m.
const holdsOn = `FROM holds h
		                    WHERE h.lifted_at IS NULL
		                      AND h.org_id = m.org_id
		                      AND (h.message_id = m.id
		                           OR h.recipient_id = m.recipient_id
		                           OR h.recipient_id = (SELECT hr.family_id FROM recipients hr WHERE hr.id = m.recipient_id))`

// onHold is whether there is one. It stands in each statement that destroys content,
// behind [gate].
const onHold = `EXISTS (SELECT 1 ` + holdsOn + `)`

// gate lets one transaction at a time place a hold in an org or destroy content of
// it: a condition on another table is not looked at again when a statement has waited
// for a row. It comes before all messages.
func gate(ctx context.Context, tx *sql.Tx, org store.OrgID) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE orgs
		   SET life = life
		 WHERE id = $1`, org)
	return err
}

// gates is gate for several orgs, in the order of their ids.
func gates(ctx context.Context, tx *sql.Tx, orgs []store.OrgID) error {
	slices.Sort(orgs)
	for _, org := range slices.Compact(orgs) {
		if err := gate(ctx, tx, org); err != nil {
			return err
		}
	}
	return nil
}

// PlaceHold implements [store.Holds].
func (db *DB) PlaceHold(ctx context.Context, h store.Hold, by store.Actor, at time.Time) error {
	return db.Change(ctx, "place hold", func(tx *sql.Tx) error {
		if err := gate(ctx, tx, h.Org); err != nil {
			return err
		}
		e, err := heldBy(ctx, tx, h)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `
			INSERT INTO holds (id, org_id, message_id, recipient_id, matter, placed_at)
			SELECT $1, id, $2, $3, $4, $5
			  FROM orgs
			 WHERE id = $6
			   AND NOT EXISTS (SELECT 1
			                     FROM holds
			                    WHERE lifted_at IS NULL
			                      AND org_id = $6
			                      AND COALESCE(message_id, '') = $7
			                      AND COALESCE(recipient_id, '') = $8
			                      AND matter = $4)`,
			h.ID, textOrNull(h.Message), textOrNull(h.Recipient), h.Matter, Micros(at), h.Org, h.Message, h.Recipient)
		if err := oneRow(res, err, store.ErrConflict); err != nil {
			return err
		}
		e.Kind, e.By, e.At = store.HoldPlaced, by, at
		return AddEvent(ctx, tx, e)
	})
}

// heldBy is what the event of a hold is about, if that is there.
func heldBy(ctx context.Context, tx *sql.Tx, h store.Hold) (store.Event, error) {
	e := store.Event{Org: h.Org, Message: h.Message, Recipient: h.Recipient, Detail: string(h.ID) + " " + h.Matter}
	if h.Message == "" {
		err := tx.QueryRowContext(ctx, `
			SELECT id
			  FROM recipients
			 WHERE id = $1
			   AND org_id = $2`, h.Recipient, h.Org).Scan(&e.Recipient)
		return e, err
	}
	var wiped sql.NullInt64
	err := tx.QueryRowContext(ctx, `
		SELECT recipient_id, wiped_at
		  FROM messages
		 WHERE id = $1
		   AND org_id = $2`, h.Message, h.Org).Scan(&e.Recipient, &wiped)
	if err == nil && wiped.Valid {
		err = store.ErrGone
	}
	return e, err
}

// LiftHold implements [store.Holds].
func (db *DB) LiftHold(ctx context.Context, org store.OrgID, id store.HoldID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "lift hold", func(tx *sql.Tx) error {
		e := store.Event{Org: org, Kind: store.HoldLifted, By: by, At: at}
		err := tx.QueryRowContext(ctx, `
			UPDATE holds
			   SET lifted_at = $1
			 WHERE id = $2
			   AND org_id = $3
			   AND lifted_at IS NULL
			RETURNING COALESCE(message_id, ''),
			          COALESCE(recipient_id, (SELECT m.recipient_id FROM messages m WHERE m.id = message_id), ''),
			          matter`,
			Micros(at), id, org).Scan(&e.Message, &e.Recipient, &e.Detail)
		if err != nil {
			return err
		}
		e.Detail = string(id) + " " + e.Detail
		return AddEvent(ctx, tx, e)
	})
}

// Holds implements [store.Holds].
func (db *DB) Holds(ctx context.Context, f store.HoldFilter) ([]store.Hold, error) {
	c := new(conditions)
	c.add("org_id = %s", f.Org)
	if f.Message != "" {
		c.add("message_id = %s", f.Message)
	}
	if f.Recipient != "" {
		c.add("recipient_id = %s", f.Recipient)
	}
	if !f.Lifted {
		c.clauses = append(c.clauses, "lifted_at IS NULL")
	}
	list, err := collect(ctx, db.read, scanHold, `
		SELECT id, org_id, COALESCE(message_id, ''), COALESCE(recipient_id, ''), matter, placed_at, COALESCE(lifted_at, 0)
		  FROM holds
		 `+c.where()+`
		 ORDER BY id`, c.args...)
	return list, db.fault(ctx, "list holds", err)
}

func scanHold(r row) (store.Hold, error) {
	var h store.Hold
	var placed, lifted int64
	err := r.Scan(&h.ID, &h.Org, &h.Message, &h.Recipient, &h.Matter, &placed, &lifted)
	h.Placed, h.Lifted = Time(placed), Time(lifted)
	return h, err
}
