package limit

import (
	"context"
	"errors"
	"time"
)

// Fallback is a [Limiter] that asks Shared and, while that is [ErrUnavailable],
// Own: then each process counts by itself, which limits less and stops nobody.
type Fallback struct{ Shared, Own Limiter }

// Allow implements [Limiter].
func (f Fallback) Allow(ctx context.Context, key string, n int, rule Rule, now time.Time) (bool, time.Duration, error) {
	ok, after, err := f.Shared.Allow(ctx, key, n, rule, now)
	if errors.Is(err, ErrUnavailable) {
		return f.Own.Allow(ctx, key, n, rule, now)
	}
	return ok, after, err
}
