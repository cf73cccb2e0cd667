package sqlstore

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"securetext/store"
)

const senderColumns = `s.id, s.org_id, s.email, s.name, s.send_as, s.created_at`

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
	var s store.Sender
	var sendAs string
	var created int64
	err := r.Scan(&s.ID, &s.Org, &s.Email, &s.Name, &sendAs, &created)
	s.SendAs = strings.Fields(sendAs)
	s.Created = Time(created)
	return s, err
}
