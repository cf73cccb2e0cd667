package courier

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"securetext/store"
	"securetext/store/insist"
	"securetext/store/recent"
)

// Minder looks after unread messages: it has their recipients reminded and, when
// one is not read by the time that its sender set, has somebody told until one
// reads it or takes it over. What it queues, the courier and the mailer send.
type Minder struct {
	Store     store.Watches
	Directory recent.Directory
	Log       *slog.Logger
	Now       func() time.Time
	Nudge     func()        // tells the courier of work; nil: it finds it by itself
	Every     time.Duration // zero: 10 s

	orgs recent.Orgs
}

// mindLimit is how many watches are claimed in one go, and mindLease how long they
// are nobody else's.
const mindLimit, mindLease = 100, 2 * time.Minute

// Run minds until ctx ends, and returns nil. A store that is away it waits for.
func (m *Minder) Run(ctx context.Context) error {
	every := orElse(m.Every, 10*time.Second)
	for ctx.Err() == nil {
		if n := m.round(ctx); n < mindLimit {
			insist.Sleep(ctx, every)
		}
	}
	return nil
}

// round minds what is due, and returns how many there were.
func (m *Minder) round(ctx context.Context) int {
	now := m.Now()
	due, err := m.Store.DueWatches(ctx, mindLimit, mindLease, now)
	if err != nil {
		if ctx.Err() == nil {
			m.Log.Warn("unread messages not minded", "err", err)
		}
		return 0
	}
	for _, w := range due {
		m.mind(ctx, w, now)
	}
	return len(due)
}

// mind does what is due for one message. When the store fails, the claim runs out
// and another round does it.
func (m *Minder) mind(ctx context.Context, w store.Watch, now time.Time) {
	org, err := m.orgs.Find(ctx, m.Directory, w.Org, now)
	if err != nil {
		m.Log.Warn("unread message not minded", "message", w.Message, "err", err)
		return
	}
	done := follow(w, org.Policy.Hook != "", now)
	switch err := m.Store.Watched(ctx, done, now); {
	case errors.Is(err, store.ErrConflict): // read meanwhile
	case err != nil:
		m.Log.Warn("unread message not minded", "message", w.Message, "err", err)
	default:
		m.logMinded(done)
		if m.Nudge != nil && done.Text != "" {
			m.Nudge()
		}
	}
}

func (m *Minder) logMinded(done store.Watched) {
	if done.Text != "" || done.Mail || done.Hook {
		m.Log.Info("unread message minded", "message", done.Message,
			"text", done.Text, "mail", done.Mail, "webhook", done.Hook, "round", done.Rounds)
	}
}
