package courier

import (
	"context"
	"log/slog"
	"time"

	"securetext/store/insist"
)

// Sweeper ends the messages whose life is over.
type Sweeper struct {
	Store interface {
		Expire(ctx context.Context, limit int, at time.Time) (int, error)
	}
	Log   *slog.Logger
	Now   func() time.Time
	Every time.Duration // zero: 1 min
}

// sweepLimit is how many messages one transaction ends.
const sweepLimit = 200

// Run sweeps until ctx ends, and returns nil. A store that is away it waits for.
func (s *Sweeper) Run(ctx context.Context) error {
	every := orElse(s.Every, time.Minute)
	for ctx.Err() == nil {
		s.sweep(ctx)
		insist.Sleep(ctx, every)
	}
	return nil
}

func (s *Sweeper) sweep(ctx context.Context) {
	total := 0
	for ctx.Err() == nil {
		n, err := s.Store.Expire(ctx, sweepLimit, s.Now())
		total += n
		if err != nil && ctx.Err() == nil {
			s.Log.Warn("messages not expired", "err", err)
		}
		if err != nil || n < sweepLimit {
			break
		}
	}
	if total > 0 {
		s.Log.Info("messages expired", "messages", total)
	}
}
