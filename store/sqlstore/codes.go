package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"securetext/store"
	"securetext/store/token"
)

// AskCode implements [store.Reader]. The number's own recipient is held before it is
// looked how many went there, so of two at once the later finds a code asked for.
func (db *DB) AskCode(ctx context.Context, hash token.Hash, device store.DeviceHash, by store.Actor, now time.Time) error {
	return db.Change(ctx, "ask for code", func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, hash, now)
		if err != nil {
			return err
		}
		if _, err := holdWaiting(ctx, tx, b); err != nil {
			return err
		}
		if err := hold(ctx, tx, b, now); err != nil {
			return err
		}
		number, refused, err := holdRecipient(ctx, tx, b)
		if err != nil {
			return err
		}
		if refused || device == (store.DeviceHash{}) {
			return store.ErrConflict
		}
		if err := mayAsk(ctx, tx, number, now); err != nil {
			return err
		}
		if err := dropCodes(ctx, tx, b.recipient, "device = $2", device); err != nil {
			return err
		}
		if err := queueCode(ctx, tx, b, device, now); err != nil {
			return err
		}
		return AddEvent(ctx, tx, b.event(store.CodeAsked, by, now))
	})
}

// holdRecipient keeps a recipient from changing until the transaction ends, and
// before it the number's own. The message comes before them, the texts that wait,
// the codes and the devices after them.
func holdRecipient(ctx context.Context, tx *sql.Tx, b behind) (number store.RecipientID, refused bool, err error) {
	number, err = familyOf(ctx, tx, b)
	if err != nil {
		return "", false, err
	}
	for _, id := range slices.Compact([]store.RecipientID{number, b.recipient}) {
		var this bool
		err := tx.QueryRowContext(ctx, `
			UPDATE recipients
			   SET refusal = refusal
			 WHERE id = $1
			   AND org_id = $2
			RETURNING refusal IS NOT NULL`, id, b.org).Scan(&this)
		if err != nil {
			return "", false, err
		}
		refused = refused || this
	}
	return number, refused, nil
}

// mayAsk looks how many codes were texted of late to all who share a held number.
func mayAsk(ctx context.Context, tx *sql.Tx, number store.RecipientID, now time.Time) error {
	all, err := family(ctx, tx, number)
	if err != nil {
		return err
	}
	c := new(conditions)
	minute := c.arg(Micros(now.Add(-store.CodeEvery)))
	in(c, "recipient_id", all)
	c.add("kind = %s", store.CodeAsked)
	c.add("at > %s", Micros(now.Add(-24*time.Hour)))
	var lately, today int
	err = tx.QueryRowContext(ctx, `
		SELECT COALESCE(sum(CASE WHEN at > `+minute+` THEN 1 ELSE 0 END), 0), count(*)
		  FROM events
		 `+c.where(), c.args...).Scan(&lately, &today)
	if err == nil && (lately > 0 || today >= store.MostCodes) {
		err = store.ErrThrottled
	}
	return err
}

// queueCode queues the text with a code, which is made when it is sent.
func queueCode(ctx context.Context, tx *sql.Tx, b behind, device store.DeviceHash, now time.Time) error {
	var row store.OutboxID
	err := tx.QueryRowContext(ctx, `
		INSERT INTO outbox (org_id, message_id, recipient_id, kind, due_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $5)
		RETURNING id`, b.org, b.message, b.recipient, store.CodeText, Micros(now)).Scan(&row)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO codes (recipient_id, device, org_id, outbox_id, asked_at)
		VALUES ($1, $2, $3, $4, $5)`, b.recipient, device[:], b.org, row, Micros(now))
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
func (db *DB) TryCode(ctx context.Context, hash token.Hash, device store.DeviceHash, given []store.CodeHash, by store.Actor, now time.Time) error {
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
		if !isOneOf(texted, given) {
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

// proved uses a code up and records what it proved. The wait after wrong passwords
// is over, since it may last longer than the proof; their count stays.
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
		   SET proved_at = excluded.proved_at, retry_at = 0`, b.recipient, device[:], b.org, Micros(now))
	if err != nil {
		return err
	}
	return AddEvent(ctx, tx, b.event(store.Proved, by, now))
}

// forgetCodes forgets those that nobody can use any more, in the order of their
// texts' rows, as all who hold several do.
func forgetCodes(ctx context.Context, tx *sql.Tx, at time.Time) error {
	old := Micros(at.Add(-codeMemory))
	found, err := collect(ctx, tx, scanCode, `
		SELECT recipient_id, device, outbox_id
		  FROM codes
		 WHERE asked_at <= $1
		 ORDER BY outbox_id
		 LIMIT 1000`, old)
	if err != nil {
		return err
	}
	for _, c := range found {
		_, err := tx.ExecContext(ctx, `
			DELETE FROM codes
			 WHERE recipient_id = $1
			   AND device = $2
			   AND asked_at <= $3`, c.recipient, c.device, old)
		if err != nil {
			return err
		}
	}
	return nil
}

// codeMemory is how long a code is kept at most, used or not.
const codeMemory = 24 * time.Hour

// code is one that was asked for.
type code struct {
	recipient store.RecipientID
	device    []byte
	row       store.OutboxID // of its text
}

func scanCode(r row) (c code, err error) {
	err = r.Scan(&c.recipient, &c.device, &c.row)
	return c, err
}

// dropCodes drops codes of a held recipient, with the texts that wait to bring
// them, whose messages are held: the texts come first, as whoever is about to send
// one holds it and then its code. The condition compares with a device, as $2.
func dropCodes(ctx context.Context, tx *sql.Tx, id store.RecipientID, condition string, device store.DeviceHash) error {
	found, err := collect(ctx, tx, scanCode, `
		SELECT recipient_id, device, outbox_id
		  FROM codes
		 WHERE recipient_id = $1
		   AND `+condition+`
		 ORDER BY outbox_id`, id, device[:])
	if err != nil {
		return err
	}
	for _, c := range found {
		_, err := tx.ExecContext(ctx, `
			DELETE FROM outbox
			 WHERE id = $1`, c.row)
		if err != nil {
			return err
		}
	}
	for _, c := range found {
		_, err := tx.ExecContext(ctx, `
			DELETE FROM codes
			 WHERE recipient_id = $1
			   AND device = $2`, c.recipient, c.device)
		if err != nil {
			return err
		}
	}
	return nil
}
