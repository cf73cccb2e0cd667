package postgres_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/sqlstore"
	"securetext/store/storetest"
)

// BenchmarkAcceptAgainstThreeStatements measures small messages taken in by 32
// callers at once against the least that a service could write for each: a
// transaction of message, event and outbox row. Rounds of both alternate, and
// the median of their ratios is given as x.
func BenchmarkAcceptAgainstThreeStatements(b *testing.B) {
	const rounds, callers, each = 5, 32, 3000
	url := database(b, template(b))
	clinic := storetest.NewClinic(b, open(b, url))
	pool := plainPool(b, url, callers)
	m := clinic.Write(b, storetest.Number(1), make(seal.Plaintext, 2<<10))
	b.ResetTimer()
	var ratios []float64
	for range rounds * b.N {
		grouped := rate(b, callers, each, func(ctx context.Context, m store.Message) error {
			_, err := clinic.Accept(ctx, clinic.Acceptance(m))
			return err
		}, m)
		plain := rate(b, callers, each, func(ctx context.Context, m store.Message) error {
			return threeStatements(ctx, pool, m)
		}, m)
		ratios = append(ratios, grouped/plain)
		b.Logf("grouped %.0f/s, three statements %.0f/s", grouped, plain)
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x")
}

func plainPool(b *testing.B, url string, callers int32) *pgxpool.Pool {
	b.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		b.Fatalf("parse url: %v", err)
	}
	config.MaxConns = callers
	pool, err := pgxpool.NewWithConfig(b.Context(), config)
	if err != nil {
		b.Fatalf("connect: %v", err)
	}
	b.Cleanup(pool.Close)
	return pool
}

// rate is how often a second the callers together get f done.
func rate(b *testing.B, callers, n int, f func(context.Context, store.Message) error, m store.Message) float64 {
	b.Helper()
	started := time.Now()
	var next atomic.Int64
	done := make(chan struct{})
	for range callers {
		go func() {
			defer func() { done <- struct{}{} }()
			for next.Add(1) <= int64(n) {
				m := m
				m.ID = store.NewMessageID(storetest.Noon)
				if err := f(b.Context(), m); err != nil {
					b.Errorf("accept: %v", err)
				}
			}
		}()
	}
	for range callers {
		<-done
	}
	return float64(n) / time.Since(started).Seconds()
}

func threeStatements(ctx context.Context, pool *pgxpool.Pool, m store.Message) error {
	at := sqlstore.Micros(m.Created)
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO messages (id, org_id, sender_id, recipient_id, lang, reference, content, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			m.ID, m.Org, m.Sender, m.To.ID, m.Lang, m.Reference, []byte(m.Content), at, sqlstore.Micros(m.Expires))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO events (org_id, message_id, recipient_id, kind, actor_kind, actor_id, addr, detail, at)
			VALUES ($1, $2, $3, 'accepted', 'sender', $4, '', 'smtp', $5)`, m.Org, m.ID, m.To.ID, m.Sender, at)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO outbox (org_id, message_id, recipient_id, kind, due_at, created_at)
			VALUES ($1, $2, $3, 'link', $4, $4)`, m.Org, m.ID, m.To.ID, at)
		return err
	})
}
