package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/group"
	"securetext/store/seal"
	"securetext/store/storetest"
)

func Benchmark(b *testing.B) {
	storetest.Bench(b, func(b *testing.B) store.Store { return open(b) })
}

// BenchmarkAccept takes in messages of 2 KB whose ids grow with time, as they
// do outside of tests: what is new is then written side by side.
func BenchmarkAccept(b *testing.B) {
	c := storetest.NewClinic(b, open(b))
	letters := make([]store.Message, 1000)
	for i := range letters {
		letters[i] = c.Write(b, storetest.Number(i), make(seal.Plaintext, 2<<10))
	}
	var next atomic.Int64
	b.SetParallelism(storetest.BenchCallers)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := next.Add(1)
			m := letters[n%1000]
			m.ID = store.NewMessageID(storetest.Noon.Add(time.Duration(n) * time.Millisecond))
			if _, err := c.Accept(b.Context(), c.Acceptance(m)); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

// BenchmarkLimit is what this machine can do at most: three bare rows a message,
// as many callers to a commit as there are.
func BenchmarkLimit(b *testing.B) {
	l := newLimit(b)
	g := group.New(64, l.commit)
	defer g.Close()
	content := make([]byte, 2<<10)
	var next atomic.Int64
	b.SetParallelism(storetest.BenchCallers)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id := "msg_" + strconv.FormatInt(next.Add(1), 10)
			if _, err := g.Do(b.Context(), limitRow{id, content}); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

type limit struct {
	db    *sql.DB
	stmts []*sql.Stmt
}

type limitRow struct {
	id      string
	content []byte
}

func newLimit(b *testing.B) limit {
	b.Helper()
	db, err := sql.Open("sqlite", filepath.Join(b.TempDir(), "limit.db")+"?_txlock=immediate&_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { db.Close() })
	l := limit{db: db}
	for _, create := range []string{
		`CREATE TABLE m (id text PRIMARY KEY, content blob) STRICT`,
		`CREATE TABLE e (seq integer PRIMARY KEY, id text) STRICT`,
		`CREATE TABLE o (seq integer PRIMARY KEY, id text) STRICT`,
		`CREATE INDEX e_id ON e (id)`,
	} {
		if _, err := db.Exec(create); err != nil {
			b.Fatal(err)
		}
	}
	for _, insert := range []string{
		`INSERT INTO m (id, content) VALUES ($1, $2)`,
		`INSERT INTO e (id) VALUES ($1)`,
		`INSERT INTO o (id) VALUES ($1)`,
	} {
		s, err := db.Prepare(insert)
		if err != nil {
			b.Fatal(err)
		}
		l.stmts = append(l.stmts, s)
	}
	return l
}

func (l limit) commit(ctx context.Context, rows []limitRow) ([]struct{}, error) {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	for _, r := range rows {
		for i, s := range l.stmts {
			args := []any{r.id, r.content}
			if i > 0 {
				args = args[:1]
			}
			if _, err := tx.StmtContext(ctx, s).ExecContext(ctx, args...); err != nil {
				return nil, err
			}
		}
	}
	return make([]struct{}, len(rows)), tx.Commit()
}
