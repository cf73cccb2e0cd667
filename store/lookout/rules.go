package lookout

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"securetext/store"
)

// judge holds what was counted to each org's rules. What happened long ago is no news.
func (c *count) judge(ctx context.Context) ([]store.Alert, error) {
	rules := map[store.OrgID]store.AlertRules{}
	rulesOf := func(org store.OrgID) (store.AlertRules, error) {
		if r, ok := rules[org]; ok {
			return r, nil
		}
		r, err := c.lookout.Store.AlertRules(ctx, org)
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		rules[org] = r
		return r, err
	}
	var found []store.Alert
	for _, a := range c.moved {
		r, err := rulesOf(a.Org)
		if err != nil {
			return nil, err
		}
		if r.Places {
			found = append(found, a)
		}
	}
	for k := range c.tallies {
		r, err := rulesOf(k.Org)
		if err != nil {
			return nil, err
		}
		a, err := c.hold(ctx, k, r)
		if err != nil {
			return nil, err
		}
		found = append(found, a...)
	}
	return c.news(found), nil
}

// news are the alerts that are young enough, in an order that is always the same,
// each with an id and the time of now.
func (c *count) news(found []store.Alert) []store.Alert {
	found = slices.DeleteFunc(found, func(a store.Alert) bool { return c.now.Sub(a.At) > store.AlertLate })
	slices.SortFunc(found, func(a, b store.Alert) int {
		return cmp.Or(cmp.Compare(a.Org, b.Org), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Subject, b.Subject))
	})
	for i := range found {
		found[i].ID, found[i].At = store.NewAlertID(c.now), c.now
	}
	return found
}

// hold holds one number to the rules: none or one alert.
func (c *count) hold(ctx context.Context, k store.TallyKey, r store.AlertRules) ([]store.Alert, error) {
	rule, most, until := store.Rule(""), 0, k.Span.Add(time.Hour)
	switch k.Measure {
	case store.TallyRefused:
		rule, most = store.ManyRefusals, r.Refusals
		if isBlock(k.Subject) {
			most *= 2
		}
	case store.TallyShown:
		rule, most = store.BulkReading, r.Reading
	case store.TallyWiped:
		rule, most, until = store.ManyWipes, r.Wipes, k.Span.AddDate(0, 0, 1)
	case store.TallySent:
		rule, most, until = store.UnusualVolume, r.Volume, k.Span.AddDate(0, 0, 1)
	}
	if most == 0 {
		return nil, nil
	}
	before, err := c.lookout.Store.TallyOf(ctx, []store.TallyKey{k})
	if err != nil {
		return nil, err
	}
	n := before[k] + c.tallies[k]
	if n < int64(most) {
		return nil, nil
	}
	if rule == store.UnusualVolume {
		usual, err := c.usual(ctx, k)
		if err != nil || float64(n) < float64(r.Factor)*usual {
			return nil, err
		}
	}
	return []store.Alert{{Org: k.Org, Rule: rule, Subject: k.Subject, Count: n, At: until}}, nil
}

// usual is how much a sender sends on a day on which it sends, of those before.
func (c *count) usual(ctx context.Context, k store.TallyKey) (float64, error) {
	days, err := c.lookout.Store.Tallies(ctx, store.TallyFilter{
		Org: k.Org, Measures: []store.Measure{store.TallySent}, Subject: k.Subject,
		Since: k.Span.AddDate(0, 0, -store.VolumeDays), Until: k.Span,
	})
	if err != nil || len(days) == 0 {
		return 0, err
	}
	var sum int64
	for _, d := range days {
		sum += d.N
	}
	return float64(sum) / float64(len(days)), nil
}

// isBlock reports whether a subject is a block of addresses, and no id.
func isBlock(subject string) bool { return blockOfSubject.MatchString(subject) }
