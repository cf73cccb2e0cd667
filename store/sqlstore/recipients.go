package sqlstore

import (
	"cmp"
	"context"
	"slices"

	"securetext/store"
)

// Recipients implements [store.Admin].
func (db *DB) Recipients(ctx context.Context, org store.OrgID, ids []store.RecipientID) (list []store.RecipientInfo, err error) {
	for some := range slices.Chunk(ids, 500) { // placeholders are not without end
		c := new(conditions)
		c.add("r.org_id = %s", org)
		in(c, "r.id", some)
		found, err := collect(ctx, db.read, scanRecipientInfo, `
			SELECT r.id, r.org_id, r.key_version, r.key_wrapped, r.number, r.person, COALESCE(r.family_id, r.id), r.created_at,
			       r.password IS NOT NULL, r.epoch, r.failures, COALESCE(`+Refused+`, ''), COALESCE(f.refused_at, 0), r.refused_at
			  FROM recipients r
			  LEFT JOIN recipients f ON f.id = r.family_id AND f.org_id = r.org_id AND f.refusal IS NOT NULL
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
	var person []byte
	var created, sinceNumber, since int64
	err := r.Scan(&i.ID, &i.Org, &i.NumberKey.Version, &i.NumberKey.Wrapped, &i.Number, &person, &i.Family, &created,
		&i.Enrolled, &i.Epoch, &i.Failures, &i.Refused, &sinceNumber, &since)
	i.Person, i.Created, i.Since = person, Time(created), Time(cmp.Or(sinceNumber, since))
	return i, err
}
