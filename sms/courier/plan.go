package courier

import (
	"context"
	"errors"
	"slices"
	"time"

	"securetext/sms/clock"
	"securetext/store"
)

// plan sorts out what of a batch may be sent now, and by which road. What may
// not is put off.
func (c *Courier) plan(ctx context.Context, batch []job) []job {
	c.lines.refresh(ctx)
	slices.SortStableFunc(batch, codesFirst)
	var ready, back []job
	for _, j := range batch {
		if j.Refused != "" { // since it was queued
			c.giveUp(ctx, j, string(j.Refused), "")
			continue
		}
		if c.late(ctx, j) || c.early(ctx, j) {
			continue
		}
		if c.choose(ctx, &j) {
			ready = append(ready, j)
		} else {
			back = append(back, j)
		}
	}
	ready, late := c.pace(ctx, ready)
	c.release(ctx, append(back, late...))
	return ready
}

// Why a text waits, as its event says.
const (
	quietHours = "quiet_hours"
	tooOften   = "too_often"
)

// early puts a text off whose time of the day has not come, or a reminder to a
// number that gets no more for now.
func (c *Courier) early(ctx context.Context, j job) bool {
	now := c.Now()
	if at := c.opensFor(j, now); at.After(now) {
		c.putOff(ctx, j, quietHours, at)
		return true
	}
	if j.Kind != store.ReminderText {
		return false // an overdue text is one at most, and does not wait for the number's rest
	}
	rest, err := c.book(ctx, j)
	if err == nil && rest.After(now) {
		c.putOff(ctx, j, tooOften, opens(j, rest))
	}
	return err != nil || rest.After(now)
}

// reminds reports whether a text is one that nobody but a clock asked for.
func reminds(k store.TextKind) bool { return k == store.ReminderText || k == store.OverdueText }

// book takes the number of a reminder for the day. An error: the row is lost, or
// the store is away.
func (c *Courier) book(ctx context.Context, j job) (rest time.Time, err error) {
	err = c.insist(ctx, "book reminder", func(ctx context.Context) (err error) {
		rest, err = c.Store.MayRemind(ctx, j.Claim, c.Now())
		return err
	})
	return rest, err
}

// opensFor is when a text may go out. One that nobody asked for is not begun when
// the day might end while it is in hand.
func (c *Courier) opensFor(j job, now time.Time) time.Time {
	at := opens(j, now)
	if !reminds(j.Kind) || at.After(now) {
		return at
	}
	if end := now.Add(c.Lease); opens(j, end).After(end) {
		return opens(j, end)
	}
	return at
}

// opens is when a text may go out, not before at. What nobody asked for waits for
// the recipient's day and for the end of the org's quiet hours, the first text of
// a message that is not urgent for these alone.
func opens(j job, at time.Time) time.Time {
	var windows []clock.Window
	if quiet := j.org.Policy.Quiet; quiet.From != quiet.To && (reminds(j.Kind) || j.Kind == store.LinkText && !j.Urgent) {
		windows = append(windows, clock.Window{From: quiet.To, To: quiet.From})
	}
	if reminds(j.Kind) {
		windows = append(windows, clock.Daytime)
	}
	if len(windows) == 0 {
		return at
	}
	there := zones(j)
	for range 8 { // two windows may take turns; they meet, or never do
		before := at
		for _, w := range windows {
			at = w.Open(at, there...)
		}
		if at.Equal(before) {
			break
		}
	}
	return at
}

// zones are those of a recipient: as the message says, as the number tells, or
// the org's own.
func zones(j job) []*time.Location {
	if z, err := clock.ParseZone(j.TimeZone); err == nil {
		return []*time.Location{z}
	}
	if told := clock.Zones(j.to.E164()); len(told) > 0 {
		return told
	}
	if z, err := clock.ParseZone(j.org.Policy.TimeZone); err == nil {
		return []*time.Location{z}
	}
	return []*time.Location{time.UTC}
}

// shortly is a wait that is not worth an event.
const shortly = time.Minute

// putOff puts a text off through no fault of its own, with an event. A reminder
// whose message will not live to see that is skipped; a first text is given up at
// once, so that its sender hears of it while there is time.
func (c *Courier) putOff(ctx context.Context, j job, code string, due time.Time) {
	wait := due.Sub(c.Now())
	switch over := !due.Before(j.Expires); {
	case over && reminds(j.Kind):
		c.skip(ctx, j, code)
	case !over && wait < shortly:
		j.again = due
		c.release(ctx, []job{j})
	default:
		c.retry(ctx, j, code, false, wait)
	}
}

func (c *Courier) skip(ctx context.Context, j job, code string) {
	c.metrics.count(skippedText)
	c.logSkipped(j, code)
	c.insist(ctx, "skip reminder", func(ctx context.Context) error {
		return c.Store.Skip(ctx, j.Claim, code, c.Now())
	})
}

// choose gives a job its road: the first that lets it through. False: none does
// now, and j.again says when to ask again.
func (c *Courier) choose(ctx context.Context, j *job) bool {
	roads := c.roadsOf(*j)
	for _, r := range roads {
		switch c.lines.state(r.Line) {
		case flowing:
			j.road = r
			return true
		case over:
			if c.lines.probe(ctx, r.Line) {
				j.road, j.probe = r, true
				return true
			}
		}
		if at := c.lines.retryAt(r.Line); j.again.IsZero() || at.Before(j.again) {
			j.again = at
		}
	}
	if len(roads) == 0 {
		c.Log.Error("no road for the texts of an org is set up here", "org", j.Org, "roads", j.org.Policy.Roads)
		j.again = c.Now().Add(time.Minute)
	}
	return false
}

// roadsOf are the roads that a job may go. One that has a text in doubt on a road
// that cannot be asked goes no other.
func (c *Courier) roadsOf(j job) []Road {
	if j.Test || j.org.Policy.Test {
		return []Road{c.Roads.Sandbox()}
	}
	for _, d := range j.Doubts {
		if r, known := c.Roads.Named(d.Road); known && !r.finds() {
			return []Road{r}
		}
	}
	return c.Roads.Of(j.org.Policy.Roads)
}

// pace takes what the roads may carry a second, for all couriers together. The
// others come back when their turn should be.
func (c *Courier) pace(ctx context.Context, batch []job) (now, later []job) {
	asked := map[string][]job{}
	for _, j := range batch {
		if j.road.Rate > 0 && !j.probe {
			asked[j.road.Line] = append(asked[j.road.Line], j)
		} else {
			now = append(now, j)
		}
	}
	for line, jobs := range asked {
		rate := jobs[0].road.Rate
		granted, next, err := c.Store.Pace(ctx, line, len(jobs), rate, c.Now())
		if err != nil {
			granted, next = 0, c.Now().Add(fresh)
		}
		now = append(now, jobs[:granted]...)
		for i, j := range jobs[granted:] {
			j.again = next.Add(time.Duration(float64(i) / rate * float64(time.Second)))
			later = append(later, j)
		}
	}
	return now, later
}

// release gives jobs back without an event.
func (c *Courier) release(ctx context.Context, jobs []job) {
	if len(jobs) == 0 {
		return
	}
	rows := make([]store.Release, len(jobs))
	for i, j := range jobs {
		rows[i] = store.Release{Claim: j.Claim, Due: j.again}
	}
	err := c.insist(ctx, "release texts", func(ctx context.Context) error { return c.Store.Release(ctx, rows) })
	if err != nil && !errors.Is(err, context.Canceled) {
		c.Log.Warn("texts left until their claim runs out", "texts", len(rows), "err", err)
	}
}
