package postgres

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"securetext/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date, over a connection of its own: a
// migration may take longer than any statement otherwise.
func migrate(ctx context.Context, config pgx.ConnConfig) error {
	params := map[string]string{}
	for name, value := range config.RuntimeParams {
		params[name] = value
	}
	params["statement_timeout"] = "0"
	config.RuntimeParams = params
	db := stdlib.OpenDB(config)
	defer db.Close()
	if err := db.PingContext(ctx); err != nil {
		return unreachable(err)
	}
	provider, err := newProvider(db)
	if err != nil {
		return err
	}
	return up(ctx, provider)
}

// newProvider makes one that holds an advisory lock while it works, so that of
// several processes that start at once one migrates and the others wait.
func newProvider(db *sql.DB) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 3600)) // seconds between tries, tries
	if err != nil {
		return nil, err
	}
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithSessionLocker(locker))
}

func up(ctx context.Context, provider *goose.Provider) error {
	sources := provider.ListSources()
	newest := sources[len(sources)-1].Version
	version, err := provider.GetDBVersion(ctx) // under the lock; makes goose's table
	switch {
	case err != nil:
		return translate(err)
	case version > newest:
		return fmt.Errorf("schema %d, want %d at most: %w", version, newest, store.ErrNewerSchema)
	case version == newest:
		return nil
	}
	if _, err := provider.Up(ctx); err != nil {
		return translate(err)
	}
	return nil
}
