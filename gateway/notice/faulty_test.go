package notice

import (
	"context"
	"time"

	"securetext/store"
)

// faulty is a queue of notices that fails on demand, before it does what it is
// asked.
type faulty struct {
	store.Notices
	fault func(op string) error  // nil: none
	due   func(*store.DueNotice) // changes what is claimed; nil: nothing
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
	due, err := f.Notices.DueNotices(ctx, limit, lease, now)
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
	return f.Notices.NoticeSent(ctx, c, now)
}
