package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"securetext/store"
)

// steps are the kinds of events that a notice can be about.
var steps = map[store.Notify]store.Kind{
	store.NotifyAccepted:  store.Accepted,
	store.NotifyDelivered: store.Delivered,
	store.NotifyFailed:    store.Failed,
	store.NotifyRead:      store.Read,
	store.NotifyAsked:     store.Asked,
}

// queueNotice queues the mail about a step of a message, if its sender asked for
// one. The bit that asks is cleared by the statement that finds it, so of many
// callers at once one queues it.
func queueNotice(ctx context.Context, tx *sql.Tx, id store.MessageID, step store.Notify, detail string, at time.Time) error {
	var org store.OrgID
	err := tx.QueryRowContext(ctx, `
		UPDATE messages
		   SET notify = notify - $1
		 WHERE id = $2
		   AND notify & $1 <> 0
		RETURNING org_id`, step, id).Scan(&org)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // not asked for, or queued before
	}
	if err != nil {
		return err
	}
	return addNotice(ctx, tx, org, id, steps[step], store.ViaMail, detail, at)
}

// addNotice adds the mail about a step that messages.notify asks for no more.
func addNotice(ctx context.Context, tx *sql.Tx, org store.OrgID, id store.MessageID, kind store.Kind, via store.Via, detail string, at time.Time) error {
	return addNoticeLater(ctx, tx, org, id, kind, via, detail, at, at)
}

// addNoticeLater is addNotice for a mail that waits until due.
func addNoticeLater(ctx context.Context, tx *sql.Tx, org store.OrgID, id store.MessageID, kind store.Kind, via store.Via, detail string, due, at time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO notices (org_id, message_id, kind, via, detail, due_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, org, id, kind, via, detail, Micros(due), Micros(at))
	return err
}

// DueNotices implements [store.Notices].
func (db *DB) DueNotices(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]store.DueNotice, error) {
	var claimed []store.DueNotice
	err := db.Change(ctx, "claim notices", func(tx *sql.Tx) error {
		claimed = nil
		found, err := collect(ctx, tx, scanNotice, selectNotices, Micros(now), limit)
		if err != nil || len(found) == 0 {
			return err
		}
		ids := make([]int64, len(found))
		for i, d := range found {
			ids[i] = d.Notice
		}
		attempts, err := claim(ctx, tx, "notices", ids, now, now.Add(lease))
		for _, d := range found {
			if n, ok := attempts[d.Notice]; ok {
				d.Attempt = n
				claimed = append(claimed, d)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// A wiped message has notices like any other: they tell nothing of its content.
const selectNotices = `
	SELECT n.id, n.via, n.kind, n.detail, n.created_at, m.id, m.reference, m.envid, m.created_at, m.expires_at,
	       m.read_by, m.test,
	       n.kind = 'overdue' AND NOT EXISTS (SELECT 1 FROM watches w WHERE w.message_id = m.id), r.id, r.key_version, r.key_wrapped, r.number,
	       ` + orgColumns + `,
	       ` + senderColumns + `
	  FROM notices n
	  JOIN messages m ON m.id = n.message_id AND (m.org_id = n.org_id) IS TRUE
	  JOIN recipients r ON r.id = m.recipient_id AND (r.org_id = m.org_id) IS TRUE
	  JOIN orgs o ON o.id = m.org_id
	  JOIN senders s ON s.id = m.sender_id AND s.org_id = m.org_id
	 WHERE n.due_at <= $1
	 ORDER BY n.due_at, n.id
	 LIMIT $2`

func scanNotice(r row) (store.DueNotice, error) {
	var d store.DueNotice
	var org orgRow
	var sender senderRow
	var queued, created, expires, readBy int64
	var test int
	dest := []any{
		&d.Notice, &d.Via, &d.Kind, &d.Detail, &queued, &d.Message, &d.Reference, &d.EnvID, &created, &expires,
		&readBy, &test, &d.Stale, &d.Recipient, &d.NumberKey.Version, &d.NumberKey.Wrapped, &d.Number,
	}
	err := r.Scan(slices.Concat(dest, org.dest(), sender.dest())...)
	if err != nil {
		return d, err
	}
	d.Sender = sender.value()
	d.At, d.Queued, d.Created, d.Expires, d.ReadBy = Time(queued), Time(queued), Time(created), Time(expires), Time(readBy)
	d.Test = test != 0
	d.Org, err = org.value()
	return d, err
}

// NoticeSent implements [store.Notices]. What was sent is cleared by whoever
// sent it, even with the lease over: better than a second mail.
func (db *DB) NoticeSent(ctx context.Context, c store.NoticeClaim, now time.Time) error {
	return db.Change(ctx, "record notice sent", func(tx *sql.Tx) error {
		return settleNotice(ctx, tx, store.Notified, "", now, `
			DELETE FROM notices
			 WHERE id = $1`, c.Notice)
	})
}

// RetryNotice implements [store.Notices].
func (db *DB) RetryNotice(ctx context.Context, c store.NoticeClaim, due, now time.Time) error {
	return db.Change(ctx, "put off notice", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE notices
			   SET due_at = $1
			 WHERE id = $2
			   AND attempt = $3`, Micros(due), c.Notice, c.Attempt)
		return err
	})
}

// DropNotice implements [store.Notices]. Who lost the lease changes nothing.
func (db *DB) DropNotice(ctx context.Context, c store.NoticeClaim, reason string, now time.Time) error {
	return db.Change(ctx, "give up notice", func(tx *sql.Tx) error {
		return settleNotice(ctx, tx, store.NotNotified, reason, now, `
			DELETE FROM notices
			 WHERE id = $1
			   AND attempt = $2`, c.Notice, c.Attempt)
	})
}

// settleNotice deletes a notice, with an event that says which step it was about.
func settleNotice(ctx context.Context, tx *sql.Tx, kind store.Kind, reason string, now time.Time, statement string, args ...any) error {
	e := store.Event{Kind: kind, By: system("mailer"), At: now}
	var step string
	var via store.Via
	err := tx.QueryRowContext(ctx, statement+`
		RETURNING org_id, message_id, kind, via, (SELECT recipient_id FROM messages WHERE id = notices.message_id)`,
		args...).Scan(&e.Org, &e.Message, &step, &via, &e.Recipient)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // settled before, or no longer the caller's
	}
	if err != nil {
		return err
	}
	if via != store.ViaMail {
		step = joinWords(step, string(via))
	}
	e.Detail = joinWords(step, reason)
	return AddEvent(ctx, tx, e)
}
