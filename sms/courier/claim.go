package courier

import (
	"context"
	"errors"
	"time"

	"securetext/sms"
	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

// job is a claimed row on its way to the phone.
type job struct {
	store.Due
	to    phone.Number
	until time.Time // by when it must be in hand: later, the claim may be lost
	// id and link are of the text that is begun. Until then id is empty, and
	// the row's earlier texts are looked up first.
	id   store.TextID
	link token.Token // zero where the text carries none
}

// feed claims what is due and hands it to the workers, until ctx ends. After a
// pause it tries a single text before it goes on with all.
func (c *Courier) feed(ctx, working context.Context, jobs chan<- job) {
	for ctx.Err() == nil {
		switch until, state := c.line.state(); state {
		case paused:
			c.rest(ctx, min(until.Sub(c.Now()), c.Poll))
		case probing:
			batch, _ := c.claim(ctx, working, 1)
			for _, j := range batch {
				c.work(working, j)
			}
			if len(batch) == 0 {
				c.rest(ctx, c.Poll)
			}
		default:
			batch, more := c.claim(ctx, working, c.Batch)
			c.hand(ctx, working, batch, jobs)
			if !more {
				c.rest(ctx, c.Poll)
			}
		}
	}
}

// hand gives the batch to the workers. When ctx ends first, it puts the others
// back.
func (c *Courier) hand(ctx, working context.Context, batch []job, jobs chan<- job) {
	for _, j := range batch {
		select {
		case jobs <- j:
		case <-ctx.Done():
			c.putBack(working, j, "stopped", c.Now())
		}
	}
}

// rest waits for a nudge, or so long.
func (c *Courier) rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.nudged:
	case <-ctx.Done():
	}
}

// claim returns texts that are due, each with its token minted and the hash of
// it stored. more tells that there may be others. What is claimed when ctx ends
// is still made ready, so that it can be put back.
func (c *Courier) claim(ctx, working context.Context, limit int) (batch []job, more bool) {
	var due []store.Due
	var at time.Time
	err := c.insist(ctx, "claim texts", func(ctx context.Context) (err error) {
		at = c.Now()
		due, err = c.Store.Due(ctx, limit, c.Lease, at)
		return err
	})
	if err != nil {
		return nil, false
	}
	for _, d := range due {
		if j, ok := c.prepare(working, d); ok {
			j.until = at.Add(c.Lease - 2*askBound)
			batch = append(batch, j)
		}
	}
	return c.begin(working, batch), len(due) == limit
}

// prepare opens the number of a row.
func (c *Courier) prepare(ctx context.Context, d store.Due) (job, bool) {
	to, err := c.open(ctx, d)
	switch {
	case err == nil:
		return job{Due: d, to: to}, true
	case isOurs(err):
		c.logUnreadable(d, err)
		c.retry(ctx, job{Due: d}, "number_unreadable", false, c.backoff(d.Attempt, 0))
	default:
		c.logAbandoned(d, err) // the store is away: the claim will run out
	}
	return job{}, false
}

func (c *Courier) open(ctx context.Context, d store.Due) (phone.Number, error) {
	key, err := c.Keys.DataKey(ctx, d.NumberKey, d.Place())
	if err != nil {
		return phone.Number{}, err
	}
	number, err := key.Open(d.Number, d.Place())
	if err != nil {
		return phone.Number{}, err
	}
	return phone.Parse(string(number), "")
}

// isOurs tells errors of the keys and the number from those of the store.
func isOurs(err error) bool {
	return errors.Is(err, seal.ErrTampered) || errors.Is(err, seal.ErrUnknownRoot) ||
		errors.Is(err, phone.ErrNotNumber) || errors.Is(err, store.ErrNotFound)
}

// begin stores the links of all texts that have no doubts to look up first, in
// one call, before any is sent. If one of the rows is lost the others are begun
// one by one.
func (c *Courier) begin(ctx context.Context, batch []job) []job {
	var attempts []store.Attempt
	for i := range batch {
		if !c.doubtful(batch[i]) {
			attempts = append(attempts, c.mint(&batch[i]))
		}
	}
	if len(attempts) == 0 {
		return batch
	}
	err := c.addLinks(ctx, attempts)
	if err == nil {
		return batch
	}
	if !errors.Is(err, store.ErrConflict) {
		return nil
	}
	var begun []job
	for _, j := range batch {
		if c.doubtful(j) || c.addLinks(ctx, []store.Attempt{j.attempt()}) == nil {
			begun = append(begun, j)
		}
	}
	return begun
}

func (c *Courier) addLinks(ctx context.Context, attempts []store.Attempt) error {
	return c.insist(ctx, "add links", func(ctx context.Context) error {
		return c.Store.AddLinks(ctx, attempts, c.Now())
	})
}

// mint gives a job its text and its token.
func (c *Courier) mint(j *job) store.Attempt {
	j.id = store.NewTextID(c.Now())
	if j.Kind == store.LinkText {
		j.link = token.New()
	}
	return j.attempt()
}

func (j job) attempt() store.Attempt {
	a := store.Attempt{Claim: j.Claim, Text: j.id}
	if j.Kind == store.LinkText {
		a.Link = j.link.Hash()
	}
	return a
}

// text is what goes to the phone.
func (c *Courier) text(ctx context.Context, j job) (sms.Text, error) {
	o, err := c.orgs.Find(ctx, c.Directory, j.Org, c.Now())
	if err != nil {
		return sms.Text{}, err
	}
	org, err := sms.ParseOrgName(o.SMSName)
	if err != nil {
		return sms.Text{}, err
	}
	if j.Kind == store.EnrolledText {
		return sms.EnrolledText(string(j.id), j.to, j.Lang, org, o.Phone), nil
	}
	return sms.LinkText(string(j.id), j.to, j.Lang, org, c.url.Link(j.link)), nil
}
