package sqlstore

import (
	"context"
	"slices"
	"time"

	"securetext/store"
)

// SenderByEmail implements [store.Verdicts].
func (db *DB) SenderByEmail(ctx context.Context, email string) (store.Sender, error) {
	s, err := scanSender(db.read.QueryRowContext(ctx, `
		SELECT `+senderColumns+`
		  FROM senders s
		 WHERE s.email = $1`, email))
	return s, db.fault(ctx, "find sender", err)
}

// Refusals implements [store.Verdicts].
func (db *DB) Refusals(ctx context.Context, org store.OrgID, recipients []store.RecipientID) (map[store.RecipientID]store.Refusal, error) {
	refusals := map[store.RecipientID]store.Refusal{}
	for some := range slices.Chunk(recipients, 500) { // placeholders are not without end
		if err := addRefusals(ctx, db.read, org, some, refusals); err != nil {
			return nil, db.fault(ctx, "find refusals", err)
		}
	}
	return refusals, nil
}

func addRefusals(ctx context.Context, q queryer, org store.OrgID, ids []store.RecipientID, to map[store.RecipientID]store.Refusal) error {
	c := byID(org, ids)
	c.clauses = append(c.clauses, "refusal IS NOT NULL")
	_, err := collect(ctx, q, func(r row) (why store.Refusal, err error) {
		var id store.RecipientID
		err = r.Scan(&id, &why)
		to[id] = why
		return why, err
	}, `
		SELECT id, refusal
		  FROM recipients
		 `+c.where(), c.args...)
	return err
}

// Vouched implements [store.Verdicts].
func (db *DB) Vouched(ctx context.Context, org store.OrgID, recipients []store.RecipientID) (map[store.RecipientID]bool, error) {
	vouched := map[store.RecipientID]bool{}
	for some := range slices.Chunk(recipients, 500) {
		c := byID(org, some)
		c.clauses = append(c.clauses, "vouched_at <> 0")
		_, err := collect(ctx, db.read, func(r row) (id store.RecipientID, err error) {
			err = r.Scan(&id)
			vouched[id] = true
			return id, err
		}, `
			SELECT id
			  FROM recipients
			 `+c.where(), c.args...)
		if err != nil {
			return nil, db.fault(ctx, "find who is vouched for", err)
		}
	}
	return vouched, nil
}

// byID finds recipients by their ids. IS TRUE keeps Postgres from looking through
// all of an org's for a few of them.
func byID(org store.OrgID, ids []store.RecipientID) *conditions {
	c := new(conditions)
	in(c, "id", ids)
	c.add("(org_id = %s) IS TRUE", org)
	return c
}

// Usage implements [store.Verdicts]. Ids sort by time, so it counts in the index
// of an org's ids, to the millisecond.
func (db *DB) Usage(ctx context.Context, org store.OrgID, since time.Time) (int, error) {
	var n int
	err := db.read.QueryRowContext(ctx, `
		SELECT count(*)
		  FROM messages
		 WHERE org_id = $1
		   AND id >= $2`, org, store.FirstMessageID(since)).Scan(&n)
	return n, db.fault(ctx, "count messages", err)
}
