package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"securetext/store"
)

// Unreported implements [store.Outbox]. Texts are claimed in the order of their
// ids, as all who hold several do.
func (db *DB) Unreported(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]store.Unreported, error) {
	var claimed []store.Unreported
	err := db.Change(ctx, "claim checks", func(tx *sql.Tx) error {
		claimed = nil
		found, err := collect(ctx, tx, scanUnreported, `
			SELECT t.id, t.provider_id, t.road, m.test, t.checks, t.sent_at
			  FROM texts t
			  JOIN messages m ON m.id = t.message_id
			 WHERE t.check_at <= $1
			 ORDER BY t.check_at
			 LIMIT $2`, Micros(now), limit)
		if err != nil {
			return err
		}
		got := make(map[store.TextID]bool, len(found))
		for _, i := range inOrder(found, func(u store.Unreported) store.TextID { return u.Text }) {
			if got[found[i].Text], err = claimCheck(ctx, tx, found[i].Text, lease, now); err != nil {
				return err
			}
		}
		claimed = slices.DeleteFunc(found, func(u store.Unreported) bool { return !got[u.Text] })
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// claimCheck reports false when another was faster, or the text's end was told.
func claimCheck(ctx context.Context, tx *sql.Tx, id store.TextID, lease time.Duration, now time.Time) (bool, error) {
	res, err := tx.ExecContext(ctx, `
		UPDATE texts
		   SET check_at = $1, checks = checks + 1
		 WHERE id = $2
		   AND check_at <= $3`, Micros(now.Add(lease)), id, Micros(now))
	err = oneRow(res, err, sql.ErrNoRows)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func scanUnreported(r row) (store.Unreported, error) {
	var u store.Unreported
	var test int
	var sent int64
	err := r.Scan(&u.Text, &u.ProviderID, &u.Road, &test, &u.Checks, &sent)
	u.Test, u.Sent = test != 0, Time(sent)
	return u, err
}

// Checked implements [store.Outbox]. A text whose end was told meanwhile is asked
// about no more.
func (db *DB) Checked(ctx context.Context, id store.TextID, next time.Time) error {
	return db.Change(ctx, "record check", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE texts
			   SET check_at = $1
			 WHERE id = $2
			   AND check_at IS NOT NULL`, timeOrNull(next), id)
		return err
	})
}

// endChecks asks no more about a held text whose end is known.
func endChecks(ctx context.Context, tx *sql.Tx, t text, state store.TextState) error {
	if rank[state] <= rank[store.TextSent] {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE texts
		   SET check_at = NULL
		 WHERE id = $1`, t.id)
	return err
}
