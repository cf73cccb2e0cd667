package sqlstore

import (
	"context"
	"slices"

	"securetext/store"
)

// Recipients implements [store.Admin].
func (db *DB) Recipients(ctx context.Context, org store.OrgID, ids []store.RecipientID) (list []store.RecipientInfo, err error) {
	for some := range slices.Chunk(ids, 500) { // placeholders are not without end
		c := new(conditions)
		c.add("org_id = %s", org)
		in(c, "id", some)
		found, err := collect(ctx, db.read, scanRecipientInfo, `
			SELECT id, org_id, key_version, key_wrapped, number, created_at, password IS NOT NULL, epoch, failures,
			       COALESCE(refusal, ''), refused_at
			  FROM recipients
			 `+c.where(), c.args...)
		if err != nil {
			return nil, db.fault(ctx, "find recipients", err)
		}
		list = append(list, found...)
	}
	return list, nil
}

func scanRecipientInfo(r row) (store.RecipientInfo, error) {
	var i store.RecipientInfo
	var created, since int64
	err := r.Scan(&i.ID, &i.Org, &i.NumberKey.Version, &i.NumberKey.Wrapped, &i.Number, &created, &i.Enrolled, &i.Epoch, &i.Failures,
		&i.Refused, &since)
	i.Created, i.Since = Time(created), Time(since)
	return i, err
}
