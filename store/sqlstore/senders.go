package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"securetext/store"
)

const senderColumns = `s.id, s.org_id, s.email, s.name, s.send_as, s.created_at, COALESCE(s.suspended_at, 0)`

// AddSender implements [store.Admin]. An org that is not there is
// [store.ErrNotFound].
func (db *DB) AddSender(ctx context.Context, s store.Sender, by store.Actor, at time.Time) error {
	return db.Change(ctx, "add sender", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO senders (id, org_id, email, name, send_as, created_at)
			SELECT $1, id, $2, $3, $4, $5
			  FROM orgs
			 WHERE id = $6`,
			s.ID, s.Email, s.Name, strings.Join(s.SendAs, " "), Micros(s.Created), s.Org)
		if err := oneRow(res, err, store.ErrNotFound); err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: s.Org, Kind: store.SenderAdded, By: by, Detail: string(s.ID), At: at})
	})
}

// Senders implements [store.Admin], oldest first.
func (db *DB) Senders(ctx context.Context, org store.OrgID) ([]store.Sender, error) {
	senders, err := collect(ctx, db.read, scanSender, `
		SELECT `+senderColumns+`
		  FROM senders s
		 WHERE s.org_id = $1
		 ORDER BY s.created_at, s.id`, org)
	return senders, db.fault(ctx, "list senders", err)
}

func scanSender(r row) (store.Sender, error) {
	var s senderRow
	err := r.Scan(s.dest()...)
	return s.value(), err
}

// senderRow is where senderColumns are scanned to.
type senderRow struct {
	store.Sender
	sendAs             string
	created, suspended int64
}

func (s *senderRow) dest() []any {
	return []any{&s.ID, &s.Org, &s.Email, &s.Name, &s.sendAs, &s.created, &s.suspended}
}

func (s *senderRow) value() store.Sender {
	s.SendAs = strings.Fields(s.sendAs)
	s.Created, s.Suspended = Time(s.created), Time(s.suspended)
	return s.Sender
}

// SuspendSender implements [store.Rules].
func (db *DB) SuspendSender(ctx context.Context, org store.OrgID, id store.SenderID, suspended bool, by store.Actor, at time.Time) error {
	kind, since := store.SenderResumed, any(nil)
	if suspended {
		kind, since = store.SenderSuspended, Micros(at)
	}
	return db.Change(ctx, "suspend sender", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE senders
			   SET suspended_at = $1
			 WHERE id = $2
			   AND org_id = $3
			   AND (suspended_at IS NULL) = $4`, since, id, org, suspended)
		if err := oneRow(res, err, store.ErrConflict); errors.Is(err, store.ErrConflict) {
			return whyNotSuspended(ctx, tx, org, id)
		} else if err != nil {
			return err
		}
		return AddEvent(ctx, tx, store.Event{Org: org, Kind: kind, By: by, Detail: string(id), At: at})
	})
}

// whyNotSuspended tells a sender that was so already from one that is not there.
func whyNotSuspended(ctx context.Context, tx *sql.Tx, org store.OrgID, id store.SenderID) error {
	_, err := scanSender(tx.QueryRowContext(ctx, `
		SELECT `+senderColumns+`
		  FROM senders s
		 WHERE s.id = $1
		   AND s.org_id = $2`, id, org))
	if err == nil {
		err = store.ErrConflict
	}
	return err
}
