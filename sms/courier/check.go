package courier

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"securetext/sms"
	"securetext/store"
	"securetext/store/insist"
)

// Checker asks providers what became of texts whose callbacks did not come. Run
// it in as many processes as there are couriers: each text is asked about by one.
type Checker struct {
	Store interface {
		Unreported(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]store.Unreported, error)
		Checked(ctx context.Context, id store.TextID, next time.Time) error
	}
	Roads    Roads
	Receipts *Receipts
	Log      *slog.Logger
	Now      func() time.Time
	Every    time.Duration // zero: 10 s
}

const (
	// checkLimit is how many texts are asked about in one go, and checkLease how
	// long they are nobody else's.
	checkLimit = 100
	checkLease = 10 * time.Minute
	// maxCheckWait is the longest wait between two questions about one text, and
	// checkFor how long after it was sent it is asked about: no provider holds a
	// text longer.
	maxCheckWait = 6 * time.Hour
	checkFor     = 48 * time.Hour
)

// Run asks until ctx ends, and returns nil. A store that is away it waits for.
func (c *Checker) Run(ctx context.Context) error {
	every := orElse(c.Every, 10*time.Second)
	for ctx.Err() == nil {
		if n := c.round(ctx); n < checkLimit {
			insist.Sleep(ctx, every)
		}
	}
	return nil
}

// round asks about what is due, and returns how many texts it asked about.
func (c *Checker) round(ctx context.Context) int {
	due, err := c.Store.Unreported(ctx, checkLimit, checkLease, c.Now())
	if err != nil {
		if ctx.Err() == nil {
			c.Log.Warn("texts not checked", "err", err)
		}
		return 0
	}
	away := map[string]bool{}
	for _, u := range due {
		if ctx.Err() != nil || away[u.Road] {
			continue // the claim will run out
		}
		away[u.Road] = !c.check(ctx, u)
	}
	return len(due)
}

// check asks about one text. False: its provider tells nothing at present.
func (c *Checker) check(ctx context.Context, u store.Unreported) bool {
	r, _ := named(c.Roads, u.Road)
	reporter, can := r.Sender.(sms.Reporter)
	if !can || r.Check == 0 {
		c.checked(ctx, u, time.Time{})
		return true
	}
	bound, cancel := context.WithTimeout(ctx, askBound)
	status, err := reporter.Report(bound, u.ProviderID)
	cancel()
	if err != nil {
		c.Log.Warn("text not checked", "text", u.Text, "road", u.Road, "code", sms.Code(err))
		return !errors.Is(err, sms.ErrBusy) && !errors.Is(err, sms.ErrAway) && !errors.Is(err, sms.ErrHalt)
	}
	if final(status.State) {
		status.Text, status.ProviderID = string(u.Text), u.ProviderID
		if c.Receipts.Record(ctx, status) == nil {
			c.Log.Info("lost callback found", "text", u.Text, "state", status.State)
		}
		return true
	}
	c.checked(ctx, u, c.next(u, r.Check))
	return true
}

func final(s sms.State) bool { return s == sms.Delivered || s == sms.Undelivered || s == sms.Failed }

// next is when to ask again: each time later; the zero time is never.
func (c *Checker) next(u store.Unreported, first time.Duration) time.Time {
	wait := min(maxCheckWait, first<<min(u.Checks+1, 16))
	at := c.Now().Add(wait)
	if at.After(u.Sent.Add(checkFor)) {
		return time.Time{}
	}
	return at
}

func (c *Checker) checked(ctx context.Context, u store.Unreported, next time.Time) {
	if err := c.Store.Checked(ctx, u.Text, next); err != nil && ctx.Err() == nil {
		c.Log.Warn("check not recorded", "text", u.Text, "err", err)
	}
}
