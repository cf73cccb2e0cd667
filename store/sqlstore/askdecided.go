package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"securetext/store"
)

// Approve implements [store.Asks]. One conditional statement decides: of many at once
// it finds the row open for one.
func (db *DB) Approve(ctx context.Context, org store.OrgID, id store.AskID, digest string, by store.Actor, at time.Time) error {
	return db.Change(ctx, "approve ask", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE asks
			   SET state = $1, decided_by = $2, decided_at = $3
			 WHERE id = $4
			   AND org_id = $5
			   AND state = $6
			   AND digest = $7
			   AND asked_by <> $2
			   AND asked_at > $8
			   AND EXISTS (SELECT 1 FROM staff s WHERE s.id = asks.asked_by AND s.org_id = asks.org_id AND `+isAdmin("s")+`)
			   AND EXISTS (SELECT 1 FROM staff t WHERE t.id = $2 AND t.org_id = asks.org_id AND `+isAdmin("t")+`)`,
			store.AskApproved, by.ID, Micros(at), id, org, store.AskOpen, digest, Micros(at.Add(-store.AskLife)))
		if err := oneRow(res, err, store.ErrConflict); errors.Is(err, store.ErrConflict) {
			return whyNotApproved(ctx, tx, org, id, at)
		} else if err != nil {
			return err
		}
		a, err := findAsk(ctx, tx, org, id)
		if err != nil {
			return err
		}
		if a.Kind == store.AskEmergency {
			return approveEmergency(ctx, tx, a, by, at)
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Kind: store.WipeApproved, By: by, At: at,
			Detail: fmt.Sprintf("%s n=%d sha256=%s", id, a.Count, a.Digest)})
	})
}

func whyNotApproved(ctx context.Context, tx *sql.Tx, org store.OrgID, id store.AskID, at time.Time) error {
	a, err := findAsk(ctx, tx, org, id)
	switch {
	case err != nil:
		return err
	case a.State == store.AskOpen && !at.Before(a.Until()):
		return store.ErrGone
	}
	return store.ErrConflict
}

// approveEmergency tells of it loudly: whatever else an org was alerted of that day.
func approveEmergency(ctx context.Context, tx *sql.Tx, a store.Ask, by store.Actor, at time.Time) error {
	e, err := aboutAsked(ctx, tx, a, store.EmergencyApproved, by, at)
	if err != nil {
		return err
	}
	if err := AddEvent(ctx, tx, e); err != nil {
		return err
	}
	_, err = raise(ctx, tx, store.Alert{
		ID: store.NewAlertID(at), Org: a.Org, Rule: store.Emergency, Subject: string(a.ID), Count: 1, At: at,
	}, 1<<30)
	return err
}

// aboutAsked is an event about the message of an ask.
func aboutAsked(ctx context.Context, q queryer, a store.Ask, kind store.Kind, by store.Actor, at time.Time) (store.Event, error) {
	e := store.Event{Org: a.Org, Message: a.Message, Kind: kind, By: by, Detail: strings.TrimSpace(fmt.Sprint(a.ID, " ", a.Reason, " ", a.Reference)), At: at}
	err := q.QueryRowContext(ctx, `SELECT recipient_id FROM messages WHERE id = $1 AND org_id = $2`, a.Message, a.Org).Scan(&e.Recipient)
	return e, err
}

// Withdraw implements [store.Asks].
func (db *DB) Withdraw(ctx context.Context, org store.OrgID, id store.AskID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "withdraw ask", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE asks
			   SET state = $1
			 WHERE id = $2
			   AND org_id = $3
			   AND state = $4
			   AND asked_by = $5`, store.AskWithdrawn, id, org, store.AskOpen, by.ID)
		if err := oneRow(res, err, store.ErrConflict); errors.Is(err, store.ErrConflict) {
			if _, err := findAsk(ctx, tx, org, id); err != nil {
				return err
			}
			return store.ErrConflict
		} else if err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Kind: store.AskEnded, By: by, Detail: string(id), At: at})
	})
}

// OpenAsked implements [store.Asks]. The row of the ask is held while the message is
// loaded and the event written, and both admins are looked at with it.
func (db *DB) OpenAsked(ctx context.Context, org store.OrgID, id store.AskID, by store.Actor, at time.Time) (m store.Sealed, err error) {
	err = db.Change(ctx, "open what was asked for", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE asks
			   SET state = state
			 WHERE id = $1
			   AND org_id = $2
			   AND kind = $3
			   AND state = $4
			   AND asked_by = $5
			   AND EXISTS (SELECT 1 FROM staff s WHERE s.id = asks.asked_by AND s.org_id = asks.org_id AND `+isAdmin("s")+`)
			   AND EXISTS (SELECT 1 FROM staff t WHERE t.id = asks.decided_by AND t.org_id = asks.org_id AND `+isAdmin("t")+`)`,
			id, org, store.AskEmergency, store.AskApproved, by.ID)
		conflict := oneRow(res, err, store.ErrConflict)
		if conflict != nil && !errors.Is(conflict, store.ErrConflict) {
			return conflict
		}
		a, err := findAsk(ctx, tx, org, id)
		switch {
		case err != nil:
			return err
		case conflict != nil:
			return conflict
		case !at.Before(a.OpenUntil()):
			return store.ErrGone
		}
		if m, err = askedToRead(ctx, tx, a, at); err != nil {
			return err
		}
		e, err := aboutAsked(ctx, tx, a, store.EmergencyOpened, by, at)
		if err != nil {
			return err
		}
		return AddEvent(ctx, tx, e)
	})
	if err != nil {
		return store.Sealed{}, err
	}
	return m, nil
}

// WipeAsked implements [store.Asks]. Who holds the row of the ask works; others wait,
// and then find less to do. A process that is killed leaves the rest to the next.
func (db *DB) WipeAsked(ctx context.Context, limit int, at time.Time) (int, error) {
	done := 0
	err := db.Change(ctx, "wipe what was asked for", func(tx *sql.Tx) error {
		done = 0
		a, err := scanAsk(tx.QueryRowContext(ctx, selectAsks+`
			 WHERE a.kind = 'wipe'
			   AND a.state = 'approved'
			 ORDER BY a.id
			 LIMIT 1`))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `
			UPDATE asks
			   SET state = state
			 WHERE id = $1
			   AND state = 'approved'`, a.ID)
		if err := oneRow(res, err, store.ErrConflict); errors.Is(err, store.ErrConflict) {
			return nil // another ended it
		} else if err != nil {
			return err
		}
		done, err = wipeSome(ctx, tx, a, limit, at)
		return err
	})
	if err != nil {
		return 0, err
	}
	return done, nil
}

// wipeSome wipes the next messages of an ask in the order of their ids, as all hold
// them, and ends the ask with the last.
func wipeSome(ctx context.Context, tx *sql.Tx, a store.Ask, limit int, at time.Time) (int, error) {
	ids, err := collect(ctx, tx, scanMessageID, `
		SELECT message_id
		  FROM ask_messages
		 WHERE ask_id = $1
		   AND state = 'waits'
		 ORDER BY message_id
		 LIMIT $2`, a.ID, limit)
	if err != nil {
		return 0, err
	}
	by := store.Actor{Kind: store.ByStaff, ID: string(a.Approver)}
	for _, id := range ids {
		state := "wiped"
		switch err := wipe(ctx, tx, a.Org, id, by, at); {
		case errors.Is(err, sql.ErrNoRows):
			state = "gone"
		case errors.Is(err, store.ErrOnHold):
			state = "on_hold"
		case err != nil:
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE ask_messages
			   SET state = $1
			 WHERE ask_id = $2
			   AND message_id = $3`, state, a.ID, id); err != nil {
			return 0, err
		}
	}
	if len(ids) == limit {
		return len(ids), nil
	}
	return len(ids), endAsk(ctx, tx, a, by, at)
}

func endAsk(ctx context.Context, tx *sql.Tx, a store.Ask, by store.Actor, at time.Time) error {
	if _, err := tx.ExecContext(ctx, `
		UPDATE asks
		   SET state = $1
		 WHERE id = $2`, store.AskDone, a.ID); err != nil {
		return err
	}
	p, err := progressOf(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	return AddEvent(ctx, tx, store.Event{Org: a.Org, Kind: store.BulkWiped, By: by, At: at,
		Detail: fmt.Sprintf("%s wiped=%d on_hold=%d gone=%d sha256=%s", a.ID, p.Wiped, p.OnHold, p.Gone, a.Digest)})
}
