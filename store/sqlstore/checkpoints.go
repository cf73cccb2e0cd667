package sqlstore

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"securetext/store"
)

// AddCheckpoint implements [store.ProvedLog]. Whose key signs after a restore was
// looked at before the first is added.
func (db *DB) AddCheckpoint(ctx context.Context, behind int64, c store.StoredCheckpoint) error {
	return db.Change(ctx, "add checkpoint", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `
			UPDATE log_state
			   SET restored_at = 0
			 WHERE id = 1`); err != nil {
			return err
		}
		var largest int64
		err := tx.QueryRowContext(ctx, `
			SELECT COALESCE(MAX(size), 0)
			  FROM log_checkpoints`).Scan(&largest)
		if err != nil {
			return err
		}
		if largest != behind || c.Size <= behind {
			return store.ErrConflict
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO log_checkpoints (size, note, at)
			VALUES ($1, $2, $3)`, c.Size, c.Note, Micros(c.At))
		return err
	})
}

const checkpointColumns = `size, note, at`

// Checkpoints implements [store.ProvedLog].
func (db *DB) Checkpoints(ctx context.Context, above int64, limit int) ([]store.StoredCheckpoint, error) {
	list, err := collect(ctx, db.read, scanCheckpoint, `
		SELECT `+checkpointColumns+`
		  FROM log_checkpoints
		 WHERE size > $1
		 ORDER BY size
		 LIMIT `+strconv.Itoa(limit), above)
	return list, db.fault(ctx, "list checkpoints", err)
}

// LastCheckpoint implements [store.ProvedLog].
func (db *DB) LastCheckpoint(ctx context.Context) (store.StoredCheckpoint, error) {
	c, err := scanCheckpoint(db.read.QueryRowContext(ctx, `
		SELECT `+checkpointColumns+`
		  FROM log_checkpoints
		 ORDER BY size DESC
		 LIMIT 1`))
	return c, db.fault(ctx, "find the last checkpoint", err)
}

func scanCheckpoint(r row) (store.StoredCheckpoint, error) {
	var c store.StoredCheckpoint
	var at int64
	err := r.Scan(&c.Size, &c.Note, &at)
	c.At = Time(at)
	return c, err
}

// ClaimPush implements [store.ProvedLog]. It is asked again and again: most often the
// target has it, and nothing is written.
func (db *DB) ClaimPush(ctx context.Context, target string, size int64, until, now time.Time) (bool, error) {
	var settled int
	err := db.read.QueryRowContext(ctx, `
		SELECT COUNT(*)
		  FROM log_pushes
		 WHERE target = $1
		   AND (size >= $2 OR due_at > $3)`, target, size, Micros(now)).Scan(&settled)
	if err != nil || settled > 0 {
		return false, db.fault(ctx, "look at pushes", err)
	}
	claimed := false
	err = db.Change(ctx, "claim push", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO log_pushes (target, size, due_at)
			VALUES ($1, -1, $2)
			    ON CONFLICT (target) DO UPDATE
			   SET due_at = excluded.due_at
			 WHERE log_pushes.size < $3
			   AND log_pushes.due_at <= $4`, target, Micros(until), size, Micros(now))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		claimed = n > 0
		return err
	})
	return claimed && err == nil, err
}

// Pushed implements [store.ProvedLog].
func (db *DB) Pushed(ctx context.Context, target string, size int64, next time.Time) error {
	return db.Change(ctx, "record push", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE log_pushes
			   SET size = $1, due_at = $2
			 WHERE target = $3
			   AND size <= $1`, size, Micros(next), target)
		return err
	})
}
