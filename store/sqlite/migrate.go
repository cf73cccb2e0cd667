package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"

	"securetext/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables up to date. Another process may do the same at the
// same time: whoever comes second fails, and finds that nothing is left to do.
func migrate(ctx context.Context, db *sql.DB) error {
	p, err := newProvider(db)
	if err != nil {
		return err
	}
	for range 5 {
		if err = up(ctx, p); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, sub,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}

func up(ctx context.Context, p *goose.Provider) error {
	there, newest, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return err
	case there > newest:
		return store.ErrNewerSchema
	case there == newest:
		return nil
	}
	_, err = p.Up(ctx)
	return err
}
