package courier

import (
	"context"
	"log/slog"
	"time"

	"securetext/store/insist"
)

// Wiper wipes what two admins had asked for, in small steps: other work goes on
// beside it, and what a stop leaves the next start does.
type Wiper struct {
	Store interface {
		WipeAsked(ctx context.Context, limit int, at time.Time) (int, error)
	}
	Log   *slog.Logger
	Now   func() time.Time
	Every time.Duration // zero: 5 s
}

// wipeLimit is how many messages one transaction wipes.
const wipeLimit = 50

// Run wipes until ctx ends, and returns nil. A store that is away it waits for.
func (w *Wiper) Run(ctx context.Context) error {
	every := orElse(w.Every, 5*time.Second)
	for ctx.Err() == nil {
		n, err := w.Store.WipeAsked(ctx, wipeLimit, w.Now())
		switch {
		case err != nil && ctx.Err() == nil:
			w.Log.Warn("messages not wiped", "err", err)
		case n > 0:
			w.Log.Info("messages wiped as asked", "messages", n)
		}
		if err != nil || n < wipeLimit {
			insist.Sleep(ctx, every)
		}
	}
	return nil
}
