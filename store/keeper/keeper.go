// Package keeper removes what has been on record for as long as its org keeps it.
//
// A [Keeper] goes round: messages that are long gone with their links, then texts,
// recipients to whom there is nothing any more, and events. Each step is a small
// transaction, and it rests between two of them, so that nobody waits for it. What a
// round did not get to, the next one does: nothing has to be remembered. Any number of
// processes may run one.
//
// An event goes in two steps: its removal is announced by an event of its own, and
// carried out once a checkpoint covers that. See package audit.
package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/store"
	"securetext/store/insist"
)

// Config is what a Keeper works with. Zero durations take the defaults beside them.
type Config struct {
	Store interface {
		store.Retention
		Orgs(ctx context.Context) ([]store.Org, error)
	}
	Log     *slog.Logger
	Metrics prometheus.Registerer // nil: none
	Now     func() time.Time

	Every time.Duration // between two rounds; 1 h
	Rest  time.Duration // between two steps; 200 ms
}

const (
	// step is how many rows one transaction removes.
	step = 200
	// look is how many one looks at.
	look = 2000
	// mostAnnounced is how many announcements one round makes: about two million events.
	mostAnnounced = 1000
)

// Keeper is made by [New].
type Keeper struct {
	Config
	metrics *metrics
}

// New makes a Keeper.
func New(c Config) (*Keeper, error) {
	if c.Every == 0 {
		c.Every = time.Hour
	}
	if c.Rest == 0 {
		c.Rest = 200 * time.Millisecond
	}
	m, err := newMetrics(c)
	if err != nil {
		return nil, fmt.Errorf("keeper: %w", err)
	}
	return &Keeper{Config: c, metrics: m}, nil
}

// Run goes round until ctx ends, and returns nil. A store that is away it waits for.
func (k *Keeper) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := k.round(ctx); err != nil && ctx.Err() == nil {
			k.Log.Warn("what is past its time was not removed", "err", err)
		}
		insist.Sleep(ctx, k.Every)
	}
	return nil
}

// round removes all that is past its time.
func (k *Keeper) round(ctx context.Context) error {
	for _, part := range []struct {
		what   string
		remove func(context.Context) (int, error)
	}{
		{"messages", k.messages}, {"texts", k.texts}, {"recipients", k.recipients}, {"events", k.events},
	} {
		n, err := part.remove(ctx)
		if n > 0 {
			k.Log.Info("records removed", "what", part.what, "records", n)
		}
		if err != nil {
			return err
		}
	}
	k.metrics.rounded(k.Now())
	return nil
}

// repeat takes a step again and again, until one says that it was the last.
func (k *Keeper) repeat(ctx context.Context, what string, once func() (n int, more bool, err error)) (total int, err error) {
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		var n int
		if n, more, err = once(); err != nil {
			return total, err
		}
		total += n
		k.metrics.removed.WithLabelValues(what).Add(float64(n))
		if more {
			insist.Sleep(ctx, k.Rest)
		}
	}
	return total, nil
}

func (k *Keeper) messages(ctx context.Context) (total int, err error) {
	orgs, err := k.Store.Orgs(ctx)
	if err != nil {
		return 0, err
	}
	for _, o := range orgs {
		n, err := k.repeat(ctx, "messages", func() (int, bool, error) {
			n, err := k.Store.ForgetMessages(ctx, o.ID, step, k.Now())
			return n, n == step, err
		})
		total += n
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return total, err
		}
	}
	return total, nil
}

func (k *Keeper) texts(ctx context.Context) (int, error) {
	var last store.TextID
	return k.repeat(ctx, "texts", func() (n int, more bool, err error) {
		n, last, err = k.Store.ForgetTexts(ctx, last, look, k.Now())
		return n, last != "", err
	})
}

func (k *Keeper) recipients(ctx context.Context) (int, error) {
	var last store.RecipientID
	return k.repeat(ctx, "recipients", func() (n int, more bool, err error) {
		n, last, err = k.Store.ForgetRecipients(ctx, last, step, k.Now())
		return n, last != "", err
	})
}

// events removes those whose removal was announced, and announces the next.
func (k *Keeper) events(ctx context.Context) (int, error) {
	removed, err := k.repeat(ctx, "events", func() (int, bool, error) {
		n, err := k.Store.RemoveAnnounced(ctx, step, k.Now())
		return n, n > 0, err
	})
	if err != nil {
		return removed, err
	}
	next, made := int64(0), 0
	_, err = k.repeat(ctx, "announced", func() (n int, more bool, err error) {
		n, next, err = k.Store.AnnounceRemoval(ctx, next, look, k.Now())
		if n > 0 {
			made++
		}
		return n, next != 0 && made < mostAnnounced, err
	})
	if errors.Is(err, store.ErrNotFound) { // there is no log yet
		err = nil
	}
	return removed, err
}
