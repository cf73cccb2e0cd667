package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"securetext/store"
	"securetext/store/sqlstore"
)

// Backup implements [store.Backup]: in one transaction that reads and sees nothing of
// what comes after it began. It holds no locks that others would wait for.
func (db *DB) Backup(ctx context.Context, records, keys io.Writer) (schema int64, err error) {
	pool := patient(*db.pool.Config().ConnConfig)
	defer pool.Close()
	tx, err := pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return 0, fault(ctx, "back up", err)
	}
	defer tx.Rollback()
	if err := tx.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version`).Scan(&schema); err != nil {
		return 0, fault(ctx, "back up", err)
	}
	var shape sqlstore.Shape
	if shape.Tables, err = tablesOf(ctx, tx); err == nil {
		shape.Counters, err = counters(ctx, tx)
	}
	if err == nil {
		shape.Refers, err = references(ctx, tx)
	}
	if err == nil {
		err = sqlstore.Dump(ctx, tx, shape, records, keys)
	}
	return schema, fault(ctx, "back up", err)
}

// patient is a pool whose statements may take their time, and read whole tables.
func patient(config pgx.ConnConfig) *sql.DB {
	config.RuntimeParams = maps.Clone(config.RuntimeParams)
	config.RuntimeParams["statement_timeout"] = "0"
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	config.RuntimeParams["enable_seqscan"] = "on"
	return stdlib.OpenDB(config)
}

// tablesOf are our tables.
func tablesOf(ctx context.Context, tx *sql.Tx) (names []string, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT table_name
		  FROM information_schema.tables
		 WHERE table_schema = current_schema()
		   AND table_type = 'BASE TABLE'
		   AND table_name <> 'goose_db_version'`)
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
		SELECT a.relname, b.relname
		  FROM pg_constraint c
		  JOIN pg_class a ON a.oid = c.conrelid
		  JOIN pg_class b ON b.oid = c.confrelid
		 WHERE c.contype = 'f'
		   AND a.relnamespace = current_schema()::regnamespace`)
	if err != nil {
		return nil, err
	}
	return sqlstore.Pairs(rows)
}

// Restore puts a backup into a database that has nothing in it: into the tables of that
// time, which are brought up to date then.
func Restore(ctx context.Context, url string, r store.Restoration) (done store.Restored, err error) {
	config, err := parse(url)
	if err != nil {
		return done, err
	}
	db := patient(*config.ConnConfig)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.PingContext(ctx); err != nil {
		return done, fmt.Errorf("restore: %w", unreachable(err))
	}
	if err := migrateTo(ctx, db, r.Schema); err != nil {
		return done, fault(ctx, "restore", err)
	}
	if done, err = restore(ctx, db, r); err != nil {
		return done, fault(ctx, "restore", err)
	}
	return done, migrate(ctx, *config.ConnConfig)
}

func restore(ctx context.Context, db *sql.DB, r store.Restoration) (store.Restored, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return store.Restored{}, err
	}
	defer tx.Rollback()
	done, err := sqlstore.Restore(ctx, tx, sqlstore.Target{Into: "OVERRIDING SYSTEM VALUE", SetCounters: setCounters}, r)
	if err != nil {
		return done, err
	}
	return done, tx.Commit()
}

// counters are the numbers that the server gave last, by table.
func counters(ctx context.Context, tx *sql.Tx) (map[string]int64, error) {
	columns, err := countedColumns(ctx, tx)
	if err != nil {
		return nil, err
	}
	last := map[string]int64{}
	for table, column := range columns {
		var n int64
		err := tx.QueryRowContext(ctx, `SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass), 0)`, table, column).Scan(&n)
		if err != nil {
			return nil, err
		}
		last[table] = n
	}
	return last, nil
}

// setCounters has the server go on behind them.
func setCounters(ctx context.Context, tx *sql.Tx, last map[string]int64) error {
	columns, err := countedColumns(ctx, tx)
	if err != nil {
		return err
	}
	for table, column := range columns {
		if _, err := tx.ExecContext(ctx, `SELECT setval(pg_get_serial_sequence($1, $2)::regclass, $3::bigint + 1, false)`, table, column, last[table]); err != nil {
			return err
		}
	}
	return nil
}

// countedColumns are those whose values the server counts up, by table.
func countedColumns(ctx context.Context, tx *sql.Tx) (map[string]string, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT table_name, column_name
		  FROM information_schema.columns
		 WHERE table_schema = current_schema()
		   AND is_identity = 'YES'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		found[table] = column
	}
	return found, rows.Err()
}

// migrateTo makes the tables of a version. One that this program does not know is
// [store.ErrNewerSchema], tables of a later one [store.ErrNotEmpty].
func migrateTo(ctx context.Context, db *sql.DB, version int64) error {
	p, err := newProvider(db)
	if err != nil {
		return err
	}
	sources := p.ListSources()
	there, err := p.GetDBVersion(ctx)
	switch {
	case err != nil:
		return err
	case version > sources[len(sources)-1].Version:
		return store.ErrNewerSchema
	case there > version:
		return store.ErrNotEmpty
	}
	_, err = p.UpTo(ctx, version)
	return err
}
