package postgres

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"

	"securetext/store"
	"securetext/store/sqlstore"
)

// delivery is what a message is known by when it comes again.
type delivery struct {
	org  store.OrgID
	hash store.RepeatHash
}

// deliveries tells what message each delivery is stored as.
type deliveries map[delivery]store.MessageID

// add reports false when the message's delivery is there already. What has no
// hash is never a repeat.
func (d deliveries) add(m store.Message) bool {
	if m.Repeat == (store.RepeatHash{}) {
		return true
	}
	key := delivery{m.Org, m.Repeat}
	if _, there := d[key]; there {
		return false
	}
	d[key] = m.ID
	return true
}

// replace takes over the ids of earlier messages that a statement found.
func (d deliveries) replace(rows pgx.Rows) error {
	var org, id string
	var hash []byte
	_, err := pgx.ForEachRow(rows, []any{&org, &hash, &id}, func() error {
		d[delivery{store.OrgID(org), store.RepeatHash(hash)}] = store.MessageID(id)
		return nil
	})
	return err
}

// ids are what the messages are stored as, in their order.
func (d deliveries) ids(messages []store.Message) []store.MessageID {
	return column(messages, func(m store.Message) store.MessageID {
		if m.Repeat == (store.RepeatHash{}) {
			return m.ID
		}
		return d[delivery{m.Org, m.Repeat}]
	})
}

// claims are the arguments of claimRepeats.
func claims(rows []accepted) []any {
	return []any{
		column(rows, func(r accepted) string { return string(r.ID) }),
		column(rows, func(r accepted) string { return string(r.Org) }),
		column(rows, func(r accepted) []byte { return hashOrNull(r.Repeat) }),
		column(rows, func(r accepted) int64 { return sqlstore.Micros(r.in.At) }),
	}
}

// hashOrNull is a hash as stored where there may be none.
func hashOrNull[H ~[32]byte](h H) []byte {
	if h == (H{}) {
		return nil
	}
	b := [32]byte(h)
	return b[:]
}

// repeatLife is how long a hash is taken, in microseconds.
var repeatLife = strconv.FormatInt(store.RepeatLife.Microseconds(), 10)

// claimRepeats takes the hash of each delivery for its message, in one order so
// that two processes never wait for each other crosswise. A hash past its life is
// free again. One that is not is written anew as it was: so the second of two at
// once waits for the first, and is given its id although its snapshot is older.
var claimRepeats = `
		INSERT INTO repeats (org_id, hash, message_id, created_at)
		SELECT org_id, hash, id, at
		  FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[]) AS c (id, org_id, hash, at)
		 WHERE hash IS NOT NULL
		 ORDER BY org_id, hash
		    ON CONFLICT (org_id, hash) DO UPDATE
		   SET message_id = CASE WHEN repeats.created_at <= excluded.created_at - ` + repeatLife + `
		                         THEN excluded.message_id ELSE repeats.message_id END,
		       created_at = CASE WHEN repeats.created_at <= excluded.created_at - ` + repeatLife + `
		                         THEN excluded.created_at ELSE repeats.created_at END
		RETURNING org_id, hash, message_id`

// repeated gives the deliveries that were claimed for an earlier message.
const repeated = `
	SELECT org_id, hash, message_id
	  FROM claimed
	 WHERE message_id <> ALL ($1::text[])`

// claim takes the hashes of an acceptance, and gives the ids that its messages
// are stored as. It asks the server only when there are any.
func claim(ctx context.Context, tx pgx.Tx, a store.Acceptance) ([]store.MessageID, error) {
	rows, known := flatten([]store.Acceptance{a})
	if len(known) > 0 {
		ctx, cancel := within(ctx)
		defer cancel()
		earlier, err := tx.Query(ctx, `WITH claimed AS (`+claimRepeats+`)`+repeated, claims(rows)...)
		if err != nil {
			return nil, err
		}
		if err := known.replace(earlier); err != nil {
			return nil, err
		}
	}
	return known.ids(a.Messages), nil
}
