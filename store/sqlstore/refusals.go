package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"securetext/store"
)

// Refuse implements [store.Rules]. A reason given again changes nothing. An org
// that is not there is [store.ErrNotFound].
func (db *DB) Refuse(ctx context.Context, org store.OrgID, r store.Recipient, why store.Refusal, by store.Actor, at time.Time) error {
	return db.Change(ctx, "refuse recipient", func(tx *sql.Tx) error {
		held, err := holdWaiting(ctx, tx, behind{org: org, recipient: r.ID})
		if err != nil {
			return err
		}
		for one := &r; one != nil && len(one.Number) > 0; one = one.Family {
			if err := addUnwritten(ctx, tx, org, *one, at); err != nil {
				return err
			}
		}
		return refusal{org: org, recipient: r.ID, why: why, by: by, at: at}.record(ctx, tx, held)
	})
}

// addUnwritten adds a recipient to whom nobody wrote yet.
func addUnwritten(ctx context.Context, tx *sql.Tx, org store.OrgID, r store.Recipient, at time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO recipients (id, org_id, family_id, key_version, key_wrapped, number, person, created_at)
		SELECT $1, id, $2, $3, $4, $5, $6, $7
		  FROM orgs
		 WHERE id = $8
		    ON CONFLICT (id) DO NOTHING`, r.ID, familyOrNull(r), r.Key.Version, r.Key.Wrapped, r.Number, bytesOrNull(r.Person), Micros(at), org)
	if err != nil {
		return err
	}
	return addHashes(ctx, tx, org, r)
}

// Suppressed implements [store.Rules].
func (db *DB) Suppressed(ctx context.Context, org store.OrgID, after store.RecipientID, limit int) ([]store.Suppressed, error) {
	list, err := collect(ctx, db.read, scanSuppressed, `
		SELECT id, org_id, family_id, key_version, key_wrapped, number, person, refusal, refused_at
		  FROM recipients
		 WHERE org_id = $1
		   AND id > $2
		   AND refusal IS NOT NULL
		 ORDER BY id
		 LIMIT $3`, org, after, limit)
	return list, db.fault(ctx, "list suppressed", err)
}

func scanSuppressed(r row) (store.Suppressed, error) {
	var s store.Suppressed
	var since int64
	var of *store.RecipientID
	err := r.Scan(&s.ID, &s.Org, &of, &s.Key.Version, &s.Key.Wrapped, &s.Number, (*[]byte)(&s.Person), &s.Why, &since)
	if of != nil {
		s.Family = &store.Recipient{ID: *of}
	}
	s.Since = Time(since)
	return s, err
}

// Allow implements [store.Rules].
func (db *DB) Allow(ctx context.Context, org store.OrgID, id store.RecipientID, a store.Allowance, by store.Actor, at time.Time) error {
	return db.Change(ctx, "allow recipient", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE recipients
			   SET refusal = CASE WHEN $3 IS NULL THEN NULL ELSE refusal_under END, refusal_under = NULL, refused_at = 0
			 WHERE id = $1
			   AND org_id = $2
			   AND refusal IS NOT NULL
			   AND refusal = COALESCE($3, refusal)`, id, org, textOrNull(a.Only))
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Recipient: id, Kind: store.Allowed, By: by, Detail: a.How, At: at})
	})
}

// holdWaiting holds what is behind a link, if there is one, and every message to
// its recipient of which a text waits, until the transaction ends: in the order
// of their ids, and before the recipient and the texts' rows, so that no two
// callers wait for each other crosswise. With a number's own recipient it holds
// those to all who share it.
func holdWaiting(ctx context.Context, tx *sql.Tx, b behind) ([]store.MessageID, error) {
	all, err := family(ctx, tx, b.recipient)
	if err != nil {
		return nil, err
	}
	c := new(conditions)
	in(c, "m.recipient_id", all)
	c.add("m.org_id = %s", b.org)
	c.clauses = append(c.clauses, "EXISTS (SELECT 1 FROM outbox w WHERE w.message_id = m.id)")
	ids, err := collect(ctx, tx, scanMessageID, `
		SELECT m.id
		  FROM messages m
		 `+c.where(), c.args...)
	if err != nil {
		return nil, err
	}
	if b.message != "" {
		ids = append(ids, b.message)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	for _, id := range ids {
		if err := oneAtATime(ctx, tx, behind{org: b.org, message: id}); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// refusal is what is known of a recipient from now on, and from whom. Of a number's
// own it counts for all who share it, so what a carrier says is said of that.
type refusal struct {
	org       store.OrgID
	recipient store.RecipientID
	why       store.Refusal
	by        store.Actor
	at        time.Time
	lost      store.MessageID // the message whose text told so, if no other may reach its recipient
	reason    string          // for which that text was lost
}

// record keeps the refusal, with an event if it is new, and gives up the texts
// that wait of the messages held. What follows for each is done in their order,
// and so is what follows for the one that was lost.
func (f refusal) record(ctx context.Context, tx *sql.Tx, held []store.MessageID) error {
	changed, err := f.set(ctx, tx)
	if err != nil {
		return err
	}
	if changed {
		err := AddEvent(ctx, tx, store.Event{
			Org: f.org, Recipient: f.recipient, Kind: store.Refused, By: f.by, Detail: string(f.why), At: f.at,
		})
		if err != nil {
			return err
		}
	}
	for _, id := range held {
		if err := f.cancel(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// set keeps the refusal. That a patient asked for no more texts is never written
// over: only their consent ends it. What staff said before stands below it.
func (f refusal) set(ctx context.Context, tx *sql.Tx) (changed bool, err error) {
	res, err := tx.ExecContext(ctx, `
		UPDATE recipients
		   SET refusal = $1, refused_at = $2,
		       refusal_under = CASE WHEN $1 = $5 AND refusal = $6 THEN refusal END
		 WHERE id = $3
		   AND org_id = $4
		   AND COALESCE(refusal, '') NOT IN ($1, $5)`, f.why, Micros(f.at), f.recipient, f.org, store.OptedOut, store.Blocked)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return n == 1, err
	}
	return false, tx.QueryRowContext(ctx, `
		SELECT id
		  FROM recipients
		 WHERE id = $1
		   AND org_id = $2`, f.recipient, f.org).Scan(&f.recipient)
}

// cancel gives up the texts about a held message that wait, or the last of which
// was lost.
func (f refusal) cancel(ctx context.Context, tx *sql.Tx, id store.MessageID) error {
	rows, err := collect(ctx, tx, scanQueued, `
		DELETE FROM outbox
		 WHERE message_id = $1
		RETURNING org_id, message_id, recipient_id, kind`, id)
	if err != nil || len(rows) == 0 && id != f.lost {
		return err
	}
	for _, b := range rows {
		if err := AddEvent(ctx, tx, b.event(store.Failed, f.by, string(f.why), f.at)); err != nil {
			return err
		}
	}
	detail := string(f.why)
	if id == f.lost {
		detail = f.reason
	}
	return queueFailed(ctx, tx, id, detail, f.at)
}
