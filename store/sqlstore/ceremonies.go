package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"securetext/store"
)

// BeginCeremony implements [store.Personnel].
func (db *DB) BeginCeremony(ctx context.Context, c store.Ceremony) error {
	return db.Change(ctx, "begin ceremony", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO ceremonies (browser, purpose, org_id, staff_id, value, back, begun_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			    ON CONFLICT (browser) DO UPDATE
			   SET purpose = excluded.purpose, org_id = excluded.org_id, staff_id = excluded.staff_id,
			       value = excluded.value, back = excluded.back, begun_at = excluded.begun_at`,
			c.Browser[:], c.Purpose, c.Org, c.Staff, c.Value[:], c.Back, Micros(c.Begun))
		return err
	})
}

// EndCeremony implements [store.Personnel]. Whatever it was for, it is gone.
func (db *DB) EndCeremony(ctx context.Context, browser store.BrowserHash, now time.Time, why ...store.Purpose) (store.Ceremony, error) {
	const op = "end ceremony"
	c := store.Ceremony{Browser: browser}
	err := db.Change(ctx, op, func(tx *sql.Tx) error {
		var value []byte
		var begun int64
		err := tx.QueryRowContext(ctx, `
			DELETE FROM ceremonies
			 WHERE browser = $1
			RETURNING purpose, org_id, staff_id, value, back, begun_at`, browser[:]).
			Scan(&c.Purpose, &c.Org, &c.Staff, &value, &c.Back, &begun)
		if errors.Is(err, sql.ErrNoRows) {
			return store.ErrGone
		}
		copy(c.Value[:], value)
		c.Begun = Time(begun)
		return err
	})
	if err == nil && (!slices.Contains(why, c.Purpose) || !now.Before(c.Begun.Add(store.ChallengeLife))) {
		err = db.fault(ctx, op, store.ErrGone)
	}
	if err != nil {
		return store.Ceremony{}, err
	}
	return c, nil
}

// forgetCeremonies forgets those that nobody ended in time.
func forgetCeremonies(ctx context.Context, tx *sql.Tx, at time.Time) error {
	found, err := collect(ctx, tx, scanBrowser, `
		SELECT browser
		  FROM ceremonies
		 WHERE begun_at <= $1
		 ORDER BY begun_at
		 LIMIT 1000`, Micros(at.Add(-store.ChallengeLife)))
	if err != nil {
		return err
	}
	for _, i := range inOrder(found, func(b []byte) string { return string(b) }) {
		_, err := tx.ExecContext(ctx, `
			DELETE FROM ceremonies
			 WHERE browser = $1
			   AND begun_at <= $2`, found[i], Micros(at.Add(-store.ChallengeLife)))
		if err != nil {
			return err
		}
	}
	return nil
}

func scanBrowser(r row) (b []byte, err error) {
	err = r.Scan(&b)
	return b, err
}
