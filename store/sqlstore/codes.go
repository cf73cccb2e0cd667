package sqlstore

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
	"securetext/store/token"
)

// AskCode implements [store.Reader]. The recipient is held first, so of two at
// once the later finds a code asked for.
func (db *DB) AskCode(ctx context.Context, hash token.Hash, device store.DeviceHash, by store.Actor, now time.Time) error {
	return db.Change(ctx, "ask for code", func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		if err := hold(ctx, tx, b, now); err != nil {
			return err
		}
		if err := mayAsk(ctx, tx, b, now); err != nil {
			return err
		}
		var row store.OutboxID
		err = tx.QueryRowContext(ctx, `
			INSERT INTO outbox (org_id, message_id, recipient_id, kind, due_at, created_at)
			VALUES ($1, $2, $3, $4, $5, $5)
			RETURNING id`, b.org, b.message, b.recipient, store.CodeText, Micros(now)).Scan(&row)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO codes (recipient_id, device, org_id, outbox_id, asked_at)
			VALUES ($1, $2, $3, $4, $5)
			    ON CONFLICT (recipient_id, device) DO UPDATE
			   SET outbox_id = excluded.outbox_id, hash = NULL, tries = 0, asked_at = excluded.asked_at, texted_at = 0`,
			b.recipient, device[:], b.org, row, Micros(now))
		if err != nil {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.CodeAsked, by, now))
	})
}

// mayAsk holds the recipient, and looks how many codes went there of late.
func mayAsk(ctx context.Context, tx *sql.Tx, b behind, now time.Time) error {
	var refused bool
	err := tx.QueryRowContext(ctx, `
		UPDATE recipients
		   SET refusal = refusal
		 WHERE id = $1
		   AND org_id = $2
		RETURNING refusal IS NOT NULL`, b.recipient, b.org).Scan(&refused)
	if err != nil {
		return err
	}
	if refused {
		return store.ErrConflict
	}
	var now1, today int
	err = tx.QueryRowContext(ctx, `
		SELECT COALESCE(sum(CASE WHEN at > $1 THEN 1 ELSE 0 END), 0), count(*)
		  FROM events
		 WHERE recipient_id = $2
		   AND kind = $3
		   AND at > $4`, Micros(now.Add(-store.CodeEvery)), b.recipient, store.CodeAsked,
		Micros(now.Add(-24*time.Hour))).Scan(&now1, &today)
	if err == nil && (now1 > 0 || today >= store.MostCodes) {
		err = store.ErrThrottled
	}
	return err
}

// setCode keeps the hash of the code that a text is about to bring.
func setCode(ctx context.Context, tx *sql.Tx, a store.Attempt, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE codes
		   SET hash = $1, texted_at = $2
		 WHERE outbox_id = $3`, a.Code[:], Micros(now), a.Outbox)
	return err
}

// TryCode implements [store.Reader]. The statement that counts the try is the one
// that finds it may be made.
func (db *DB) TryCode(ctx context.Context, hash token.Hash, device store.DeviceHash, code store.CodeHash, by store.Actor, now time.Time) error {
	var outcome error
	err := db.Change(ctx, "try code", func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		if b.gone {
			return store.ErrGone
		}
		var texted []byte
		err = tx.QueryRowContext(ctx, `
			UPDATE codes
			   SET tries = tries + 1
			 WHERE recipient_id = $1
			   AND device = $2
			   AND hash IS NOT NULL
			   AND tries < $3
			   AND texted_at > $4
			RETURNING hash`, b.recipient, device[:], store.CodeTries, Micros(now.Add(-store.CodeLife))).Scan(&texted)
		if errors.Is(err, sql.ErrNoRows) {
			return store.ErrGone
		}
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare(texted, code[:]) != 1 {
			outcome = store.ErrNotFound
			return AddEvent(ctx, tx, b.event(store.CodeFailed, by, now))
		}
		outcome = nil
		return proved(ctx, tx, b, device, by, now)
	})
	if err != nil {
		return err
	}
	return db.fault(ctx, "try code", outcome)
}

// proved uses a code up and records what it proved.
func proved(ctx context.Context, tx *sql.Tx, b behind, device store.DeviceHash, by store.Actor, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		DELETE FROM codes
		 WHERE recipient_id = $1
		   AND device = $2`, b.recipient, device[:])
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO devices (recipient_id, device, org_id, created_at, seen_at, proved_at)
		VALUES ($1, $2, $3, $4, $4, $4)
		    ON CONFLICT (recipient_id, device) DO UPDATE
		   SET proved_at = excluded.proved_at, failures = 0, retry_at = 0`, b.recipient, device[:], b.org, Micros(now))
	if err != nil {
		return err
	}
	return AddEvent(ctx, tx, b.event(store.Proved, by, now))
}

// ResetPassword implements [store.Reader].
func (db *DB) ResetPassword(ctx context.Context, e store.Enrolment, now time.Time) (store.Viewer, error) {
	var v store.Viewer
	err := db.Change(ctx, "reset password", func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, e.Link, now)
		if err != nil {
			return err
		}
		if err := hold(ctx, tx, b, now); err != nil {
			return err
		}
		t, err := trustOf(ctx, tx, b, e.Device)
		if err != nil {
			return err
		}
		if !t.isProved(now) {
			return store.ErrUnproved
		}
		v = store.Viewer{Org: b.org, Recipient: b.recipient, Addr: e.Addr}
		err = tx.QueryRowContext(ctx, `
			UPDATE recipients
			   SET password = $1, word = COALESCE($2, word), epoch = epoch + 1, failures = 0, retry_at = 0, reset_at = $3
			 WHERE id = $4
			   AND org_id = $5
			   AND password IS NOT NULL
			RETURNING epoch`, e.Password, bytesOrNull(e.Word), Micros(now), b.recipient, b.org).Scan(&v.Epoch)
		if errors.Is(err, sql.ErrNoRows) {
			return store.ErrConflict
		}
		if err != nil {
			return err
		}
		if err := forgetDevices(ctx, tx, b.recipient, e.Device); err != nil {
			return err
		}
		if err := remember(ctx, tx, b, e.Device, e.Label, now); err != nil {
			return err
		}
		if err := queueText(ctx, tx, store.EnrolledText, b, now, now); err != nil {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.Reset, v.Actor(), now))
	})
	if err != nil {
		return store.Viewer{}, err
	}
	return v, nil
}

// NotMine implements [store.Reader].
func (db *DB) NotMine(ctx context.Context, hash token.Hash, by store.Actor, now time.Time) error {
	return db.Change(ctx, "disown message", func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		waiting, err := holdWaiting(ctx, tx, b)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `
			UPDATE messages
			   SET held_at = $1
			 WHERE id = $2
			   AND wiped_at IS NULL
			   AND expires_at > $1
			   AND held_at <= released_at`, Micros(now), b.message)
		if err := oneRow(res, err, store.ErrGone); err != nil {
			return err
		}
		if err := AddEvent(ctx, tx, b.event(store.Disowned, by, now)); err != nil {
			return err
		}
		if err := endWatch(ctx, tx, b.message); err != nil {
			return err
		}
		if err := (refusal{org: b.org, recipient: b.recipient, why: store.NotMine, by: by, at: now}).record(ctx, tx, waiting); err != nil {
			return err
		}
		return tellDisowned(ctx, tx, b, now)
	})
}

// tellDisowned queues the mail to the sender, if it may be mailed at all.
func tellDisowned(ctx context.Context, tx *sql.Tx, b behind, now time.Time) error {
	var notify store.Notify
	err := tx.QueryRowContext(ctx, `
		SELECT notify
		  FROM messages
		 WHERE id = $1`, b.message).Scan(&notify)
	if err != nil || notify&store.NotifyAsked == 0 {
		return err
	}
	return addNotice(ctx, tx, b.org, b.message, store.Disowned, store.ViaMail, "", now)
}

// ReleaseMessage implements [store.Admin].
func (db *DB) ReleaseMessage(ctx context.Context, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) error {
	return db.Change(ctx, "release message", func(tx *sql.Tx) error {
		b := behind{org: org, message: id}
		var sealed bool
		err := tx.QueryRowContext(ctx, `
			SELECT m.recipient_id, `+held+` AND m.wiped_at IS NULL
			  FROM messages m
			  JOIN recipients r ON r.id = m.recipient_id AND r.org_id = m.org_id
			 WHERE m.id = $1
			   AND m.org_id = $2`, id, org).Scan(&b.recipient, &sealed)
		if err != nil {
			return err
		}
		if !sealed {
			return store.ErrConflict
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE messages
			   SET released_at = $1
			 WHERE id = $2`, Micros(at), id)
		if err != nil {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.Released, by, at))
	})
}

// forgetCodes forgets those that nobody can use any more.
func forgetCodes(ctx context.Context, tx *sql.Tx, at time.Time) error {
	_, err := tx.ExecContext(ctx, `
		DELETE FROM codes
		 WHERE asked_at <= $1`, Micros(at.Add(-24*time.Hour)))
	return err
}
