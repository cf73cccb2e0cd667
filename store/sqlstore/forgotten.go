package sqlstore

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"securetext/store"
)

// forgettableRecipient is what a recipient r of an org o must be to be forgotten.
const forgettableRecipient = `r.refusal IS NULL
	   AND r.refusal_under IS NULL
	   AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.recipient_id = r.id)
	   AND NOT EXISTS (SELECT 1 FROM recipients f WHERE f.family_id = r.id)
	   AND NOT EXISTS (SELECT 1
	                     FROM holds h
	                    WHERE h.lifted_at IS NULL
	                      AND h.org_id = r.org_id
	                      AND (h.recipient_id = r.id OR h.recipient_id = r.family_id))`

// ForgetRecipients implements [store.Retention]. A message that is taken in at that
// moment may have seen the recipient who then goes: [remindForgotten] puts them back.
func (db *DB) ForgetRecipients(ctx context.Context, above store.RecipientID, limit int, now time.Time) (n int, last store.RecipientID, err error) {
	const op = "forget recipients"
	looked, err := collect(ctx, db.read, scanLooked, `
		SELECT r.id, r.org_id, CASE WHEN r.created_at <= `+keptSince("$1", "$2")+` AND `+forgettableRecipient+` THEN 1 ELSE 0 END
		  FROM recipients r
		  LEFT JOIN orgs o ON o.id = r.org_id
		 WHERE r.id > $3
		 ORDER BY r.id
		 LIMIT `+strconv.Itoa(limit), Micros(now), store.MinKeep.Microseconds(), above)
	if err != nil || len(looked) == 0 {
		return 0, "", db.fault(ctx, op, err)
	}
	last = looked[len(looked)-1].recipient
	err = db.Change(ctx, op, func(tx *sql.Tx) error {
		n = 0
		var past []behind
		for _, l := range looked {
			if !l.gone {
				past = append(past, l)
			}
		}
		if err := gates(ctx, tx, orgsOf(past)); err != nil {
			return err
		}
		for _, b := range past {
			gone, err := forgetRecipient(ctx, tx, b, now)
			if err != nil {
				return err
			}
			if gone {
				n++
			}
		}
		return nil
	})
	if err != nil {
		return 0, "", err
	}
	return n, last, nil
}

// scanLooked says of who stays that they are gone from the list.
func scanLooked(r row) (behind, error) {
	var b behind
	var past int
	err := r.Scan(&b.recipient, &b.org, &past)
	b.gone = past == 0
	return b, err
}

func forgetRecipient(ctx context.Context, tx *sql.Tx, b behind, now time.Time) (bool, error) {
	n, err := count(tx.ExecContext(ctx, `
		INSERT INTO forgotten (id, org_id, family_id, key_version, key_wrapped, number, person, created_at, forgotten_at)
		SELECT r.id, r.org_id, r.family_id, r.key_version, r.key_wrapped, r.number, r.person, r.created_at, $1
		  FROM recipients r
		 WHERE r.id = $2
		   AND `+forgettableRecipient+`
		    ON CONFLICT (id) DO NOTHING`, Micros(now), b.recipient))
	if err != nil || n == 0 {
		return false, err
	}
	if err := deleteAll(ctx, tx, string(b.recipient),
		`DELETE FROM passkeys WHERE recipient_id = $1`,
		`DELETE FROM challenges WHERE recipient_id = $1`,
		`DELETE FROM devices WHERE recipient_id = $1`,
		`DELETE FROM codes WHERE recipient_id = $1`,
		`DELETE FROM number_hashes WHERE recipient_id = $1`,
		`DELETE FROM recipients WHERE id = $1`); err != nil {
		return false, err
	}
	return true, AddEvent(ctx, tx, store.Event{
		Org: b.org, Recipient: b.recipient, Kind: store.Forgotten, By: system("retention"), Detail: "recipient", At: now,
	})
}

// remindForgotten puts recipients back to whom a message was under way, and drops the
// others after [store.ForgottenLife].
func remindForgotten(ctx context.Context, tx *sql.Tx, at time.Time) error {
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO recipients (id, org_id, family_id, key_version, key_wrapped, number, person, created_at)
		SELECT f.id, f.org_id, f.family_id, f.key_version, f.key_wrapped, f.number, f.person, f.created_at
		  FROM forgotten f
		 WHERE EXISTS (SELECT 1
		                 FROM messages m
		                WHERE m.recipient_id = f.id
		                   OR m.recipient_id IN (SELECT p.id FROM recipients p WHERE p.family_id = f.id)
		                   OR m.recipient_id IN (SELECT p.id FROM forgotten p WHERE p.family_id = f.id))
		    ON CONFLICT (id) DO NOTHING`); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		DELETE FROM forgotten
		 WHERE forgotten_at <= $1`, Micros(at.Add(-store.ForgottenLife)))
	return err
}
