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
	// reported is how long the report of a text may take that a provider took
	// which cannot be asked.
	reported = 5 * time.Minute
)

// backoff returns how long a text waits after so many failures before this one:
// any time up to a bound that doubles (so that many do not come back at once),
// but a second and floor at least.
func (*Courier) backoff(failures int, floor time.Duration) time.Duration {
	bound := min(longestBackoff, firstBackoff<<min(failures, 16))
	return max(time.Second, floor) + rand.N(bound)
}

// insist asks the store until it answers.
func (c *Courier) insist(ctx context.Context, op string, ask func(context.Context) error) error {
	return insist.Asker{Name: "courier", Log: c.Log}.Ask(ctx, op, ask)
}
