package notice

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"securetext/store"
)

// queue is a store.Notices in memory. It fails on demand, before it does what it
// is asked.
type queue struct {
	mu    sync.Mutex
	rows  []*row
	fault func(op string) error // nil: none
}

type row struct {
	store.DueNotice
	due     time.Time
	outcome string // empty: it waits; else "sent" or why it was dropped
}

func (q *queue) add(d store.DueNotice) *row {
	q.mu.Lock()
	defer q.mu.Unlock()
	d.Notice = int64(len(q.rows) + 1)
	r := &row{DueNotice: d, due: d.Queued}
	q.rows = append(q.rows, r)
	return r
}

func (q *queue) begin(op string) error {
	q.mu.Lock()
	if q.fault == nil {
		return nil
	}
	err := q.fault(op)
	if err != nil {
		q.mu.Unlock()
	}
	return err
}

// DueNotices implements [store.Notices].
func (q *queue) DueNotices(_ context.Context, limit int, lease time.Duration, now time.Time) ([]store.DueNotice, error) {
	if err := q.begin("DueNotices"); err != nil {
		return nil, err
	}
	defer q.mu.Unlock()
	var due []store.DueNotice
	sorted := slices.SortedStableFunc(slices.Values(q.rows), func(a, b *row) int {
		return cmp.Compare(a.due.UnixNano(), b.due.UnixNano())
	})
	for _, r := range sorted {
		if r.outcome == "" && !r.due.After(now) && len(due) < limit {
			r.Attempt++
			r.due = now.Add(lease)
			due = append(due, r.DueNotice)
		}
	}
	return due, nil
}

// NoticeSent implements [store.Notices].
func (q *queue) NoticeSent(_ context.Context, c store.NoticeClaim, _ time.Time) error {
	return q.settle("NoticeSent", c, func(r *row) { r.outcome = "sent" })
}

// RetryNotice implements [store.Notices].
func (q *queue) RetryNotice(_ context.Context, c store.NoticeClaim, due, _ time.Time) error {
	return q.settle("RetryNotice", c, func(r *row) { r.due = due })
}

// DropNotice implements [store.Notices].
func (q *queue) DropNotice(_ context.Context, c store.NoticeClaim, reason string, _ time.Time) error {
	return q.settle("DropNotice", c, func(r *row) { r.outcome = reason })
}

func (q *queue) settle(op string, c store.NoticeClaim, change func(*row)) error {
	if err := q.begin(op); err != nil {
		return err
	}
	defer q.mu.Unlock()
	for _, r := range q.rows {
		if r.NoticeClaim == c && r.outcome == "" {
			change(r)
		}
	}
	return nil
}

// outcome is what became of a row, and attempt how often it was claimed.
func (q *queue) outcome(r *row) (outcome string, attempt int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return r.outcome, r.Attempt
}

// waits is how many rows are due at a time.
func (q *queue) waits(now time.Time) (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range q.rows {
		if r.outcome == "" && !r.due.After(now) {
			n++
		}
	}
	return n
}
