package notice

import (
	"context"
	"sync/atomic"
	"time"

	"securetext/store"
)

// faulty is a queue of notices that fails on demand, before it does what it is
// asked.
type faulty struct {
	store.Notices
	fault func(op string) error  // nil: none
	due   func(*store.DueNotice) // changes what is claimed; nil: nothing

	inHand atomic.Int64 // notices that are claimed and not settled
	idle   atomic.Int64 // the time, in Unix nanoseconds, at which nothing was due or in hand last
}

func (f *faulty) fails(op string) error {
	if f.fault == nil {
		return nil
	}
	return f.fault(op)
}

func (f *faulty) DueNotices(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]store.DueNotice, error) {
	if err := f.fails("DueNotices"); err != nil {
		return nil, err
	}
	busy := f.inHand.Load()
	due, err := f.Notices.DueNotices(ctx, limit, lease, now)
	f.inHand.Add(int64(len(due)))
	if busy == 0 && len(due) == 0 && err == nil {
		f.idle.Store(now.UnixNano())
	}
	for i := range due {
		if f.due != nil {
			f.due(&due[i])
		}
	}
	return due, err
}

func (f *faulty) NoticeSent(ctx context.Context, c store.NoticeClaim, now time.Time) error {
	if err := f.fails("NoticeSent"); err != nil {
		return err
	}
	return f.settled(f.Notices.NoticeSent(ctx, c, now))
}

func (f *faulty) RetryNotice(ctx context.Context, c store.NoticeClaim, due, now time.Time) error {
	return f.settled(f.Notices.RetryNotice(ctx, c, due, now))
}

func (f *faulty) DropNotice(ctx context.Context, c store.NoticeClaim, reason string, now time.Time) error {
	return f.settled(f.Notices.DropNotice(ctx, c, reason, now))
}

func (f *faulty) settled(err error) error {
	if err == nil {
		f.inHand.Add(-1)
	}
	return err
}
