package courier

import (
	"context"
	"time"

	"securetext/sms"
	"securetext/store"
	"securetext/store/token"
)

// skew is how far the provider's clock may be from ours.
const skew = time.Minute

// doubtful reports whether a row has earlier texts to look up before it is sent
// again, by whichever road.
func (c *Courier) doubtful(j job) bool { return j.id == "" && len(c.suspects(j)) > 0 }

// suspects are the doubts of a job by the line of their road, of those roads that
// can be asked.
func (c *Courier) suspects(j job) map[string][]store.Doubt {
	var found map[string][]store.Doubt
	for _, d := range j.Doubts {
		if r, known := named(c.Roads, d.Road); known && r.finds() {
			if found == nil {
				found = map[string][]store.Doubt{}
			}
			found[d.Road] = append(found[d.Road], d)
		}
	}
	return found
}

// lookUp asks the providers for the earlier texts of a row. It reports true when
// none went out: the next one is begun then. Otherwise the row is settled.
func (c *Courier) lookUp(ctx context.Context, j *job) (send bool) {
	for line, doubts := range c.suspects(*j) {
		r, _ := named(c.Roads, line)
		if c.lines.state(line) == paused && !(j.probe && line == j.road.Line) {
			j.again = c.lines.retryAt(line)
			c.release(ctx, []job{*j})
			return false
		}
		asked := c.Now()
		found, ok, err := c.find(ctx, *j, r, doubts)
		switch {
		case err != nil:
			c.lookUpFailed(ctx, *j, line, asked, err)
			return false
		case ok:
			c.metrics.count(foundText)
			c.logFound(found.SentText)
			c.arrived(ctx, found.SentText, found.delivered)
			return false
		}
	}
	return c.addLinks(ctx, []store.Attempt{c.mint(j)}) == nil
}

// find asks one road for those of a job's doubtful texts that went by it.
func (c *Courier) find(ctx context.Context, j job, r Road, doubts []store.Doubt) (match, bool, error) {
	bound, cancel := context.WithTimeout(ctx, askBound)
	defer cancel()
	q := sms.Query{To: j.to, Since: doubts[0].At}
	for _, d := range doubts {
		q.Texts = append(q.Texts, string(d.Text))
		if d.At.Before(q.Since) {
			q.Since = d.At
		}
	}
	q.Since = q.Since.Add(-skew)
	list, err := r.Sender.(sms.Finder).Find(bound, q)
	if err != nil {
		return match{}, false, err
	}
	return c.match(ctx, j, r, doubts, list)
}

// lookUpFailed puts a row off whose doubts could not be looked up. Nothing was
// sent this time, whatever the error says.
func (c *Courier) lookUpFailed(ctx context.Context, j job, line string, asked time.Time, err error) {
	wait := c.backoff(j.Failures, settle)
	if until, stopped := c.lines.stoppedBy(ctx, line, asked, err); stopped {
		wait = until.Sub(c.Now())
	}
	c.retry(ctx, j, sms.Code(err), false, wait)
}

// match is a text that turned out to have been sent.
type match struct {
	store.SentText
	delivered bool
}

// match looks for doubtful texts among those that the provider knows of. Its own
// word for which text it is counts first, then the token in the body. Where
// neither is kept, a text of that time that no row of ours accounts for will be
// it. What the carrier lost already is sent again all the same.
func (c *Courier) match(ctx context.Context, j job, r Road, doubts []store.Doubt, list []sms.Found) (match, bool, error) {
	known, err := c.known(ctx, list)
	if err != nil {
		return match{}, false, err
	}
	for _, f := range list {
		if known[f.ProviderID] || f.State == sms.Undelivered || f.State == sms.Failed {
			continue
		}
		if id, ok := whose(doubts, f, c.Lease); ok {
			return match{c.sentText(j, r, id, f.ProviderID), f.State == sms.Delivered}, true, nil
		}
	}
	return match{}, false, nil
}

func (c *Courier) known(ctx context.Context, list []sms.Found) (known map[string]bool, err error) {
	ids := make([]string, len(list))
	for i, f := range list {
		ids[i] = f.ProviderID
	}
	err = c.insist(ctx, "find known texts", func(ctx context.Context) (err error) {
		known, err = c.Store.KnownTexts(ctx, ids)
		return err
	})
	return known, err
}

// whose returns the doubtful text that a found one is. Where only the time can
// tell, a text went out while the claim on its row held.
func whose(doubts []store.Doubt, f sms.Found, lease time.Duration) (store.TextID, bool) {
	link := linkOf(f)
	for _, d := range doubts {
		switch {
		case f.Text != "":
			if string(d.Text) == f.Text {
				return d.Text, true
			}
		case link != token.Hash{}:
			if d.Link == link {
				return d.Text, true
			}
		case f.Body != "" && d.Link != token.Hash{}:
		case f.At.After(d.At.Add(-skew)) && f.At.Before(d.At.Add(lease+skew)):
			return d.Text, true
		}
	}
	return "", false
}

// linkOf is zero where a found text carries no link, or it cannot be seen.
func linkOf(f sms.Found) token.Hash {
	t, ok := sms.FindToken(f.Body)
	if !ok {
		return token.Hash{}
	}
	return t.Hash()
}
