package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"securetext/store"
)

// KeepChallenge implements [store.Reader]. The recipient is held, so that no more
// than are allowed come together.
func (db *DB) KeepChallenge(ctx context.Context, c store.Challenge, now time.Time) ([]store.Passkey, error) {
	var list []store.Passkey
	err := db.Change(ctx, "keep challenge", func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, c.Link, now)
		if err != nil {
			return err
		}
		if b.gone {
			return store.ErrGone
		}
		if _, _, err := holdRecipient(ctx, tx, b); err != nil {
			return err
		}
		if list, err = passkeysOf(ctx, tx, b); err != nil {
			return err
		}
		switch {
		case c.Device == (store.DeviceHash{}), c.Purpose == store.ToAdd && len(list) >= store.MostPasskeys:
			return store.ErrConflict
		case c.Purpose == store.ToUnlock && len(list) == 0:
			return store.ErrNotFound
		}
		if err := putChallenge(ctx, tx, b, c, now); err != nil {
			return err
		}
		return dropChallenges(ctx, tx, b)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func putChallenge(ctx context.Context, tx *sql.Tx, b behind, c store.Challenge, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO challenges (recipient_id, device, org_id, purpose, challenge, asked_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		    ON CONFLICT (recipient_id, device) DO UPDATE
		   SET purpose = excluded.purpose, challenge = excluded.challenge, asked_at = excluded.asked_at`,
		b.recipient, c.Device[:], b.org, c.Purpose, c.Value[:], Micros(now))
	return err
}

// dropChallenges drops the oldest of those too many that wait for browsers which
// never signed in. So whoever holds a link cannot fill the store by asking as
// ever other browsers, nor take away what the patient's own is about to sign.
func dropChallenges(ctx context.Context, tx *sql.Tx, b behind) error {
	found, err := collect(ctx, tx, scanChallenge, `
		SELECT c.recipient_id, c.device
		  FROM challenges c
		  LEFT JOIN devices d ON d.recipient_id = c.recipient_id AND d.device = c.device
		 WHERE c.recipient_id = $1
		   AND COALESCE(d.known_at, 0) = 0
		 ORDER BY c.asked_at DESC, c.device
		 LIMIT 1000 OFFSET $2`, b.recipient, store.MostChallenges)
	if err != nil {
		return err
	}
	return dropEach(ctx, tx, found)
}

// challenge names one that waits.
type challenge struct {
	recipient store.RecipientID
	device    []byte
}

func scanChallenge(r row) (c challenge, err error) {
	err = r.Scan(&c.recipient, &c.device)
	return c, err
}

// dropEach drops challenges in one order, as all who drop several do.
func dropEach(ctx context.Context, tx *sql.Tx, found []challenge) error {
	for _, i := range inOrder(found, func(c challenge) string { return string(c.recipient) + string(c.device) }) {
		_, err := tx.ExecContext(ctx, `
			DELETE FROM challenges
			 WHERE recipient_id = $1
			   AND device = $2`, found[i].recipient, found[i].device)
		if err != nil {
			return err
		}
	}
	return nil
}

// TakeChallenge implements [store.Reader]. Only the purpose and the time tell
// whether it is given; it is gone in any case.
func (db *DB) TakeChallenge(ctx context.Context, c store.Challenge, now time.Time) ([32]byte, []store.Passkey, error) {
	const op = "take challenge"
	var value [32]byte
	var list []store.Passkey
	var outcome error
	err := db.Change(ctx, op, func(tx *sql.Tx) error {
		b, err := findBehind(ctx, tx, c.Link, now)
		if err != nil {
			return err
		}
		var purpose store.Purpose
		var taken []byte
		var asked int64
		err = tx.QueryRowContext(ctx, `
			DELETE FROM challenges
			 WHERE recipient_id = $1
			   AND device = $2
			   AND org_id = $3
			RETURNING purpose, challenge, asked_at`, b.recipient, c.Device[:], b.org).Scan(&purpose, &taken, &asked)
		if errors.Is(err, sql.ErrNoRows) {
			return store.ErrGone
		}
		if err != nil {
			return err
		}
		outcome = nil
		if b.gone || purpose != c.Purpose || !now.Before(Time(asked).Add(store.ChallengeLife)) {
			outcome = store.ErrGone
			return nil
		}
		copy(value[:], taken)
		list, err = passkeysOf(ctx, tx, b)
		return err
	})
	if err == nil {
		err = db.fault(ctx, op, outcome)
	}
	if err != nil {
		return [32]byte{}, nil, err
	}
	return value, list, nil
}

// forgetChallenges forgets those that nobody answered in time.
func forgetChallenges(ctx context.Context, tx *sql.Tx, at time.Time) error {
	found, err := collect(ctx, tx, scanChallenge, `
		SELECT recipient_id, device
		  FROM challenges
		 WHERE asked_at <= $1
		 ORDER BY asked_at
		 LIMIT 1000`, Micros(at.Add(-store.ChallengeLife)))
	if err != nil {
		return err
	}
	return dropEach(ctx, tx, found)
}
