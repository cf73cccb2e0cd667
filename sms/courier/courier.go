// Package courier takes links and codes out.
//
// A [Courier] claims the texts that are due, mints a token or a code for each at
// that moment, stores the hashes of all of them and only then hands the texts to
// the provider, several at once. What came of each is recorded: sent, put off, or
// given up. [Receipts] records what carriers say later, and [Sweeper] ends the
// messages whose life is over.
//
// A text that may have gone out is looked up before it is sent again, where the
// provider can be asked; where it cannot, twice is better than never. No
// token, code, number or word of a text is ever logged, and no token or code is
// ever stored.
package courier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/sms"
	"securetext/store"
	"securetext/store/group"
	"securetext/store/insist"
	"securetext/store/recent"
	"securetext/store/seal"
)

// Config is what a Courier works with. Zero durations and numbers take the
// defaults that stand beside them.
type Config struct {
	Store     Store
	Directory recent.Directory
	Keys      *seal.Keyring
	Index     seal.Index // what codes are hashed with
	Roads     Roads
	PublicURL string // what links begin with
	Log       *slog.Logger
	Metrics   prometheus.Registerer // nil: none
	Now       func() time.Time

	Concurrency int           // texts handed over at once; 64
	Batch       int           // texts claimed at once; 200
	Lease       time.Duration // how long a claim holds; 2 min
	Poll        time.Duration // how often to look for what is due; 1 s
}

// Store is what a Courier needs of the store.
type Store interface {
	store.Outbox
	store.Lines
}

const (
	// askBound is how long the provider may take to answer.
	askBound = 20 * time.Second
	// mostAsks is how many answers a text may need: whether an earlier one went
	// out, what sort of line the number is, and whether this one went out.
	mostAsks = 3
	// drain is how long a stop waits for the texts in hand.
	drain = 10 * time.Second
)

// Courier sends what is due. Make it with [New]; several, in one process or
// many, may share a store.
type Courier struct {
	Config
	url     sms.PublicURL
	nudged  chan struct{}
	lines   *lines
	orgs    recent.Orgs
	metrics *metrics
	sent    *group.Group[store.SentText, struct{}]
}

// New makes a Courier. A public URL that is too long for a text is an error.
func New(c Config) (*Courier, error) {
	u, err := sms.ParsePublicURL(c.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("courier: %w", err)
	}
	if c.Index.Sum() == (seal.Index{}).Sum() {
		return nil, errors.New("courier: there is no key for the hashes of codes")
	}
	c = c.withDefaults()
	if c.Lease <= mostAsks*askBound {
		return nil, errors.New("courier: the lease must be longer than a text may take")
	}
	courier := &Courier{Config: c, url: u, nudged: make(chan struct{}, 1), lines: newLines(c)}
	courier.metrics, err = newMetrics(c, courier.lines)
	if err != nil {
		return nil, fmt.Errorf("courier: %w", err)
	}
	return courier, nil
}

func (c Config) withDefaults() Config {
	c.Concurrency = orElse(c.Concurrency, 64)
	c.Batch = orElse(c.Batch, 200)
	c.Lease = orElse(c.Lease, 2*time.Minute)
	c.Poll = orElse(c.Poll, time.Second)
	return c
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Nudge tells that something may be due. It never waits.
func (c *Courier) Nudge() {
	select {
	case c.nudged <- struct{}{}:
	default:
	}
}

// Run sends what is due until ctx ends. Then it ends the texts in hand, and
// returns nil. A store or a provider that is away it waits for. It is called
// once.
func (c *Courier) Run(ctx context.Context) error {
	working, stop := outlive(ctx, drain)
	defer stop()
	c.sent = group.New(c.Batch, c.recordSent)
	defer c.sent.Close()
	jobs := make(chan job)
	var workers sync.WaitGroup
	for range c.Concurrency {
		workers.Go(func() {
			for j := range jobs {
				c.work(working, j)
			}
		})
	}
	c.feed(ctx, working, jobs)
	close(jobs)
	workers.Wait()
	if working.Err() != nil {
		c.Log.Warn("courier stopped before all texts in hand were recorded")
	}
	return nil
}

// outlive returns a context that ends a while after ctx does.
func outlive(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		insist.Sleep(longer, by)
		cancel()
	})
	return longer, cancel
}
