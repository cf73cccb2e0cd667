package main

import (
	"context"

	"securetext/configs"
	"securetext/gateway/limit"
	"securetext/pickup/session"
	"securetext/pickup/session/memory"
	"securetext/pickup/session/redis"
	"securetext/store"
	"securetext/store/postgres"
	"securetext/store/seal"
	"securetext/store/sqlite"
)

// whole is a store that can be copied out.
type whole interface {
	store.Store
	store.Backup
}

// restoreStore puts a backup into the store of the settings, which has to be empty.
func restoreStore(ctx context.Context, cfg *configs.Config, r store.Restoration) (store.Restored, error) {
	if cfg.DatabaseURL != "" {
		return postgres.Restore(ctx, string(cfg.DatabaseURL), r)
	}
	return sqlite.Restore(ctx, cfg.SQLiteFile(), r)
}

// openStore opens Postgres if it is configured, else the SQLite file.
func openStore(ctx context.Context, cfg *configs.Config) (whole, error) {
	if cfg.DatabaseURL != "" {
		return postgres.Open(ctx, string(cfg.DatabaseURL))
	}
	return sqlite.Open(ctx, cfg.SQLiteFile())
}

// shared is what the processes of one service share besides the store: sessions
// and the counts of who does how much.
type shared interface {
	session.Store
	Ping(ctx context.Context) error
	Close() error
	limiter(index seal.Index) limit.Limiter
	staff() session.Store // where staff are signed in, apart from patients
}

// openShared opens Redis if it is configured, else the memory of this process.
// Redis need not be up yet.
func openShared(cfg *configs.Config) (shared, error) {
	if cfg.RedisURL == "" {
		return inMemory{memory.New(session.PatientLimits), memory.New(session.StaffLimits)}, nil
	}
	st, err := redis.Open(string(cfg.RedisURL), session.PatientLimits)
	return inRedis{st}, err
}

type inRedis struct{ *redis.Store }

func (r inRedis) staff() session.Store { return r.Beside("staff", session.StaffLimits) }

// limiter hides its keys by a secret of its own, made from that of the phone
// numbers, which stands in no database either. Without Redis intake goes on.
func (r inRedis) limiter(index seal.Index) limit.Limiter {
	secret := index.Sum("secret of the rate limits")
	return limit.Fallback{
		Shared: limit.NewRedis(r.Client(), r.Prefix(), secret[:]),
		Own:    limit.NewMemory(limited),
	}
}

// inMemory is always there, and nothing of it remains to be closed.
type inMemory struct {
	*memory.Store
	people *memory.Store
}

func (m inMemory) staff() session.Store     { return m.people }
func (inMemory) Ping(context.Context) error { return nil }
func (inMemory) Close() error               { return nil }

// limited is how many senders, blocks of numbers and addresses are counted.
const limited = 100_000

func (inMemory) limiter(seal.Index) limit.Limiter { return limit.NewMemory(limited) }
