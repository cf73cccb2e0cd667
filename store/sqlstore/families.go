package sqlstore

import (
	"context"

	"securetext/store"
)

// What counts for all who share a number is kept with the number's own recipient.
// These tell it of a recipient r, whoever that is.
const (
	Refused = `COALESCE((SELECT f.refusal FROM recipients f WHERE f.id = r.family_id AND f.org_id = r.org_id), r.refusal)`
	Looked  = `COALESCE((SELECT f.looked_at FROM recipients f WHERE f.id = r.family_id AND f.org_id = r.org_id), r.looked_at)`
)

// family are all for whom it counts what is said of a recipient: with a number's
// own, all who share it. They are looked up apart: in one statement Postgres, when
// it knows little of its tables, would look through all of them.
func family(ctx context.Context, q queryer, id store.RecipientID) ([]store.RecipientID, error) {
	others, err := collect(ctx, q, func(r row) (other store.RecipientID, err error) {
		err = r.Scan(&other)
		return other, err
	}, `
		SELECT id
		  FROM recipients
		 WHERE family_id = $1`, id)
	return append(others, id), err
}

// familyOf is the number's own recipient. It is [sql.ErrNoRows] when the org has
// no such recipient.
func familyOf(ctx context.Context, q queryer, b behind) (id store.RecipientID, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT COALESCE(family_id, id)
		  FROM recipients
		 WHERE id = $1
		   AND org_id = $2`, b.recipient, b.org).Scan(&id)
	return id, err
}

// Family implements [store.Rules].
func (db *DB) Family(ctx context.Context, org store.OrgID, number store.RecipientID) ([]store.Recipient, error) {
	list, err := collect(ctx, db.read, scanPerson, `
		SELECT id, key_version, key_wrapped, number, person
		  FROM recipients
		 WHERE family_id = $1
		   AND (org_id = $2) IS TRUE
		 ORDER BY id`, number, org)
	return list, db.fault(ctx, "list family", err)
}

func scanPerson(r row) (store.Recipient, error) {
	var p store.Recipient
	err := r.Scan(&p.ID, &p.Key.Version, &p.Key.Wrapped, &p.Number, (*[]byte)(&p.Person))
	return p, err
}
