package password

import (
	"context"
	"errors"
	"time"
)

const (
	waiting  = 64              // how many may queue for a slot
	patience = 5 * time.Second // and for how long
)

// ErrBusy means that too many passwords are being hashed already. The page
// answers 503 with Retry-After.
var ErrBusy = errors.New("too many sign-ins at once")

// admission lets a fixed number run at once and a bounded number wait, in the
// order they came.
type admission struct {
	places chan struct{} // held while running or waiting
	slots  chan struct{} // held while running
}

func newAdmission(running int) *admission {
	return &admission{
		places: make(chan struct{}, running+waiting),
		slots:  make(chan struct{}, running),
	}
}

// run calls f in a slot. It returns [ErrBusy], without calling f, if the queue
// is full or no slot came free in time, and the context's error if it ended first.
func (a *admission) run(ctx context.Context, f func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case a.places <- struct{}{}:
		defer func() { <-a.places }()
	default:
		return ErrBusy
	}
	if err := a.wait(ctx); err != nil {
		return err
	}
	defer func() { <-a.slots }()
	f()
	return nil
}

func (a *admission) wait(ctx context.Context) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case a.slots <- struct{}{}:
		return nil
	case <-late.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}
