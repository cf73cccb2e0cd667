package courier

import (
	"context"
	"math/rand/v2"
	"time"

	"securetext/store/insist"
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

// insist asks the store until it answers.
func (c *Courier) insist(ctx context.Context, op string, ask func(context.Context) error) error {
	return insist.Asker{Name: "courier", Log: c.Log}.Ask(ctx, op, ask)
}
