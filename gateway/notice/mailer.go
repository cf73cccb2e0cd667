// Package notice tells senders by mail what became of their messages.
//
// A [Mailer] claims the notices that are due, writes a mail for each and hands
// it to a [Sender], which is a [Smarthost] outside of tests. What came of each is
// recorded: sent, put off, or given up. A mail that may have gone out is sent
// again, byte for byte and under the same Message-ID, so that mailboxes drop
// the second: a clinician who is told twice is better off than one who never is.
//
// A mail says which message is meant and what became of it. It never holds the
// subject or a word of the message, a link to it, or more of the phone number
// than its country code and last two digits. Nothing ever answers it: it has
// the null sender, it says that it was generated, and none goes to a domain
// whose mail we take in ourselves.
package notice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"securetext/store"
	"securetext/store/insist"
	"securetext/store/seal"
)

// Config is what a Mailer works with. Zero durations and numbers take the
// defaults that stand beside them.
type Config struct {
	Store      store.Notices
	Keys       *seal.Keyring
	Sender     Sender
	From       string   // the address that mails come from, with or without a name
	Hostname   string   // of this service: in Message-IDs and reports
	OwnDomains []string // whose mail we take in: none is sent there
	Console    string   // the address of the staff's site; empty: mails do not name it
	Log        *slog.Logger
	Metrics    prometheus.Registerer // nil: none
	Now        func() time.Time

	Concurrency int           // mails handed over at once; 4
	Batch       int           // notices claimed at once; 20
	Lease       time.Duration // how long a claim holds; 5 min
	Poll        time.Duration // how often to look for what is due; 2 s
}

const (
	// sendBound is how long the smarthost may take for one mail.
	sendBound = time.Minute
	// drain is how long a stop waits for the mails in hand.
	drain = 10 * time.Second
	// life is how long a notice is tried. Later it is no news.
	life = 3 * 24 * time.Hour
)

// Mailer sends the notices that are due. Make it with [New]; several, in one
// process or many, may share a store.
type Mailer struct {
	Config
	from    mail.Address
	hold    hold
	metrics *metrics
}

// New makes a Mailer. A From that is no address is an error, and so is a
// Hostname that cannot stand in a Message-ID.
func New(c Config) (*Mailer, error) {
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, errors.New("mailer: From is not a mail address")
	}
	if !isHostname(c.Hostname) {
		return nil, errors.New("mailer: Hostname is not a host's name")
	}
	c = c.withDefaults()
	if c.Lease <= sendBound {
		return nil, errors.New("mailer: the lease must be longer than a mail may take")
	}
	m := &Mailer{Config: c, from: *from}
	if m.metrics, err = newMetrics(c.Metrics); err != nil {
		return nil, fmt.Errorf("mailer: %w", err)
	}
	return m, nil
}

func (c Config) withDefaults() Config {
	c.Concurrency = orElse(c.Concurrency, 4)
	c.Batch = orElse(c.Batch, 20)
	c.Lease = orElse(c.Lease, 5*time.Minute)
	c.Poll = orElse(c.Poll, 2*time.Second)
	return c
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Run sends what is due until ctx ends. Then it ends the mails in hand, and
// returns nil. A store or a smarthost that is away it waits for. It is called
// once.
func (m *Mailer) Run(ctx context.Context) error {
	working, stop := outlive(ctx, drain)
	defer stop()
	for ctx.Err() == nil {
		if wait := m.hold.left(m.Now()); wait > 0 {
			insist.Sleep(ctx, min(wait, m.Poll))
			continue
		}
		limit := m.hold.limit(m.Batch)
		batch := m.claim(ctx, limit)
		m.sendAll(ctx, working, batch)
		if len(batch) < limit {
			insist.Sleep(ctx, m.Poll)
		}
	}
	if working.Err() != nil {
		m.Log.Warn("mailer stopped before all mails in hand were recorded")
	}
	return nil
}

// sendAll takes a batch to the smarthost, several at once. When ctx ends first,
// it puts the others back.
func (m *Mailer) sendAll(ctx, working context.Context, batch []job) {
	var workers errgroup.Group
	workers.SetLimit(m.Concurrency)
	for _, j := range batch {
		workers.Go(func() error {
			if ctx.Err() != nil {
				m.putBack(working, j, "stopped", m.Now())
			} else {
				m.work(working, j)
			}
			return nil
		})
	}
	workers.Wait()
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
