package storetest

import (
	"slices"
	"testing"
	"time"

	"securetext/store"
)

var suppressedChecks = []check{
	{"those who get no texts are listed by id, page by page, with numbers that open", suppressedPages},
	{"a refusal is listed since it was given, and no more once it is ended", suppressedSince},
	{"a refusal is ended for one reason alone when that is said", allowOnly},
	{"how consent was verified is told when a refusal is ended", allowHow},
	{"an unknown recipient cannot be refused without a number", refuseNumberless},
}

func (c *Clinic) suppressed(tb testing.TB, after store.RecipientID, limit int) []store.Suppressed {
	tb.Helper()
	list, err := c.Suppressed(tb.Context(), c.Org.ID, after, limit)
	must(tb, "Suppressed", err)
	return list
}

func suppressedPages(t *testing.T, c *Clinic) {
	numbers := map[store.RecipientID]string{}
	var want []store.RecipientID
	for n := range 7 {
		r := c.Recipient(t, Number(n))
		c.refuse(t, r, store.Blocked)
		numbers[r.ID] = Number(n)
		want = append(want, r.ID)
	}
	c.accept(t, Number(100)) // who gets texts
	slices.Sort(want)
	var got []store.RecipientID
	var after store.RecipientID
	for {
		page := c.suppressed(t, after, 3)
		if len(page) == 0 {
			break
		}
		for _, s := range page {
			c.opensNumber(t, s.Key, s.Number, s.Place(), numbers[s.ID])
			got = append(got, s.ID)
		}
		after = page[len(page)-1].ID
	}
	if !slices.Equal(got, want) {
		t.Errorf("Suppressed: got %v, want %v", got, want)
	}
}

func suppressedSince(t *testing.T, c *Clinic) {
	r := c.Recipient(t, Number(1))
	for i, why := range []store.Refusal{store.Landline, store.Landline, store.OptedOut} {
		at := Noon.Add(time.Duration(i) * time.Hour)
		must(t, "Refuse", c.Refuse(t.Context(), c.Org.ID, r, why, Ana, at))
		since := Noon // the same reason again is nothing new
		if why == store.OptedOut {
			since = at
		}
		list := c.suppressed(t, "", 10)
		if len(list) != 1 || list[0].ID != r.ID || list[0].Org != c.Org.ID || list[0].Why != why || !list[0].Since.Equal(since) {
			t.Errorf("Suppressed: got %+v, want %s since %v", list, why, since)
		}
	}
	must(t, "Allow", c.Allow(t.Context(), c.Org.ID, r.ID, store.Allowance{}, Ana, Noon))
	if list := c.suppressed(t, "", 10); len(list) != 0 {
		t.Errorf("Suppressed after Allow: got %d, want none", len(list))
	}
}

func allowOnly(t *testing.T, c *Clinic) {
	r := c.Recipient(t, Number(1))
	c.refuse(t, r, store.Blocked)
	before := c.count(t)
	only := store.Allowance{Only: store.OptedOut} // the patient's START does not undo what staff said
	wantError(t, "Allow of another reason", c.Allow(t.Context(), c.Org.ID, r.ID, only, Ana, Noon), store.ErrNotFound)
	if got := c.count(t); got != before || c.refusal(t, r) != store.Blocked {
		t.Errorf("Allow of another reason: got %d events and %q, want none and the refusal", got-before, c.refusal(t, r))
	}
	c.refuse(t, r, store.OptedOut)
	must(t, "Allow", c.Allow(t.Context(), c.Org.ID, r.ID, only, Ana, Noon))
	if got := c.refusal(t, r); got != store.Blocked {
		t.Errorf("Refusals: got %q, want what staff said before", got)
	}
	c.refuse(t, r, store.OptedOut)
	must(t, "Allow", c.Allow(t.Context(), c.Org.ID, r.ID, store.Allowance{}, Ana, Noon))
	if got := c.refusal(t, r); got != "" {
		t.Errorf("Refusals: got %q, want none", got)
	}
}

func allowHow(t *testing.T, c *Clinic) {
	r := c.Recipient(t, Number(1))
	c.refuse(t, r, store.OptedOut)
	must(t, "Allow", c.Allow(t.Context(), c.Org.ID, r.ID, store.Allowance{How: "signed_form"}, Ana, Noon))
	if e := c.last(t, store.Allowed); e.Detail != "signed_form" || e.Recipient != r.ID {
		t.Errorf("event: got %+v, want how consent was verified", e)
	}
}

func refuseNumberless(t *testing.T, c *Clinic) {
	r := c.Recipient(t, Number(1))
	numberless := store.Recipient{ID: r.ID}
	before := c.count(t)
	err := c.Refuse(t.Context(), c.Org.ID, numberless, store.Blocked, Ana, Noon)
	wantError(t, "Refuse of one who is not known", err, store.ErrNotFound)
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
	c.accept(t, Number(1))
	c.refuse(t, numberless, store.Blocked)
	list := c.suppressed(t, "", 10)
	if len(list) != 1 {
		t.Fatalf("Suppressed: got %d, want 1", len(list))
	}
	c.opensNumber(t, list[0].Key, list[0].Number, list[0].Place(), Number(1))
}
