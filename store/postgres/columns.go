package postgres

import (
	"securetext/store"
	"securetext/store/sqlstore"
)

// column is one field of every item, as an array for unnest.
func column[T, V any](items []T, field func(T) V) []V {
	values := make([]V, len(items))
	for i, item := range items {
		values[i] = field(item)
	}
	return values
}

// accepted is a message with what its acceptance says of it.
type accepted struct {
	store.Message
	in store.Acceptance
}

func flatten(all []store.Acceptance) []accepted {
	var rows []accepted
	for _, a := range all {
		for _, m := range a.Messages {
			rows = append(rows, accepted{m, a})
		}
	}
	return rows
}

// columns are the arguments of addMessages.
func columns(rows []accepted) []any {
	return []any{
		column(rows, func(r accepted) string { return string(r.ID) }),
		column(rows, func(r accepted) string { return string(r.Org) }),
		column(rows, func(r accepted) string { return string(r.Sender) }),
		column(rows, func(r accepted) string { return string(r.To.ID) }),
		column(rows, func(r accepted) int { return r.To.Key.Version }),
		column(rows, func(r accepted) []byte { return r.To.Key.Wrapped }),
		column(rows, func(r accepted) []byte { return r.To.Number }),
		column(rows, func(r accepted) string { return r.Lang }),
		column(rows, func(r accepted) string { return r.Reference }),
		column(rows, func(r accepted) []byte { return r.Content }),
		column(rows, func(r accepted) int64 { return sqlstore.Micros(r.Created) }),
		column(rows, func(r accepted) int64 { return sqlstore.Micros(r.Expires) }),
		column(rows, func(r accepted) int { return r.Key.Version }),
		column(rows, func(r accepted) []byte { return r.Key.Wrapped }),
		column(rows, func(r accepted) string { return string(r.in.By.Kind) }),
		column(rows, func(r accepted) string { return r.in.By.ID }),
		column(rows, func(r accepted) string { return sqlstore.Addr(r.in.By.Addr) }),
		column(rows, func(r accepted) string { return r.in.Detail }),
		column(rows, func(r accepted) int64 { return sqlstore.Micros(r.in.At) }),
	}
}

// addMessages writes messages with all that comes with each, save attachments.
// New recipients are added in the order of their ids, so that two processes
// never wait for each other crosswise.
const addMessages = `
	WITH v AS MATERIALIZED (
		SELECT *
		  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bytea[], $7::bytea[],
		              $8::text[], $9::text[], $10::bytea[], $11::bigint[], $12::bigint[], $13::int[], $14::bytea[],
		              $15::text[], $16::text[], $17::text[], $18::text[], $19::bigint[])
		       WITH ORDINALITY
		    AS v (id, org_id, sender_id, recipient_id, number_version, number_wrapped, number,
		          lang, reference, content, created_at, expires_at, version, wrapped,
		          actor_kind, actor_id, addr, detail, at, n)
	), new_recipients AS (
		INSERT INTO recipients (id, org_id, key_version, key_wrapped, number, created_at)
		SELECT DISTINCT ON (recipient_id) recipient_id, org_id, number_version, number_wrapped, number, at
		  FROM v
		 ORDER BY recipient_id, n
		    ON CONFLICT (id) DO NOTHING
	), new_messages AS (
		INSERT INTO messages (id, org_id, sender_id, recipient_id, lang, reference, content, created_at, expires_at)
		SELECT id, org_id, sender_id, recipient_id, lang, reference, content, created_at, expires_at
		  FROM v
	), new_keys AS (
		INSERT INTO message_keys (message_id, org_id, version, wrapped)
		SELECT id, org_id, version, wrapped
		  FROM v
	), new_events AS (
		INSERT INTO events (org_id, message_id, recipient_id, kind, actor_kind, actor_id, addr, detail, at)
		SELECT org_id, id, recipient_id, 'accepted', actor_kind, actor_id, addr, detail, at
		  FROM v
		 ORDER BY n
	)
	INSERT INTO outbox (org_id, message_id, recipient_id, kind, due_at, created_at)
	SELECT org_id, id, recipient_id, 'link', at, at
	  FROM v
	 ORDER BY n`
