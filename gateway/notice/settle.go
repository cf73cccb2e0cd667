package notice

import (
	"context"
	"math/rand/v2"
	"time"

	"securetext/store/insist"
)

func (m *Mailer) sent(ctx context.Context, j job) {
	err := m.insist(ctx, "record sent", func(ctx context.Context) error {
		return m.Store.NoticeSent(ctx, j.NoticeClaim, m.Now())
	})
	if err != nil {
		return // the claim runs out, and the same goes out again
	}
	m.metrics.count(j, sentNotice)
	m.logSent(j)
}

// retry puts a notice off by so long; or gives it up, when it would be no news
// by then.
func (m *Mailer) retry(ctx context.Context, j job, code string, in time.Duration) {
	due := m.Now().Add(in)
	if due.After(j.Queued.Add(j.life())) {
		m.drop(ctx, j, code)
		return
	}
	m.metrics.count(j, deferredNotice)
	m.logDeferred(j, code, in)
	m.insist(ctx, "put off notice", func(ctx context.Context) error {
		return m.Store.RetryNotice(ctx, j.NoticeClaim, due, m.Now())
	})
}

// putBack puts off a notice through no fault of its own.
func (m *Mailer) putBack(ctx context.Context, j job, code string, due time.Time) {
	m.retry(ctx, j, code, due.Sub(m.Now()))
}

// drop gives a notice up.
func (m *Mailer) drop(ctx context.Context, j job, code string) {
	m.metrics.count(j, droppedNotice)
	m.logDropped(j, code)
	m.insist(ctx, "give up notice", func(ctx context.Context) error {
		return m.Store.DropNotice(ctx, j.NoticeClaim, code, m.Now())
	})
}

// firstBackoff bounds the wait after the first failure; it doubles up to
// longestBackoff.
const firstBackoff, longestBackoff = 30 * time.Second, time.Hour

// backoff returns how long a notice waits after so many attempts: between half
// a bound that doubles and the bound, so that many do not come back at once.
func backoff(attempt int) time.Duration {
	bound := min(longestBackoff, firstBackoff<<min(max(attempt-1, 0), 16))
	return bound/2 + rand.N(bound/2)
}

// insist asks the store until it answers.
func (m *Mailer) insist(ctx context.Context, op string, ask func(context.Context) error) error {
	return insist.Asker{Name: "mailer", Log: m.Log}.Ask(ctx, op, ask)
}
