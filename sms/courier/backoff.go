package courier

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"securetext/store"
)

const (
	// firstBackoff bounds the wait after the first failure; it doubles up to
	// longestBackoff.
	firstBackoff, longestBackoff = 10 * time.Second, 15 * time.Minute
	// settle is how long the provider's list may lag behind what it sends.
	settle = 30 * time.Second
)

// backoff returns how long a text waits after so many attempts: any time up to
// a bound that doubles (so that many do not come back at once), but a second and
// floor at least.
func (*Courier) backoff(attempt int, floor time.Duration) time.Duration {
	bound := min(longestBackoff, firstBackoff<<min(max(attempt-1, 0), 16))
	return max(time.Second, floor) + rand.N(bound)
}

// How long the courier waits for the store, and how often it asks again when
// the store itself is at fault.
const (
	firstWait, longestWait = 50 * time.Millisecond, 5 * time.Second
	storeTries             = 5
)

// insist asks the store until it answers: a store that is away is waited for
// until ctx ends. What it refuses, or fails at again and again, is an error; the
// claim runs out then, and the row is due again.
func (c *Courier) insist(ctx context.Context, op string, ask func(context.Context) error) error {
	wait := firstWait
	for try := 1; ; try++ {
		err := ask(ctx)
		if err == nil || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
			c.logStoreBack(op, try)
			return err
		}
		away := errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrFull)
		if ctx.Err() != nil {
			return err
		}
		if !away && try >= storeTries {
			c.logStoreFailed(op, err)
			return err
		}
		c.logStoreAway(op, try, err)
		sleep(ctx, wait/2+rand.N(wait))
		wait = min(2*wait, longestWait)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
