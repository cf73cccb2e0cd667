package postgres

import (
	"fmt"
	"slices"

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

// flatten gives the messages of all acceptances but those whose delivery is among
// them before, and what each delivery is to be stored as.
func flatten(all []store.Acceptance) ([]accepted, deliveries) {
	var rows []accepted
	first := deliveries{}
	for _, a := range all {
		for _, m := range a.Messages {
			if first.add(m) {
				rows = append(rows, accepted{m, a})
			}
		}
	}
	return rows, first
}

// columns are the arguments of addMessages.
func columns(rows []accepted) []any {
	args := append(claims(rows),
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
		column(rows, func(r accepted) int { return int(r.Notify &^ store.NotifyAccepted) }),
		column(rows, accepted.announced),
		column(rows, func(r accepted) string { return r.EnvID }),
		column(rows, func(r accepted) int64 { return sqlstore.Micros(r.ReadBy) }),
		column(rows, func(r accepted) string { return r.TimeZone }),
		column(rows, func(r accepted) int { return bit(r.Test) }),
		column(rows, func(r accepted) int64 { return sqlstore.Micros(sqlstore.FirstText(r.Message, r.in.At)) }),
		column(rows, accepted.watched),
		column(rows, func(r accepted) string { return sqlstore.Hours(r.Remind) }),
		column(rows, func(r accepted) int64 { return sqlstore.Micros(sqlstore.FirstLook(r.Message, r.in.At)) }),
		column(rows, func(r accepted) string { return string(r.Ack) }),
		column(rows, func(r accepted) []byte { return hashOrNull(r.Passcode) }),
		column(rows, func(r accepted) []byte { return r.Hint }),
		column(rows, func(r accepted) int { return bit(r.Reply) }),
		column(rows, func(r accepted) string { return string(r.Thread) }),
	)
	if slices.ContainsFunc(rows, accepted.shares) {
		args = append(args,
			column(rows, func(r accepted) string { return string(r.To.FamilyID()) }),
			column(rows, func(r accepted) int { return r.family().Key.Version }),
			column(rows, func(r accepted) []byte { return r.family().Key.Wrapped }),
			column(rows, func(r accepted) []byte { return r.family().Number }),
			column(rows, func(r accepted) []byte { return r.To.Person }),
		)
	}
	if hashes := hashesOf(rows); len(hashes) > 0 {
		args = append(args,
			column(hashes, func(h store.HashOf) string { return string(h.Hash) }),
			column(hashes, func(h store.HashOf) string { return h.Key }),
			column(hashes, func(h store.HashOf) string { return string(h.Org) }),
			column(hashes, func(h store.HashOf) string { return string(h.Recipient) }),
		)
	}
	return args
}

// hashesOf are what those are found by who may be new.
func hashesOf(rows []accepted) (all []store.HashOf) {
	for _, r := range rows {
		for to := &r.To; to != nil; to = to.Family {
			for _, h := range to.Hashes {
				all = append(all, store.HashOf{Org: r.Org, Recipient: to.ID, HashedNumber: h})
			}
		}
	}
	return all
}

// shares reports whether it is for one of several people who share a number.
func (r accepted) shares() bool { return r.To.Family != nil }

// family is the number's own recipient, of who shares it.
func (r accepted) family() store.Recipient {
	if r.To.Family == nil {
		return store.Recipient{}
	}
	return *r.To.Family
}

// addMessages writes messages with all that comes with each, save attachments,
// and gives those deliveries that are repeats, of which it writes nothing. New
// recipients are added in the order of their ids, and after all deliveries are
// claimed, so that two processes never wait for each other crosswise. A table
// that no message needs is left out: to open it for nothing takes the server
// longer than to write a message.
func addMessages(rows []accepted) string {
	claim, unclaimed, others, texts, thread := "", "", "", addTexts, "v.thread"
	values, recipients, next := given("", ""), addRecipients, firstAfterMessages
	if slices.ContainsFunc(rows, accepted.shares) {
		values, recipients, next = given(familyValues, familyNames), addFamilies, firstAfterFamilies
	}
	if len(hashesOf(rows)) > 0 {
		others = ", new_hashes AS (" + addHashes(next) + ")"
	}
	if slices.ContainsFunc(rows, accepted.continues) {
		thread = firstOfThread
	}
	if slices.ContainsFunc(rows, func(r accepted) bool { return r.Repeat != (store.RepeatHash{}) }) {
		claim, unclaimed = "claimed AS ("+claimRepeats+"), ", notRepeats
		texts = ", new_texts AS (" + addTexts + ")" + repeated
	}
	if slices.ContainsFunc(rows, accepted.announced) {
		others += ", new_notices AS (" + addNotices + ")"
	}
	if slices.ContainsFunc(rows, accepted.watched) {
		others += ", new_watches AS (" + addWatches + ")"
	}
	return "WITH " + claim + "v AS MATERIALIZED (" + values + unclaimed + "), new_recipients AS (" + recipients + ")" +
		", new_messages AS (" + addRows + thread + `
		  FROM v)` + addParts + others + texts
}

// atOdds reports whether a number is to be two recipients: those who bring them have
// other keys, and each has to be tried alone.
func atOdds(rows []accepted) bool {
	whose := map[store.NumberHash]store.RecipientID{}
	for _, h := range hashesOf(rows) {
		if other, ok := whose[h.Hash]; ok && other != h.Recipient {
			return true
		}
		whose[h.Hash] = h.Recipient
	}
	return false
}

// addHashes writes what new recipients are found by, in one order so that two
// processes never wait for each other crosswise. A hash that is another's already
// must not be: without a recipient it cannot be stored, and all of it fails.
func addHashes(first int) string {
	return fmt.Sprintf(`
		INSERT INTO number_hashes (hash, key_id, org_id, recipient_id)
		SELECT DISTINCT ON (hash) hash, key_id, org_id, recipient_id
		  FROM unnest($%d::text[], $%d::text[], $%d::text[], $%d::text[]) AS h (hash, key_id, org_id, recipient_id)
		 ORDER BY hash
		    ON CONFLICT (hash) DO UPDATE
		   SET recipient_id = NULL
		 WHERE number_hashes.recipient_id <> excluded.recipient_id`, first, first+1, first+2, first+3)
}

// continues reports whether it goes on from another message.
func (r accepted) continues() bool { return r.Thread != "" }

// watched reports whether somebody has to look after it.
func (r accepted) watched() bool { return sqlstore.Watches(r.Message) }

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// announced reports whether the sender wants to hear that it was accepted.
func (r accepted) announced() bool { return r.Notify&store.NotifyAccepted != 0 }

// given are the columns of a message by their names, with those that only some
// acceptances have.
func given(values, names string) string {
	return `
		SELECT *
		  FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[], $5::text[], $6::text[], $7::int[], $8::bytea[],
		              $9::bytea[], $10::text[], $11::text[], $12::bytea[], $13::bigint[], $14::bigint[], $15::int[], $16::bytea[],
		              $17::text[], $18::text[], $19::text[], $20::text[], $21::int[], $22::bool[], $23::text[],
		              $24::bigint[], $25::text[], $26::int[], $27::bigint[], $28::bool[], $29::text[], $30::bigint[], $31::text[],
		              $32::bytea[], $33::bytea[], $34::int[], $35::text[]` + values + `)
		       WITH ORDINALITY
		    AS v (id, org_id, hash, at, sender_id, recipient_id, number_version, number_wrapped,
		          number, lang, reference, content, created_at, expires_at, version, wrapped,
		          actor_kind, actor_id, addr, detail, notify, announced, envid,
		          read_by, time_zone, test, texted_at, watched, remind, look_at, ack, passcode, hint, reply, thread` + names + `, n)`
}

const (
	firstAfterMessages, firstAfterFamilies = 36, 41 // argument

	familyValues = `, $36::text[], $37::int[], $38::bytea[], $39::bytea[], $40::bytea[]`
	familyNames  = `, family_id, family_version, family_wrapped, family_number, person`
	notRepeats   = `
		 WHERE hash IS NULL
		    OR id IN (SELECT message_id FROM claimed)`
	addRecipients = `
		INSERT INTO recipients (id, org_id, key_version, key_wrapped, number, created_at)
		SELECT DISTINCT ON (recipient_id) recipient_id, org_id, number_version, number_wrapped, number, at
		  FROM v
		 ORDER BY recipient_id, n
		    ON CONFLICT (id) DO NOTHING`
	addFamilies = `
		INSERT INTO recipients (id, org_id, family_id, key_version, key_wrapped, number, person, created_at)
		SELECT DISTINCT ON (id) id, org_id, of_family, version, wrapped, number, person, at
		  FROM (SELECT recipient_id AS id, org_id, NULLIF(family_id, recipient_id) AS of_family,
		               number_version AS version, number_wrapped AS wrapped, number, person, at, n
		          FROM v
		         UNION ALL
		        SELECT family_id, org_id, NULL, family_version, family_wrapped, family_number, NULL, at, n
		          FROM v
		         WHERE family_id <> recipient_id) r
		 ORDER BY id, n
		    ON CONFLICT (id) DO NOTHING`
	addRows = `
		INSERT INTO messages (id, org_id, sender_id, recipient_id, lang, reference, content, created_at, expires_at,
		                      notify, envid, read_by, time_zone, send_at, test, ack, passcode, hint, reply, thread)
		SELECT id, org_id, sender_id, recipient_id, lang, reference, content, created_at, expires_at,
		       notify, envid, read_by, time_zone, CASE WHEN texted_at > at THEN texted_at ELSE 0 END, test, ack, passcode, hint, reply, `
	// firstOfThread finds what sqlstore does by threadOf.
	firstOfThread = `CASE WHEN v.thread = '' THEN '' ELSE COALESCE((
			SELECT CASE WHEN m.thread = '' THEN m.id ELSE m.thread END
			  FROM messages m
			 WHERE m.id = v.thread
			   AND (m.org_id = v.org_id AND m.sender_id = v.sender_id AND m.recipient_id = v.recipient_id AND m.test = v.test) IS TRUE
			   AND m.wiped_at IS NULL
			   AND m.expires_at > v.created_at), '') END`
	addParts = `, new_keys AS (
		INSERT INTO message_keys (message_id, org_id, version, wrapped)
		SELECT id, org_id, version, wrapped
		  FROM v
	), new_events AS (
		INSERT INTO events (org_id, message_id, recipient_id, kind, actor_kind, actor_id, addr, detail, at)
		SELECT org_id, id, recipient_id, 'accepted', actor_kind, actor_id, addr, detail, at
		  FROM v
		 ORDER BY n
	)`
	addNotices = `
		INSERT INTO notices (org_id, message_id, kind, detail, due_at, created_at)
		SELECT org_id, id, 'accepted', detail, at, at
		  FROM v
		 WHERE announced
		 ORDER BY n`
	addWatches = `
		INSERT INTO watches (message_id, texted_at, remind, read_by, due_at)
		SELECT id, texted_at, remind, read_by, look_at
		  FROM v
		 WHERE watched`
	addTexts = `
		INSERT INTO outbox (org_id, message_id, recipient_id, kind, due_at, created_at)
		SELECT org_id, id, recipient_id, 'link', texted_at, at
		  FROM v
		 ORDER BY n`
)
