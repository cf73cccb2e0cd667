// Package lookout goes through the log as it grows: it counts what the dashboard
// shows, and raises an alert where something is out of the ordinary.
//
// A [Lookout] reads the proved log in its order, in which no event is ever missing,
// and settles each stretch in one transaction: what was counted, the alerts with their
// events, and how far it came. Any number of processes may run one, and of a stretch
// one counts. The rules are plain numbers (rules.go); docs/howto/audit.md has them in
// words. What it keeps and mails are ids, addresses and numbers, never content, a name
// or a phone number.
package lookout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/store"
	"securetext/store/insist"
	"securetext/store/recent"
)

// Store is what a Lookout works with.
type Store interface {
	store.Lookouts
	recent.Directory

	Leaves(ctx context.Context, from int64, limit int) ([]store.Leaf, error)
	AlertRules(ctx context.Context, org store.OrgID) (store.AlertRules, error)
}

// Config is what a Lookout works with.
type Config struct {
	Store   Store
	Mail    *Mail // how alerts are mailed; nil: they are not
	Log     *slog.Logger
	Metrics prometheus.Registerer // nil: none
	Now     func() time.Time
	Poll    time.Duration // how often to look; 5 s
}

// stretch is how many places of the log are looked at in one go.
const stretch = 500

// Lookout is made by [New].
type Lookout struct {
	Config
	orgs   recent.Orgs
	raised prometheus.Counter
	from   mail.Address
}

// New makes a Lookout. Its errors are settings that are wrong.
func New(c Config) (*Lookout, error) {
	if c.Poll == 0 {
		c.Poll = 5 * time.Second
	}
	l := &Lookout{Config: c, raised: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "securetext_alerts_total", Help: "Alerts that this process raised.",
	})}
	if c.Mail != nil {
		from, err := mail.ParseAddress(c.Mail.From)
		if err != nil {
			return nil, errors.New("lookout: From is not a mail address")
		}
		l.from = *from
	}
	if c.Metrics != nil {
		if err := c.Metrics.Register(l.raised); err != nil {
			return nil, fmt.Errorf("lookout: %w", err)
		}
	}
	return l, nil
}

// Run works until ctx ends, and returns nil. A store that is away it waits for.
func (l *Lookout) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		more, err := l.Look(ctx)
		if err != nil && !errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
			l.Log.Warn("log not looked at", "err", err)
		}
		l.tell(ctx)
		if err != nil || !more {
			insist.Sleep(ctx, l.Poll)
		}
	}
	return nil
}

// Look looks at the next stretch of the log, and reports whether more waits.
func (l *Lookout) Look(ctx context.Context) (more bool, err error) {
	from, err := l.Store.LookedAt(ctx)
	if err != nil {
		return false, err
	}
	leaves, err := l.Store.Leaves(ctx, from, stretch)
	if err != nil || len(leaves) == 0 {
		return false, err
	}
	o := store.Observation{From: from, To: leaves[len(leaves)-1].Index + 1}
	c := count{lookout: l, tallies: map[store.TallyKey]int64{}, now: l.Now()}
	if err := c.all(ctx, leaves); err != nil {
		return false, err
	}
	for k, n := range c.tallies {
		o.Tallies = append(o.Tallies, store.Tally{TallyKey: k, N: n})
	}
	o.Places = c.places
	if o.Alerts, err = c.judge(ctx); err != nil {
		return false, err
	}
	raised, err := l.Store.Observe(ctx, o, c.now)
	if err != nil {
		return false, err
	}
	l.raised.Add(float64(raised))
	if raised > 0 {
		l.Log.Info("alerts raised", "alerts", raised)
	}
	return len(leaves) == stretch, nil
}
