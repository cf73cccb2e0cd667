package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

// Accept implements [store.Writer].
func (db *DB) Accept(ctx context.Context, a store.Acceptance) (store.Stored, error) {
	var stored store.Stored
	err := db.Change(ctx, "accept", func(tx *sql.Tx) error {
		first, err := replay(ctx, tx, a, messageIDs(a.Messages))
		if err != nil || first != nil {
			stored = store.Stored{Messages: first, Replayed: true}
			return err
		}
		if stored, err = AddMessages(ctx, tx, a); err != nil {
			return err
		}
		return correctKey(ctx, tx, a, stored.Messages)
	})
	if err != nil {
		return store.Stored{}, err
	}
	return stored, nil
}

func messageIDs(messages []store.Message) []store.MessageID {
	ids := make([]store.MessageID, len(messages))
	for i, m := range messages {
		ids[i] = m.ID
	}
	return ids
}

// AddMessages stores what an acceptance brings, save repeats, without regard to
// its idempotency key.
func AddMessages(ctx context.Context, tx *sql.Tx, a store.Acceptance) (store.Stored, error) {
	ids, err := claimRepeats(ctx, tx, a)
	if err != nil {
		return store.Stored{}, err
	}
	stored := StoredAs(a.Messages, ids)
	a.Messages = Fresh(a.Messages, ids)
	if err := addRecipients(ctx, tx, a); err != nil {
		return store.Stored{}, err
	}
	for _, m := range a.Messages {
		if err := addMessage(ctx, tx, m); err != nil {
			return store.Stored{}, err
		}
		if err := addSteps(ctx, tx, m, a); err != nil {
			return store.Stored{}, err
		}
	}
	return stored, nil
}

// addSteps writes that a message was accepted, and queues what follows from it.
func addSteps(ctx context.Context, tx *sql.Tx, m store.Message, a store.Acceptance) error {
	if err := addText(ctx, tx, store.LinkText, behind{org: m.Org, message: m.ID, recipient: m.To.ID}, FirstText(m, a.At), a.At); err != nil {
		return err
	}
	if Watches(m) {
		if err := addWatch(ctx, tx, m, a.At); err != nil {
			return err
		}
	}
	if m.Notify&store.NotifyAccepted != 0 {
		if err := addNotice(ctx, tx, m.Org, m.ID, store.Accepted, store.ViaMail, a.Detail, a.At); err != nil {
			return err
		}
	}
	return AddEvent(ctx, tx, store.Event{
		Org: m.Org, Message: m.ID, Recipient: m.To.ID, Kind: store.Accepted, By: a.By, Detail: a.Detail, At: a.At,
	})
}

// newcomer is a recipient who may be new, as a message of the org brings it.
type newcomer struct {
	store.Recipient
	org store.OrgID
}

// newcomers are the recipients of messages, with the numbers' own, in the order of
// their ids: two acceptances to the same new numbers must not wait for each other
// crosswise.
func newcomers(messages []store.Message) []newcomer {
	list := make([]newcomer, 0, len(messages))
	for _, m := range messages {
		list = append(list, newcomer{m.To, m.Org})
		if m.To.Family != nil {
			list = append(list, newcomer{*m.To.Family, m.Org})
		}
	}
	slices.SortStableFunc(list, func(x, y newcomer) int { return cmp.Compare(x.ID, y.ID) })
	return list
}

// addRecipients adds those that are new. Who is there under the same id brought the
// hashes along.
func addRecipients(ctx context.Context, tx *sql.Tx, a store.Acceptance) error {
	for _, n := range newcomers(a.Messages) {
		added, err := count(tx.ExecContext(ctx, `
			INSERT INTO recipients (id, org_id, family_id, key_version, key_wrapped, number, person, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (id) DO NOTHING`,
			n.ID, n.org, familyOrNull(n.Recipient), n.Key.Version, n.Key.Wrapped, n.Number, bytesOrNull(n.Person), Micros(a.At)))
		if err != nil {
			return err
		}
		if added == 0 {
			continue
		}
		if err := addHashes(ctx, tx, n.org, n.Recipient); err != nil {
			return err
		}
	}
	return nil
}

func addMessage(ctx context.Context, tx *sql.Tx, m store.Message) error {
	thread, err := threadOf(ctx, tx, m)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO messages (id, org_id, sender_id, recipient_id, lang, reference, content, created_at, expires_at,
		                      notify, envid, read_by, time_zone, send_at, test, ack, passcode, hint, reply, thread)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
		m.ID, m.Org, m.Sender, m.To.ID, m.Lang, m.Reference, m.Content, Micros(m.Created), Micros(m.Expires),
		m.Notify&^store.NotifyAccepted, m.EnvID, Micros(m.ReadBy), m.TimeZone, Micros(m.SendAt), bit(m.Test), m.Ack,
		hashOrNull(m.Passcode), bytesOrNull(m.Hint), bit(m.Reply), thread)
	if err != nil {
		return err
	}
	if err := addKey(ctx, tx, string(m.ID), m.Org, m.Key); err != nil {
		return err
	}
	for _, att := range m.Attachments {
		if err := addAttachment(ctx, tx, string(m.ID), att); err != nil {
			return err
		}
	}
	return nil
}

// addKey writes the data key of a message, of a reply or of a draft.
func addKey(ctx context.Context, tx *sql.Tx, id string, org store.OrgID, key seal.DataKey) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO message_keys (message_id, org_id, version, wrapped)
		VALUES ($1, $2, $3, $4)`, id, org, key.Version, key.Wrapped)
	return err
}

// addText queues a text about what is behind a link.
func addText(ctx context.Context, tx *sql.Tx, kind store.TextKind, b behind, due, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO outbox (org_id, message_id, recipient_id, kind, due_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)`, b.org, b.message, b.recipient, kind, Micros(due), Micros(now))
	return err
}
