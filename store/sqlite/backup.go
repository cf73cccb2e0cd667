package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"securetext/store"
	"securetext/store/sqlstore"
)

// Backup implements [store.Backup]: in one transaction that reads, which sees nothing
// of what comes after it began.
func (db *DB) Backup(ctx context.Context, records, keys io.Writer) (int64, error) {
	var schema int64
	err := db.backup(ctx, records, keys, &schema)
	if err != nil {
		return 0, fmt.Errorf("back up: %w", translate(err))
	}
	return schema, nil
}

func (db *DB) backup(ctx context.Context, records, keys io.Writer, schema *int64) error {
	pool := db.file.readers()
	defer pool.Close()
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := tx.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version`).Scan(schema); err != nil {
		return err
	}
	var shape sqlstore.Shape
	if shape.Tables, err = tablesOf(ctx, tx); err != nil {
		return err
	}
	if shape.Refers, err = references(ctx, tx); err != nil {
		return err
	}
	if shape.Counters, err = counters(ctx, tx); err != nil {
		return err
	}
	return sqlstore.Dump(ctx, tx, shape, records, keys)
}

// tablesOf are our tables.
func tablesOf(ctx context.Context, tx *sql.Tx) (names []string, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT name
		  FROM sqlite_schema
		 WHERE type = 'table'
		   AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
		   AND name <> 'goose_db_version'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// references are which tables refer to which.
func references(ctx context.Context, tx *sql.Tx) (map[string][]string, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT t.name, f."table"
		  FROM sqlite_schema t, pragma_foreign_key_list(t.name) f
		 WHERE t.type = 'table'`)
	if err != nil {
		return nil, err
	}
	return sqlstore.Pairs(rows)
}

// Restore puts a backup into the file at path, which has nothing in it or is not there:
// into the tables of that time, which are brought up to date then.
func Restore(ctx context.Context, path string, r store.Restoration) (done store.Restored, err error) {
	f, err := locate(path)
	if err != nil {
		return done, err
	}
	db := f.writer()
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := migrateTo(ctx, db, r.Schema); err != nil {
		return done, fmt.Errorf("restore: %w", translate(err))
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return done, fmt.Errorf("restore: %w", translate(err))
	}
	defer tx.Rollback()
	if done, err = sqlstore.Restore(ctx, tx, sqlstore.Target{SetCounters: setCounters}, r); err == nil {
		err = tx.Commit()
	}
	if err == nil {
		err = migrate(ctx, db)
	}
	if err != nil {
		return done, fmt.Errorf("restore: %w", translate(err))
	}
	return done, nil
}

// counters are the numbers that were given last, by table.
func counters(ctx context.Context, tx *sql.Tx) (map[string]int64, error) {
	rows, err := tx.QueryContext(ctx, `SELECT name, seq FROM sqlite_sequence WHERE name <> 'goose_db_version'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	last := map[string]int64{}
	for rows.Next() {
		var table string
		var n int64
		if err := rows.Scan(&table, &n); err != nil {
			return nil, err
		}
		last[table] = n
	}
	return last, rows.Err()
}

// setCounters goes on behind them. A table that nothing was put into has none yet.
func setCounters(ctx context.Context, tx *sql.Tx, last map[string]int64) error {
	for table, n := range last {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sqlite_sequence WHERE name = $1`, table); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)`, table, n); err != nil {
			return err
		}
	}
	return nil
}

// migrateTo makes the tables of a version. One that this program does not know is
// [store.ErrNewerSchema], tables of a later one [store.ErrNotEmpty].
func migrateTo(ctx context.Context, db *sql.DB, version int64) error {
	p, err := newProvider(db)
	if err != nil {
		return err
	}
	there, newest, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return err
	case version > newest:
		return store.ErrNewerSchema
	case there > version:
		return store.ErrNotEmpty
	}
	_, err = p.UpTo(ctx, version)
	return err
}
