package courier

import (
	"context"
	"errors"
	"time"

	"securetext/sms"
	"securetext/store"
)

// work takes one text to the phone, and records what came of it.
func (c *Courier) work(ctx context.Context, j job) {
	if until, state := c.line.state(); state == paused {
		c.putBack(ctx, j, "line_paused", until)
		return
	}
	if c.Now().After(j.until) {
		c.putBack(ctx, j, "too_slow", c.Now())
		return
	}
	if c.doubtful(j) && !c.lookUp(ctx, &j) {
		return
	}
	c.send(ctx, j)
}

func (c *Courier) send(ctx context.Context, j job) {
	text, err := c.text(ctx, j)
	if err != nil {
		c.logUnreadable(j.Due, err)
		c.retry(ctx, j, "org_name", false, c.backoff(j.Attempt, 0))
		return
	}
	started := c.Now()
	bound, cancel := context.WithTimeout(ctx, askBound)
	receipt, err := c.Sender.Send(bound, text)
	cancel()
	c.metrics.took.Observe(c.Now().Sub(started).Seconds())
	if err != nil {
		c.failed(ctx, j, err)
		return
	}
	c.line.passed()
	c.metrics.count(sentText)
	c.arrived(ctx, store.SentText{Outbox: j.Outbox, Text: j.id, ProviderID: receipt.ProviderID}, receipt.Delivered)
}

// arrived records that the provider took a text and, where nobody will call
// back, that it is on the phone.
func (c *Courier) arrived(ctx context.Context, s store.SentText, delivered bool) {
	err := c.insist(ctx, "record sent", func(ctx context.Context) error {
		_, err := c.sent.Do(ctx, s)
		return err
	})
	if err != nil {
		return
	}
	c.logSent(s)
	if !delivered {
		return
	}
	c.insist(ctx, "record delivered", func(ctx context.Context) error {
		return c.Store.Receipt(ctx, store.Receipt{Text: s.Text, ProviderID: s.ProviderID, State: store.TextDelivered}, c.Now())
	})
}

// recordSent records what was sent while the batch before was recorded.
func (c *Courier) recordSent(ctx context.Context, batch []store.SentText) ([]struct{}, error) {
	ctx, cancel := context.WithTimeout(ctx, drain)
	defer cancel()
	return make([]struct{}, len(batch)), c.Store.Sent(ctx, batch, c.Now())
}

// failed does what a sender's error asks for.
func (c *Courier) failed(ctx context.Context, j job, err error) {
	code := sms.Code(err)
	switch {
	case errors.Is(err, sms.ErrPermanent):
		c.line.passed()
		c.giveUp(ctx, j, code, refusal(err))
	case errors.Is(err, sms.ErrUnsure):
		c.retry(ctx, j, code, true, c.backoff(j.Attempt, settle))
	case errors.Is(err, sms.ErrBusy):
		c.putBack(ctx, j, code, c.line.busy(err))
	case errors.Is(err, sms.ErrHalt):
		// Others go first: it may be the fault of this text alone.
		c.retry(ctx, j, code, false, max(c.line.halt(err).Sub(c.Now()), c.backoff(j.Attempt, settle)))
	default:
		c.retry(ctx, j, code, false, max(sms.RetryAfter(err), c.backoff(j.Attempt, 0)))
	}
}

// retry puts a text off by so long; or gives it up, when its message will not
// live to see that.
func (c *Courier) retry(ctx context.Context, j job, code string, doubt bool, in time.Duration) {
	due := c.Now().Add(in)
	if !due.Before(j.Expires) {
		c.giveUp(ctx, j, code, "")
		return
	}
	c.metrics.count(deferredText)
	c.logDeferred(j, code, in)
	c.insist(ctx, "put off text", func(ctx context.Context) error {
		r := store.Retry{Claim: j.Claim, Text: j.id, Doubt: doubt, Reason: code, Due: due}
		return c.Store.Retry(ctx, r, c.Now())
	})
}

// putBack puts off a text through no fault of its own.
func (c *Courier) putBack(ctx context.Context, j job, code string, due time.Time) {
	c.retry(ctx, j, code, false, due.Sub(c.Now()))
}

func (c *Courier) giveUp(ctx context.Context, j job, code string, why store.Refusal) {
	c.metrics.count(failedText)
	c.logFailed(j, code)
	c.insist(ctx, "give up text", func(ctx context.Context) error {
		return c.Store.Failed(ctx, store.Failure{Claim: j.Claim, Text: j.id, Reason: code, Refusal: why}, c.Now())
	})
}

// refusal is what an error tells of the recipient, for the messages to come;
// empty: nothing.
func refusal(err error) store.Refusal {
	for _, known := range []struct {
		err error
		why store.Refusal
	}{{sms.ErrOptedOut, store.OptedOut}, {sms.ErrLandline, store.Landline}, {sms.ErrDead, store.Dead}} {
		if errors.Is(err, known.err) {
			return known.why
		}
	}
	return ""
}
