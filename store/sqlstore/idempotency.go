package sqlstore

import (
	"context"
	"database/sql"
	"strings"

	"securetext/store"
)

// replay takes the acceptance's idempotency key, if it has one, for the ids. When
// the key was taken before it gives the ids of that time; of many at once the
// database lets one through and the others wait for what becomes of it.
func replay(ctx context.Context, tx *sql.Tx, a store.Acceptance, ids []store.MessageID) ([]store.MessageID, error) {
	if a.Idempotency == nil || len(a.Messages) == 0 {
		return nil, nil
	}
	taken, err := takeKey(ctx, tx, a, ids)
	if err != nil || taken {
		return nil, err
	}
	var request []byte
	var first string
	err = tx.QueryRowContext(ctx, `
		SELECT request, messages
		  FROM idempotency
		 WHERE org_id = $1
		   AND key = $2`, a.Messages[0].Org, a.Idempotency.Key).Scan(&request, &first)
	if err != nil {
		return nil, err
	}
	if !isOneOf(request, append(a.Idempotency.Others, a.Idempotency.Request)) {
		return nil, store.ErrConflict
	}
	return split(first), nil
}

// takeKey reports false when the key is taken. One past its life is free again,
// whether or not it was tidied away.
func takeKey(ctx context.Context, tx *sql.Tx, a store.Acceptance, ids []store.MessageID) (bool, error) {
	res, err := tx.ExecContext(ctx, `
		INSERT INTO idempotency (org_id, key, request, messages, created_at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (org_id, key) DO UPDATE
		   SET request = excluded.request, messages = excluded.messages, created_at = excluded.created_at
		 WHERE idempotency.created_at <= $6`,
		a.Messages[0].Org, a.Idempotency.Key, a.Idempotency.Request[:], join(ids),
		Micros(a.At), Micros(a.At.Add(-store.IdempotencyLife)))
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

func join(ids []store.MessageID) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(id))
	}
	return b.String()
}

func split(ids string) []store.MessageID {
	var all []store.MessageID
	for id := range strings.FieldsSeq(ids) {
		all = append(all, store.MessageID(id))
	}
	return all
}
