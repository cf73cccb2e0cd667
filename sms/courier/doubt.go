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

// doubtful reports whether a row has earlier texts to look up before it is
// sent again.
func (c *Courier) doubtful(j job) bool {
	_, can := c.Sender.(sms.Finder)
	return can && j.id == "" && len(j.Doubts) > 0
}

// lookUp asks the provider for the earlier texts of a row. It reports true when
// none went out: the next one is begun then. Otherwise the row is settled.
func (c *Courier) lookUp(ctx context.Context, j *job) (send bool) {
	bound, cancel := context.WithTimeout(ctx, askBound)
	defer cancel()
	since, texts := j.Doubts[0].At, make([]string, 0, len(j.Doubts))
	for _, d := range j.Doubts {
		since = earlier(since, d.At)
		texts = append(texts, string(d.Text))
	}
	list, err := c.Sender.(sms.Finder).Find(bound, sms.Query{To: j.to, Texts: texts, Since: since.Add(-skew)})
	if err != nil {
		c.lookUpFailed(ctx, *j, err)
		return false
	}
	found, ok, err := c.match(ctx, *j, list)
	if err != nil {
		return false // the store is away: the claim will run out
	}
	if ok {
		c.metrics.count(foundText)
		c.logFound(found.SentText)
		c.arrived(ctx, found.SentText, found.delivered)
		return false
	}
	return c.addLinks(ctx, []store.Attempt{c.mint(j)}) == nil
}

// lookUpFailed puts a row off whose doubts could not be looked up. Nothing was
// sent this time, whatever the error says.
func (c *Courier) lookUpFailed(ctx context.Context, j job, err error) {
	code := sms.Code(err)
	if until, stopped := c.line.stoppedBy(err); stopped {
		c.putBack(ctx, j, code, until)
		return
	}
	c.retry(ctx, j, code, false, c.backoff(j.Attempt, settle))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// match is a text that turned out to have been sent.
type match struct {
	store.SentText
	delivered bool
}

// match looks for a row's doubtful texts among those that the provider knows of
// for the number. Where bodies are kept the token in them tells. Where they are
// not, a text of that time that no row of ours accounts for will be it.
// What the carrier lost already is sent again all the same.
func (c *Courier) match(ctx context.Context, j job, list []sms.Found) (match, bool, error) {
	known, err := c.known(ctx, list)
	if err != nil {
		return match{}, false, err
	}
	for _, f := range list {
		if known[f.ProviderID] || f.State == sms.Undelivered || f.State == sms.Failed {
			continue
		}
		if id, ok := whose(j.Doubts, f); ok {
			s := store.SentText{Outbox: j.Outbox, Text: id, ProviderID: f.ProviderID}
			return match{s, f.State == sms.Delivered}, true, nil
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

// whose returns the doubtful text that a found one is.
func whose(doubts []store.Doubt, f sms.Found) (store.TextID, bool) {
	link := linkOf(f)
	for _, d := range doubts {
		switch {
		case link != token.Hash{}:
			if d.Link == link {
				return d.Text, true
			}
		case f.Body != "" && d.Link != token.Hash{}:
		case f.At.After(d.At.Add(-skew)) && f.At.Before(d.At.Add(askBound+skew)):
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
