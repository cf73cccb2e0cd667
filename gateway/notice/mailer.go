// Package notice tells senders by mail, and their programs by webhook, what became
// of their messages.
//
// A [Mailer] claims the notices that are due. Of one to go by mail it writes the
// mail and hands it to a [Sender], which is a [Smarthost] outside of tests; one to
// go by webhook it posts, signed, to the URL that its org set. What came of each
// is recorded: sent, put off, or given up. What may have arrived is sent again,
// byte for byte and under the same id, so that mailboxes and programs drop the
// second: a clinician who is told twice is better off than one who never is.
//
// A notice says which message is meant and what became of it. It never holds the
// subject or a word of the message or a link to it. Of the phone number a mail
// shows the country code and the last two digits, a webhook nothing. Nothing ever
// answers a mail: it has the null sender, it says that it was generated, and none
// goes to a domain whose mail we take in ourselves. A webhook goes to a public
// address alone (S30).
//
// While the smarthost takes no mails, all mails wait, and webhooks go on. An org
// whose server is slow or dead holds up its own webhooks alone.
package notice

import (
	"context"
	"crypto/tls"
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
	Store   store.Notices
	Keys    *seal.Keyring
	Log     *slog.Logger
	Metrics prometheus.Registerer // nil: none
	Now     func() time.Time

	Sender     Sender   // of mails; nil: they are given up, and the next three do not matter
	From       string   // the address that mails come from, with or without a name
	Hostname   string   // of this service: in Message-IDs and reports
	OwnDomains []string // whose mail we take in: none is sent there
	Console    string   // the address of the staff's site; empty: mails do not name it

	PublicURL   string                     // what status URLs begin with, without a slash at its end
	HookSecrets func(store.OrgID) []string // sign an org's webhooks; none: none go out. Nil: nobody's do
	HookPrivate bool                       // webhooks may go to private addresses, and by http
	HookTLS     *tls.Config                // for tests and private authorities; nil: the system's
	HookTimeout time.Duration              // for one webhook; 10 s

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
	// life is how long a mail is tried, and hookLife a webhook. Later it is no news.
	life, hookLife = 3 * 24 * time.Hour, 24 * time.Hour
)

// Mailer sends the notices that are due. Make it with [New]; several, in one
// process or many, may share a store.
type Mailer struct {
	Config
	from    mail.Address
	hold    hold
	lanes   *lanes
	poster  poster
	metrics *metrics
}

// New makes a Mailer. A Sender without a From that is an address is an error, or
// without a Hostname that can stand in a Message-ID, and so are secrets without
// the PublicURL.
func New(c Config) (*Mailer, error) {
	m := &Mailer{Config: c.withDefaults(), lanes: newLanes()}
	if c.Sender != nil {
		from, err := mail.ParseAddress(c.From)
		if err != nil {
			return nil, errors.New("mailer: From is not a mail address")
		}
		if !isHostname(c.Hostname) {
			return nil, errors.New("mailer: Hostname is not a host's name")
		}
		m.from = *from
	}
	if c.HookSecrets != nil && c.PublicURL == "" {
		return nil, errors.New("mailer: PublicURL is empty, and webhooks name it")
	}
	if m.Lease <= max(sendBound, m.HookTimeout) {
		return nil, errors.New("mailer: the lease must be longer than a mail or a webhook may take")
	}
	m.poster = newPoster(m.Config)
	var err error
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
	c.HookTimeout = orElse(c.HookTimeout, 10*time.Second)
	return c
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Run sends what is due until ctx ends. Then it ends what is in hand, and returns
// nil. A store or a smarthost that is away it waits for. It is called once.
func (m *Mailer) Run(ctx context.Context) error {
	working, stop := outlive(ctx, drain)
	defer stop()
	for ctx.Err() == nil {
		batch := m.claim(ctx, m.Batch)
		var mails []job
		for _, j := range batch {
			switch {
			case j.Stale:
				m.drop(working, j, "settled")
			case j.Via == store.ViaHook:
				m.queueHook(ctx, working, j)
			default:
				mails = append(mails, j)
			}
		}
		m.sendAll(ctx, working, mails)
		if len(batch) < m.Batch {
			insist.Sleep(ctx, m.Poll)
		}
	}
	m.lanes.running.Wait()
	if working.Err() != nil {
		m.Log.Warn("mailer stopped before all notices in hand were recorded")
	}
	return nil
}

// sendAll takes mails to the smarthost, several at once; after a pause one goes
// first, and the others follow when it was taken. When ctx ends before, they are
// put back.
func (m *Mailer) sendAll(ctx, working context.Context, mails []job) {
	if m.hold.tries() && len(mails) > 0 {
		mails[0].tries = true
		m.work(ctx, working, mails[0])
		mails = mails[1:]
	}
	var workers errgroup.Group
	workers.SetLimit(m.Concurrency)
	for _, j := range mails {
		workers.Go(func() error {
			m.work(ctx, working, j)
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
