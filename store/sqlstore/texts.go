package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// AddLinks implements [store.Outbox]. When a row is no longer the caller's, or
// was cancelled, nothing is stored and it is [store.ErrConflict]: a text whose
// link nobody knows must not go out. Rows come in their order, for their codes.
func (db *DB) AddLinks(ctx context.Context, attempts []store.Attempt, now time.Time) error {
	return db.Change(ctx, "add links", func(tx *sql.Tx) error {
		for _, i := range inOrder(attempts, func(a store.Attempt) store.OutboxID { return a.Outbox }) {
			if err := addLink(ctx, tx, attempts[i], now); err != nil {
				return err
			}
		}
		return nil
	})
}

func addLink(ctx context.Context, tx *sql.Tx, a store.Attempt, now time.Time) error {
	link := hashOrNull(a.Link)
	res, err := tx.ExecContext(ctx, `
		INSERT INTO texts (id, org_id, outbox_id, message_id, recipient_id, kind, state, link_hash, road, created_at, updated_at)
		SELECT $1, org_id, id, message_id, recipient_id, kind, 'begun', $2, $3, $4, $4
		  FROM outbox
		 WHERE id = $5
		   AND attempt = $6`, a.Text, link, a.Road, Micros(now), a.Outbox, a.Claim.Attempt)
	if err := oneRow(res, err, store.ErrConflict); err != nil {
		return err
	}
	if a.Code != (store.CodeHash{}) {
		return setCode(ctx, tx, a, now)
	}
	if link == nil {
		return nil
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO links (hash, org_id, message_id, created_at)
		SELECT link_hash, org_id, message_id, created_at
		  FROM texts
		 WHERE id = $1`, a.Text)
	return err
}

// Sent implements [store.Outbox]. A text nobody began is [store.ErrNotFound].
func (db *DB) Sent(ctx context.Context, sent []store.SentText, now time.Time) error {
	return db.Change(ctx, "record sent", func(tx *sql.Tx) error {
		for _, s := range sent {
			if err := recordSent(ctx, tx, s, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func recordSent(ctx context.Context, tx *sql.Tx, s store.SentText, now time.Time) error {
	t, err := holdText(ctx, tx, s.Text, s.ProviderID)
	if err != nil {
		return err
	}
	if err := setState(ctx, tx, t, store.TextSent, s.ProviderID, now); err != nil {
		return err
	}
	if err := checkAt(ctx, tx, t, s, now); err != nil {
		return err
	}
	return clearRow(ctx, tx, t, now)
}

// text is one as it is held until the transaction ends.
type text struct {
	queued
	id     store.TextID
	row    store.OutboxID
	state  store.TextState
	road   string
	notify store.Notify // what its message's sender wants to hear of, when it was held
	watch  bool         // somebody looks after the message
}

// holdText finds a text by its id, else by the provider's, and keeps all others
// from changing it.
func holdText(ctx context.Context, tx *sql.Tx, id store.TextID, providerID string) (text, error) {
	t, err := scanText(tx.QueryRowContext(ctx, holdTexts+`
		 WHERE id = $1
		`+returnText, id))
	if !errors.Is(err, sql.ErrNoRows) || providerID == "" {
		return t, err
	}
	return scanText(tx.QueryRowContext(ctx, holdTexts+`
		 WHERE provider_id = $1
		`+returnText, providerID))
}

const (
	holdTexts = `
		UPDATE texts
		   SET state = state`
	returnText = `RETURNING id, outbox_id, state, road,
		          COALESCE((SELECT m.notify FROM messages m WHERE m.id = texts.message_id), 0),
		          EXISTS (SELECT 1 FROM watches w WHERE w.message_id = texts.message_id),
		          org_id, message_id, recipient_id, kind`
)

func scanText(r row) (text, error) {
	var t text
	var err error
	t.queued, err = scanQueued(after(r, &t.id, &t.row, &t.state, &t.road, &t.notify, &t.watch))
	return t, err
}

// rank orders the states; a text only moves up.
var rank = map[store.TextState]int{
	store.TextBegun: 0, store.TextRefused: 1, store.TextSent: 2,
	store.TextUndelivered: 3, store.TextFailed: 4, store.TextDelivered: 5,
}

// setState moves a held text up, and keeps the provider's id for it.
func setState(ctx context.Context, tx *sql.Tx, t text, state store.TextState, providerID string, now time.Time) error {
	if rank[state] < rank[t.state] {
		state = t.state
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE texts
		   SET state = $1, provider_id = COALESCE(provider_id, $2), updated_at = $3
		 WHERE id = $4`, state, textOrNull(providerID), Micros(now), t.id)
	return err
}

// checkAt says when the provider is to be asked about a text that it has just
// taken, unless its end is known already or it gave no id to ask by.
func checkAt(ctx context.Context, tx *sql.Tx, t text, s store.SentText, now time.Time) error {
	if rank[t.state] > rank[store.TextSent] {
		return nil
	}
	if s.ProviderID == "" {
		s.Check = time.Time{}
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE texts
		   SET sent_at = $1, check_at = $2
		 WHERE id = $3`, Micros(now), timeOrNull(s.Check), t.id)
	return err
}

// clearRow records that a held text was sent, unless that is known already, and
// takes its row out of the outbox.
func clearRow(ctx context.Context, tx *sql.Tx, t text, now time.Time) error {
	if rank[t.state] >= rank[store.TextSent] {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		DELETE FROM outbox
		 WHERE id = $1`, t.row)
	if err != nil {
		return err
	}
	return AddEvent(ctx, tx, t.event(store.Sent, system("courier"), "", now))
}

// KnownTexts implements [store.Outbox].
func (db *DB) KnownTexts(ctx context.Context, providerIDs []string) (map[string]bool, error) {
	known := map[string]bool{}
	if len(providerIDs) == 0 {
		return known, nil
	}
	c := new(conditions)
	in(c, "provider_id", providerIDs)
	ids, err := collect(ctx, db.read, func(r row) (id string, err error) {
		err = r.Scan(&id)
		return id, err
	}, `
		SELECT provider_id
		  FROM texts
		 `+c.where(), c.args...)
	for _, id := range ids {
		known[id] = true
	}
	return known, db.fault(ctx, "find known texts", err)
}
