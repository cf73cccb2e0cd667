package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"securetext/store"
)

// FirstText is when the first text of a message goes out.
func FirstText(m store.Message, accepted time.Time) time.Time {
	if m.SendAt.After(accepted) {
		return m.SendAt
	}
	return accepted
}

// Watches reports whether somebody has to look after a message.
func Watches(m store.Message) bool { return len(m.Remind) > 0 || !m.ReadBy.IsZero() }

// FirstLook is when a watch is due first: with its first reminder, or when the
// message is to be read.
func FirstLook(m store.Message, accepted time.Time) time.Time {
	if len(m.Remind) == 0 {
		return m.ReadBy
	}
	first := FirstText(m, accepted).Add(m.Remind[0])
	if !m.ReadBy.IsZero() && m.ReadBy.Before(first) {
		return m.ReadBy
	}
	return first
}

func addWatch(ctx context.Context, tx *sql.Tx, m store.Message, accepted time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO watches (message_id, texted_at, remind, read_by, due_at)
		VALUES ($1, $2, $3, $4, $5)`,
		m.ID, Micros(FirstText(m, accepted)), Hours(m.Remind), Micros(m.ReadBy), Micros(FirstLook(m, accepted)))
	return err
}

// DueWatches implements [store.Watches]. Watches are claimed in the order of their
// messages, as all who hold several do.
func (db *DB) DueWatches(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]store.Watch, error) {
	var claimed []store.Watch
	err := db.Change(ctx, "claim watches", func(tx *sql.Tx) error {
		claimed = nil
		found, err := collect(ctx, tx, scanWatch, `
			SELECT w.message_id, m.org_id, m.recipient_id, w.texted_at, w.remind, w.reminded, w.read_by, w.rounds,
			       m.expires_at, `+Refused+` IS NOT NULL
			  FROM watches w
			  JOIN messages m ON m.id = w.message_id
			  JOIN recipients r ON r.id = m.recipient_id AND (r.org_id = m.org_id) IS TRUE
			 WHERE w.due_at <= $1
			   AND m.expires_at > $1
			 ORDER BY w.due_at
			 LIMIT $2`, Micros(now), limit)
		if err != nil {
			return err
		}
		for _, i := range inOrder(found, func(w store.Watch) store.MessageID { return w.Message }) {
			if err := claimWatch(ctx, tx, &found[i], lease, now); err != nil {
				return err
			}
		}
		claimed = slices.DeleteFunc(found, func(w store.Watch) bool { return w.Attempt == 0 })
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// claimWatch leaves the attempt at 0 when another was faster.
func claimWatch(ctx context.Context, tx *sql.Tx, w *store.Watch, lease time.Duration, now time.Time) error {
	err := tx.QueryRowContext(ctx, `
		UPDATE watches
		   SET due_at = $1, attempt = attempt + 1
		 WHERE message_id = $2
		   AND due_at <= $3
		RETURNING attempt`, Micros(now.Add(lease)), w.Message, Micros(now)).Scan(&w.Attempt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

func scanWatch(r row) (store.Watch, error) {
	var w store.Watch
	var texted, readBy, expires int64
	var remind string
	err := r.Scan(&w.Message, &w.Org, &w.Recipient, &texted, &remind, &w.Reminded, &readBy, &w.Rounds, &expires, &w.Refused)
	w.Texted, w.ReadBy, w.Expires = Time(texted), Time(readBy), Time(expires)
	w.Remind = Spans(remind)
	return w, err
}

// Watched implements [store.Watches]. The message comes before its watch, as it
// does when it is read.
func (db *DB) Watched(ctx context.Context, done store.Watched, now time.Time) error {
	return db.Change(ctx, "record watch", func(tx *sql.Tx) error {
		b := behind{message: done.Message}
		var notify store.Notify
		err := tx.QueryRowContext(ctx, `
			UPDATE messages
			   SET lang = lang
			 WHERE id = $1
			   AND wiped_at IS NULL
			   AND expires_at > $2
			RETURNING org_id, recipient_id, notify`, done.Message, Micros(now)).Scan(&b.org, &b.recipient, &notify)
		if errors.Is(err, sql.ErrNoRows) {
			return store.ErrConflict
		}
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `
			UPDATE watches
			   SET reminded = $1, rounds = $2, due_at = $3
			 WHERE message_id = $4
			   AND attempt = $5`, done.Reminded, done.Rounds, timeOrNull(done.Due), done.Message, done.Attempt)
		if err := oneRow(res, err, store.ErrConflict); err != nil {
			return err
		}
		return follow(ctx, tx, b, done, notify, now)
	})
}

// follow does what a held watch asks for.
func follow(ctx context.Context, tx *sql.Tx, b behind, done store.Watched, notify store.Notify, now time.Time) error {
	if done.Overdue {
		if err := AddEvent(ctx, tx, b.event(store.Overdue, system("minder"), now)); err != nil {
			return err
		}
		if err := dropReminders(ctx, tx, b.message); err != nil {
			return err
		}
	}
	if err := queueWatched(ctx, tx, done.Text, b, now); err != nil {
		return err
	}
	for _, tell := range []struct {
		via    store.Via
		wanted bool
	}{{store.ViaMail, done.Mail && notify&store.NotifyOverdue != 0}, {store.ViaHook, done.Hook}} {
		if !tell.wanted {
			continue
		}
		if err := addNotice(ctx, tx, b.org, b.message, store.Overdue, tell.via, roundOf(done.Rounds), now); err != nil {
			return err
		}
	}
	return nil
}

// dropReminders ends the reminders of an overdue message that still wait: what
// follows takes their place.
func dropReminders(ctx context.Context, tx *sql.Tx, id store.MessageID) error {
	_, err := tx.ExecContext(ctx, `
		DELETE FROM outbox
		 WHERE message_id = $1
		   AND kind = $2`, id, store.ReminderText)
	return err
}

// queueWatched queues the text that a watch asks for, if any. While one reminder
// waits, no other is added.
func queueWatched(ctx context.Context, tx *sql.Tx, kind store.TextKind, b behind, now time.Time) error {
	if kind == "" {
		return nil
	}
	var waits bool
	err := tx.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1
		                 FROM outbox
		                WHERE message_id = $1
		                  AND kind = $2)`, b.message, kind).Scan(&waits)
	if err != nil || waits {
		return err
	}
	return queueText(ctx, tx, kind, b, now, now)
}

// unwatch ends the watch of a message that was just read.
func unwatch(ctx context.Context, tx *sql.Tx, b behind) error {
	if err := oneAtATime(ctx, tx, b); err != nil {
		return err
	}
	return endWatch(ctx, tx, b.message)
}

// endWatch ends the watch of a held message that was read or taken, with the
// texts that wait because of it.
func endWatch(ctx context.Context, tx *sql.Tx, id store.MessageID) error {
	res, err := tx.ExecContext(ctx, `
		DELETE FROM watches
		 WHERE message_id = $1`, id)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		DELETE FROM outbox
		 WHERE message_id = $1
		   AND kind IN ('reminder', 'overdue')`, id)
	return err
}

// endReminders ends those of a held message of which no text can be delivered.
// That it is to be read by some time is still watched. Whoever is about to have
// it reminded loses the claim.
func endReminders(ctx context.Context, tx *sql.Tx, id store.MessageID) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE watches
		   SET remind = '', attempt = attempt + 1,
		       due_at = CASE WHEN read_by = 0 THEN NULL WHEN due_at < read_by THEN read_by ELSE due_at END
		 WHERE message_id = $1`, id)
	return err
}

// Take implements [store.Rules]. What happened before is looked at once the
// message is held: of two at once the later finds it taken.
func (db *DB) Take(ctx context.Context, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "take message", func(tx *sql.Tx) error {
		b := behind{org: org, message: id}
		if err := oneAtATime(ctx, tx, b); err != nil {
			return err
		}
		var over bool
		err := tx.QueryRowContext(ctx, `
			SELECT recipient_id,
			       wiped_at IS NOT NULL OR expires_at <= $1
			       OR EXISTS (SELECT 1
			                    FROM events
			                   WHERE message_id = $2
			                     AND kind IN ('read', 'taken'))
			  FROM messages
			 WHERE id = $2
			   AND org_id = $3`, Micros(at), id, org).Scan(&b.recipient, &over)
		if err != nil {
			return err
		}
		if over {
			return store.ErrConflict
		}
		if err := endWatch(ctx, tx, id); err != nil {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.Taken, by, at))
	})
}
