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
	var go_, back []job
	for _, j := range batch {
		if c.early(ctx, j) {
			continue
		}
		if c.choose(ctx, &j) {
			go_ = append(go_, j)
		} else {
			back = append(back, j)
		}
	}
	go_, late := c.pace(ctx, go_)
	c.release(ctx, append(back, late...))
	return go_
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
	if reminds(j.Kind) {
		if rest, ok := c.book(ctx, j); !ok || rest.After(now) {
			if ok {
				c.putOff(ctx, j, tooOften, c.opens(j, rest))
			}
			return true
		}
	}
	if at := c.opens(j, now); at.After(now) {
		c.putOff(ctx, j, quietHours, at)
		return true
	}
	return false
}

// reminds reports whether a text is one that nobody but a clock asked for.
func reminds(k store.TextKind) bool { return k == store.ReminderText || k == store.OverdueText }

// book takes the number of a reminder for the day. An overdue message does not
// wait for that. False: the row is lost, or the store is away.
func (c *Courier) book(ctx context.Context, j job) (rest time.Time, ok bool) {
	if j.Kind != store.ReminderText {
		return time.Time{}, true
	}
	err := c.insist(ctx, "book reminder", func(ctx context.Context) (err error) {
		rest, err = c.Store.MayRemind(ctx, j.Claim, c.Now())
		return err
	})
	return rest, err == nil
}

// opens is when a text may go out, not before at: by the recipient's day for
// what nobody asked for, and by the org's quiet hours for all that is not urgent.
func (c *Courier) opens(j job, at time.Time) time.Time {
	quiet := j.org.Policy.Quiet
	waking := clock.Window{From: quiet.To, To: quiet.From} // nothing is quiet: all day
	minds := !j.Urgent && (j.Kind == store.LinkText || reminds(j.Kind))
	for range 8 { // two windows may take turns; they meet, or never do
		before := at
		if reminds(j.Kind) {
			at = clock.Daytime.Open(at, j.zones...)
		}
		if minds && quiet.From != quiet.To {
			at = waking.Open(at, j.zones...)
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

// putOff puts a text off through no fault of its own, with an event. A reminder
// whose message will not live to see that is skipped.
func (c *Courier) putOff(ctx context.Context, j job, code string, due time.Time) {
	if !reminds(j.Kind) || due.Before(j.Expires) {
		c.retry(ctx, j, code, false, due.Sub(c.Now()))
		return
	}
	c.metrics.count(skippedText)
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
	slices.SortFunc(jobs, func(a, b job) int { return int(a.Outbox - b.Outbox) }) // as all who take several rows do
	rows := make([]store.Release, len(jobs))
	for i, j := range jobs {
		rows[i] = store.Release{Claim: j.Claim, Due: j.again}
	}
	err := c.insist(ctx, "release texts", func(ctx context.Context) error { return c.Store.Release(ctx, rows) })
	if err != nil && !errors.Is(err, context.Canceled) {
		c.Log.Warn("texts left until their claim runs out", "texts", len(rows), "err", err)
	}
}
