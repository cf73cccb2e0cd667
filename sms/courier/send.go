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
	defer c.giveBack(ctx, j)
	if c.lines.state(j.road.Line) != flowing && !j.probe {
		if j.again = c.lines.retryAt(j.road.Line); len(c.roadsOf(j)) > 1 {
			j.again = c.Now() // for another road
		}
		c.unsent(ctx, j, "line_paused")
		return
	}
	if c.Now().After(j.until) {
		j.again = c.Now()
		c.unsent(ctx, j, "too_slow")
		return
	}
	if c.doubtful(j) && !c.lookUp(ctx, &j) {
		return
	}
	if c.late(ctx, j) || c.barren(ctx, j) {
		return
	}
	c.send(ctx, j)
}

// unsent gives a job back whose text was begun, and certainly not sent.
func (c *Courier) unsent(ctx context.Context, j job, code string) {
	if j.id == "" {
		c.release(ctx, []job{j})
		return
	}
	c.retry(ctx, j, code, false, j.again.Sub(c.Now()))
}

// barren asks before the first text to a number what sort of line it is, where
// the road can tell, and gives up on one that takes no texts. What cannot be told
// is tried.
func (c *Courier) barren(ctx context.Context, j job) bool {
	looker, can := j.road.Sender.(sms.Looker)
	if !can || j.Looked || j.Kind != store.LinkText {
		return false
	}
	bound, cancel := context.WithTimeout(ctx, askBound)
	err := looker.Look(bound, j.to)
	cancel()
	if errors.Is(err, sms.ErrPermanent) {
		c.giveUp(ctx, j, sms.Code(err), refusal(err))
		return true
	}
	if errors.Is(err, sms.ErrNotAsked) {
		return false
	}
	if err != nil {
		c.Log.Warn("number not looked up", "message", j.Message, "code", sms.Code(err))
		return false
	}
	c.insist(ctx, "record look-up", func(ctx context.Context) error {
		return c.Store.Looked(ctx, j.Org, j.Recipient, c.Now())
	})
	return false
}

func (c *Courier) send(ctx context.Context, j job) {
	text, err := c.text(j)
	if err != nil {
		c.logUnreadable(j.Due, err)
		c.retry(ctx, j, "org_name", false, c.backoff(j.Failures, 0))
		return
	}
	started := c.Now()
	bound, cancel := context.WithTimeout(ctx, askBound)
	receipt, err := j.road.Sender.Send(bound, text)
	cancel()
	c.metrics.took.Observe(c.Now().Sub(started).Seconds())
	if err != nil {
		c.failed(ctx, j, started, err)
		return
	}
	c.lines.passed(ctx, j.road.Line)
	c.metrics.count(sentText)
	c.arrived(ctx, c.sentText(j, j.road, j.id, receipt.ProviderID), receipt.Delivered)
}

// sentText is a text that a road took, to be asked about if the road can tell:
// even one that is delivered, in case that this is not recorded any more.
func (c *Courier) sentText(j job, r Road, id store.TextID, providerID string) store.SentText {
	s := store.SentText{Outbox: j.Outbox, Text: id, ProviderID: providerID}
	if _, can := r.Sender.(sms.Reporter); can && r.Check > 0 {
		s.Check = c.Now().Add(r.Check)
	}
	return s
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

// failed does what a sender's error asks for. A text that another road may take
// comes back at once, and finds this one paused.
func (c *Courier) failed(ctx context.Context, j job, asked time.Time, err error) {
	code := sms.Code(err)
	until, stopped := c.lines.stoppedBy(ctx, j.road.Line, asked, err)
	switch {
	case errors.Is(err, sms.ErrPermanent):
		c.lines.passed(ctx, j.road.Line)
		c.giveUp(ctx, j, code, refusal(err))
	case errors.Is(err, sms.ErrUnsure):
		c.retry(ctx, j, code, true, c.backoff(j.Failures, c.hearsay(j.road)))
	case errors.Is(err, sms.ErrHalt) && len(c.roadsOf(j)) < 2:
		// Others go first: it may be the fault of this text alone.
		c.retry(ctx, j, code, false, max(until.Sub(c.Now()), c.backoff(j.Failures, settle)))
	case stopped && len(c.roadsOf(j)) < 2:
		c.retry(ctx, j, code, false, until.Sub(c.Now()))
	case stopped:
		c.retry(ctx, j, code, false, 0)
	default:
		c.retry(ctx, j, code, false, max(sms.RetryAfter(err), c.backoff(j.Failures, 0)))
	}
}

// hearsay is how long to wait until what became of a text in doubt can be known.
func (c *Courier) hearsay(r Road) time.Duration {
	if r.finds() {
		return settle
	}
	return reported
}

// retry puts a text off by so long; or gives it up, when it is of no use by then.
func (c *Courier) retry(ctx context.Context, j job, code string, doubt bool, in time.Duration) {
	due := c.Now().Add(in)
	if !due.Before(j.ends()) {
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
