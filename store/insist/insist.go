// Package insist asks a store until it answers.
//
// The courier and the mailer have done something that the store must hear of: a
// text or a mail is out. A store that is away is waited for; what it refuses, or
// fails at again and again, is an error, and the claim on the row runs out.
package insist

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"securetext/store"
)

// Tries is how often a store is asked that is not away but at fault.
const Tries = 5

// How long it is left alone in between: ever longer, with jitter.
const firstWait, longestWait = 50 * time.Millisecond, 5 * time.Second

// Asker asks in the name of one part of the service. Safe for concurrent use.
type Asker struct {
	Name string // in the log
	Log  *slog.Logger
}

// Ask asks until the store answers or ctx ends. [store.ErrConflict] and
// [store.ErrNotFound] are answers; of a store that is away it is told in the log
// once, and once more when it is back. op names what is asked.
func (a Asker) Ask(ctx context.Context, op string, ask func(context.Context) error) error {
	wait := firstWait
	for try := 1; ; try++ {
		err := ask(ctx)
		if err == nil || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
			a.logBack(op, try)
			return err
		}
		away := errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrFull)
		if ctx.Err() != nil {
			return err
		}
		if !away && try >= Tries {
			a.Log.Error("store failed the "+a.Name, "op", op, "err", err)
			return err
		}
		a.logAway(op, try, err)
		Sleep(ctx, wait/2+rand.N(wait))
		wait = min(2*wait, longestWait)
	}
}

func (a Asker) logAway(op string, try int, err error) {
	if try == 1 {
		a.Log.Warn("store did not answer the "+a.Name, "op", op, "err", err)
	}
}

func (a Asker) logBack(op string, try int) {
	if try > 1 {
		a.Log.Info("store answers the "+a.Name+" again", "op", op, "tries", try)
	}
}

// Sleep waits for d or until ctx ends.
func Sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
