package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"securetext/store"
)

// keptSince is since when an org o keeps what is on record, by the time and the least
// span that are these arguments. An org that is not there keeps the least.
func keptSince(now, least string) string {
	return `(` + now + ` - CASE WHEN COALESCE(o.keep, 0) > ` + least + ` THEN o.keep ELSE ` + least + ` END)`
}

// ForgetMessages implements [store.Retention].
func (db *DB) ForgetMessages(ctx context.Context, org store.OrgID, limit int, now time.Time) (int, error) {
	n := 0
	err := db.Change(ctx, "forget messages", func(tx *sql.Tx) error {
		if err := gate(ctx, tx, org); err != nil {
			return err
		}
		ids, err := forgettable(ctx, tx, org, limit, now)
		if n = len(ids); err != nil || n == 0 {
			return err
		}
		for _, from := range []struct{ table, column string }{{"links", "message_id"}, {"messages", "id"}} {
			c := new(conditions)
			in(c, from.column, ids)
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+from.table+" "+c.where(), c.args...); err != nil {
				return err
			}
		}
		return AddEvent(ctx, tx, store.Event{
			Org: org, Kind: store.Forgotten, By: system("retention"), Detail: fmt.Sprintf("messages %d", n), At: now,
		})
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// forgettable are messages past their time. Their ids sort by time, so those that are
// not do not have to be looked at.
func forgettable(ctx context.Context, tx *sql.Tx, org store.OrgID, limit int, now time.Time) ([]store.MessageID, error) {
	var since int64
	err := tx.QueryRowContext(ctx, `
		SELECT `+keptSince("$1", "$2")+`
		  FROM orgs o
		 WHERE o.id = $3`, Micros(now), store.MinKeep.Microseconds(), org).Scan(&since)
	if err != nil {
		return nil, err
	}
	return collect(ctx, tx, scanMessageID, `
		SELECT m.id
		  FROM messages m
		 WHERE m.org_id = $1
		   AND m.id < $2
		   AND m.wiped_at <= $3
		   AND NOT `+onHold+`
		 ORDER BY m.id
		 LIMIT $4`, org, store.FirstMessageID(Time(since)), since, limit)
}

// ForgetTexts implements [store.Retention].
func (db *DB) ForgetTexts(ctx context.Context, above store.TextID, limit int, now time.Time) (n int, last store.TextID, err error) {
	const op = "forget texts"
	err = db.read.QueryRowContext(ctx, `
		SELECT COALESCE(MAX(id), '')
		  FROM (SELECT id
		          FROM texts
		         WHERE id > $1
		           AND id < $2
		         ORDER BY id
		         LIMIT `+strconv.Itoa(limit)+`) AS looked`, above, store.FirstTextID(now.Add(-store.MinKeep))).Scan(&last)
	if err != nil || last == "" {
		return 0, "", db.fault(ctx, op, err)
	}
	err = db.Change(ctx, op, func(tx *sql.Tx) error {
		n, err = count(tx.ExecContext(ctx, `
			DELETE FROM texts AS t
			 WHERE t.id > $1
			   AND t.id <= $2
			   AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = t.message_id)`, above, last))
		return err
	})
	if err != nil {
		return 0, "", err
	}
	return n, last, nil
}

// count is how many rows a statement changed.
func count(res sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// Overdue implements [store.Retention].
func (db *DB) Overdue(ctx context.Context, now time.Time) (time.Time, error) {
	var oldest int64
	err := db.read.QueryRowContext(ctx, `
		SELECT m.expires_at
		  FROM messages m
		 WHERE m.expires_at <= $1
		   AND m.wiped_at IS NULL
		   AND NOT `+onHold+`
		 ORDER BY m.expires_at
		 LIMIT 1`, Micros(now)).Scan(&oldest)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return Time(oldest), db.fault(ctx, "look for what is overdue", err)
}
