package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"securetext/store"
)

const selectAsks = `
	SELECT a.id, a.org_id, a.kind, a.state, a.reason, a.reference, COALESCE(a.message_id, ''), a.n, a.digest,
	       a.asked_by, a.asked_at, COALESCE(a.decided_by, ''), COALESCE(a.decided_at, 0)
	  FROM asks a`

func scanAsk(r row) (a store.Ask, err error) {
	var at, decided int64
	err = r.Scan(&a.ID, &a.Org, &a.Kind, &a.State, &a.Reason, &a.Reference, &a.Message, &a.Count, &a.Digest,
		&a.By, &at, &a.Approver, &decided)
	a.At, a.Approved = Time(at), Time(decided)
	return a, err
}

// AskToWipe implements [store.Asks].
func (db *DB) AskToWipe(ctx context.Context, a store.Ask, s store.Selection, by store.Actor, at time.Time) (store.Ask, error) {
	err := db.Change(ctx, "ask to wipe", func(tx *sql.Tx) error {
		c, err := selected(ctx, tx, a.Org, s)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO ask_messages (ask_id, message_id, state)
			SELECT `+c.arg(a.ID)+`, id, 'waits'
			  FROM messages
			 `+c.where()+`
			 ORDER BY id
			 LIMIT `+c.arg(store.MostAsked+1), c.args...)
		if err != nil {
			return err
		}
		ids, err := askedMessages(ctx, tx, a.ID, "", store.MostAsked+1)
		switch {
		case err != nil:
			return err
		case len(ids) == 0:
			return store.ErrNotFound
		case len(ids) > store.MostAsked:
			return store.ErrCrowded
		}
		a.Kind, a.Count, a.Digest = store.AskWipe, len(ids), digestOf(ids)
		return addAsk(ctx, tx, &a, by, at, store.Event{Kind: store.WipeAsked, Detail: fmt.Sprintf("n=%d sha256=%s", a.Count, a.Digest)})
	})
	return a, err
}

// selected are the conditions of a selection. Nothing is [store.ErrConflict]: all
// messages at once is nobody's wish.
func selected(ctx context.Context, q queryer, org store.OrgID, s store.Selection) (*conditions, error) {
	c := new(conditions)
	if s.Sender != "" {
		c.add("sender_id = %s", s.Sender)
	}
	if s.Recipient != "" {
		all, err := family(ctx, q, s.Recipient)
		if err != nil {
			return nil, err
		}
		in(c, "recipient_id", all)
	}
	if !s.Since.IsZero() {
		c.add("id >= %s", store.FirstMessageID(s.Since))
		c.add("created_at >= %s", Micros(s.Since))
	}
	if !s.Until.IsZero() {
		c.add("created_at < %s", Micros(s.Until))
	}
	if len(s.References) > 0 {
		in(c, "reference", s.References)
		c.clauses = append(c.clauses, "reference <> ''")
	}
	if len(c.clauses) == 0 {
		return nil, store.ErrConflict
	}
	c.add("org_id = %s", org)
	c.clauses = append(c.clauses, "wiped_at IS NULL")
	return c, nil
}

// digestOf tells exactly which messages are meant.
func digestOf(ids []store.MessageID) string {
	h := sha256.New()
	for _, id := range ids {
		fmt.Fprintln(h, id)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// AskToRead implements [store.Asks].
func (db *DB) AskToRead(ctx context.Context, a store.Ask, by store.Actor, at time.Time) (store.Ask, error) {
	err := db.Change(ctx, "ask to read", func(tx *sql.Tx) error {
		m, err := askedToRead(ctx, tx, a, at)
		if err != nil {
			return err
		}
		a.Kind = store.AskEmergency
		return addAsk(ctx, tx, &a, by, at, store.Event{Kind: store.EmergencyAsked, Message: a.Message, Recipient: m.Recipient})
	})
	return a, err
}

// askedToRead loads the message of an ask, for whoever may read it. One that is held,
// or that a passcode is asked for, is opened all the same: it is an emergency.
func askedToRead(ctx context.Context, q queryer, a store.Ask, now time.Time) (store.Sealed, error) {
	var epoch int64
	err := q.QueryRowContext(ctx, `
		SELECT r.epoch
		  FROM messages m
		  JOIN recipients r ON r.id = m.recipient_id AND r.org_id = m.org_id
		 WHERE m.id = $1
		   AND m.org_id = $2`, a.Message, a.Org).Scan(&epoch)
	if err != nil {
		return store.Sealed{}, err
	}
	m, err := scanSealed(q.QueryRowContext(ctx, `
		SELECT `+sealedBody+`, 1 = 0, 1 = 0
		  FROM messages m
		  `+sealedJoins+`
		 WHERE m.id = $1
		   AND m.org_id = $2`, a.Message, a.Org), store.Viewer{Epoch: epoch}, now)
	if errors.Is(err, store.ErrGone) {
		err = store.ErrNotFound
	}
	return m, err
}

// addAsk adds an ask of an admin's, with its event.
func addAsk(ctx context.Context, tx *sql.Tx, a *store.Ask, by store.Actor, at time.Time, e store.Event) error {
	a.State, a.By, a.At = store.AskOpen, store.StaffID(by.ID), at.UTC().Truncate(time.Microsecond)
	res, err := tx.ExecContext(ctx, `
		INSERT INTO asks (id, org_id, kind, state, reason, reference, message_id, n, digest, asked_by, asked_at)
		SELECT $1, s.org_id, $2, $3, $4, $5, $6, $7, $8, s.id, $9
		  FROM staff s
		 WHERE s.id = $10
		   AND s.org_id = $11
		   AND `+isAdmin("s"),
		a.ID, a.Kind, a.State, a.Reason, a.Reference, textOrNull(a.Message), a.Count, a.Digest, Micros(at), by.ID, a.Org)
	if err := oneRow(res, err, store.ErrConflict); err != nil {
		return err
	}
	e.Org, e.By, e.At = a.Org, by, at
	e.Detail = strings.Join(strings.Fields(fmt.Sprint(a.ID, " ", a.Reason, " ", a.Reference, " ", e.Detail)), " ")
	return AddEvent(ctx, tx, e)
}

// isAdmin is the condition that a row of staff is an admin's who is set up and not
// suspended, whatever they sign in by.
func isAdmin(of string) string {
	return `' ' || ` + of + `.roles || ' ' LIKE '% admin %' AND ` + of + `.suspended_at IS NULL
		   AND (` + of + `.password IS NOT NULL OR ` + of + `.identity IS NOT NULL
		        OR EXISTS (SELECT 1 FROM staff_passkeys p WHERE p.staff_id = ` + of + `.id))`
}

// Asks implements [store.Asks].
func (db *DB) Asks(ctx context.Context, org store.OrgID, limit int) ([]store.Ask, error) {
	list, err := collect(ctx, db.read, scanAsk, selectAsks+`
		 WHERE a.org_id = $1
		 ORDER BY a.id DESC
		 LIMIT $2`, org, limit)
	return list, db.fault(ctx, "list asks", err)
}

// Ask implements [store.Asks].
func (db *DB) Ask(ctx context.Context, org store.OrgID, id store.AskID) (store.Ask, error) {
	a, err := findAsk(ctx, db.read, org, id)
	if err == nil {
		a.Progress, err = progressOf(ctx, db.read, id)
	}
	return a, db.fault(ctx, "find ask", err)
}

func findAsk(ctx context.Context, q queryer, org store.OrgID, id store.AskID) (store.Ask, error) {
	return scanAsk(q.QueryRowContext(ctx, selectAsks+`
		 WHERE a.id = $1
		   AND a.org_id = $2`, id, org))
}

func progressOf(ctx context.Context, q queryer, id store.AskID) (p store.AskProgress, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT COALESCE(SUM(CASE WHEN state = 'wiped' THEN 1 ELSE 0 END), 0),
		       COALESCE(SUM(CASE WHEN state = 'on_hold' THEN 1 ELSE 0 END), 0),
		       COALESCE(SUM(CASE WHEN state = 'gone' THEN 1 ELSE 0 END), 0)
		  FROM ask_messages
		 WHERE ask_id = $1`, id).Scan(&p.Wiped, &p.OnHold, &p.Gone)
	return p, err
}

// AskedMessages implements [store.Asks].
func (db *DB) AskedMessages(ctx context.Context, org store.OrgID, id store.AskID, after store.MessageID, limit int) ([]store.MessageID, error) {
	const op = "list asked messages"
	if _, err := findAsk(ctx, db.read, org, id); err != nil {
		return nil, db.fault(ctx, op, err)
	}
	ids, err := askedMessages(ctx, db.read, id, after, limit)
	return ids, db.fault(ctx, op, err)
}

func askedMessages(ctx context.Context, q queryer, id store.AskID, after store.MessageID, limit int) ([]store.MessageID, error) {
	return collect(ctx, q, scanMessageID, `
		SELECT message_id
		  FROM ask_messages
		 WHERE ask_id = $1
		   AND message_id > $2
		 ORDER BY message_id
		 LIMIT $3`, id, after, limit)
}
