package storetest

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"securetext/store"
)

var refusalChecks = []check{
	{"a recipient whom nobody wrote to can be refused, and keeps the number", refuseUnwritten},
	{"a refusal stands until it is replaced or ended, each with an event", refusalReplaced},
	{"of a thousand recipients the refused are told", refusalsOfMany},
	{"a text given up tells what is known of its recipient", failedRefuses},
	{"a receipt tells what is known of its recipient, once", receiptRefuses},
	{"a refusal by one who lost the lease changes nothing", staleRefuses},
}

// refusal is that of one recipient; empty when there is none.
func (c *Clinic) refusal(tb testing.TB, r store.Recipient) store.Refusal {
	tb.Helper()
	return c.known(tb, r).Refusal
}

// known is how a recipient is found by their number.
func (c *Clinic) known(tb testing.TB, r store.Recipient) store.Known {
	tb.Helper()
	all, err := c.Known(tb.Context(), c.Org.ID, store.Hashes(r.Hashes))
	must(tb, "Known", err)
	k, _ := store.Among(all, r.Hashes)
	return k
}

func (c *Clinic) refuse(tb testing.TB, r store.Recipient, why store.Refusal) {
	tb.Helper()
	must(tb, "Refuse", c.Refuse(tb.Context(), c.Org.ID, r, why, Ana, Noon))
}

func (c *Clinic) wantRefused(tb testing.TB, events int, want store.Event) {
	tb.Helper()
	all := c.events(tb, store.EventFilter{Org: c.Org.ID, Kind: store.Refused})
	if len(all) != events {
		tb.Fatalf("events: got %d refused, want %d", len(all), events)
	}
	if e := all[events-1]; e.Recipient != want.Recipient || e.Detail != want.Detail || e.By.Kind != want.By.Kind || e.Message != "" {
		tb.Errorf("event: got %+v, want %+v", e, want)
	}
}

func refuseUnwritten(t *testing.T, c *Clinic) {
	r := c.Recipient(t, Number(1))
	c.refuse(t, r, store.Landline)
	if got := c.refusal(t, r); got != store.Landline {
		t.Errorf("Refusals: got %q, want %q", got, store.Landline)
	}
	c.wantRefused(t, 1, store.Event{Recipient: r.ID, Detail: "landline", By: Ana})
	must(t, "Allow", c.Allow(t.Context(), c.Org.ID, r.ID, store.Allowance{}, Ana, Noon))
	c.accept(t, Number(1))
	d := c.oneDue(t, Noon)
	c.opensNumber(t, d.NumberKey, d.Number, d.Place(), Number(1))
	nowhere := c.Refuse(t.Context(), c.Org.ID+"x", c.Recipient(t, Number(2)), store.Blocked, Ana, Noon)
	wantError(t, "Refuse in no org", nowhere, store.ErrNotFound)
}

func refusalReplaced(t *testing.T, c *Clinic) {
	r := c.accept(t, Number(1))[0].To
	wantError(t, "Allow of one who gets texts", c.Allow(t.Context(), c.Org.ID, r.ID, store.Allowance{}, Ana, Noon), store.ErrNotFound)
	for i, why := range []store.Refusal{store.Blocked, store.OptedOut} {
		for range 2 { // the second time nothing is new
			c.refuse(t, r, why)
			c.wantRefused(t, i+1, store.Event{Recipient: r.ID, Detail: string(why), By: Ana})
		}
		if got := c.refusal(t, r); got != why {
			t.Errorf("Refusals: got %q, want %q", got, why)
		}
	}
	c.refuse(t, r, store.Dead)
	if got := c.refusal(t, r); got != store.OptedOut {
		t.Errorf("Refusals: got %q, want the patient's own wish to stand", got)
	}
	must(t, "Allow", c.Allow(t.Context(), c.Org.ID, r.ID, store.Allowance{}, Ana, Noon))
	if got := c.refusal(t, r); got != "" {
		t.Errorf("Refusals: got %q, want none", got)
	}
	if e := c.last(t, store.Allowed); e.Recipient != r.ID || e.By != Ana {
		t.Errorf("event: got %+v, want one by Ana about the recipient", e)
	}
	wantError(t, "Allow again", c.Allow(t.Context(), c.Org.ID, r.ID, store.Allowance{}, Ana, Noon), store.ErrNotFound)
}

func refusalsOfMany(t *testing.T, c *Clinic) {
	first, last := c.Recipient(t, Number(1)), c.Recipient(t, Number(2))
	c.refuse(t, first, store.OptedOut)
	c.refuse(t, last, store.Dead)
	hashes := store.Hashes(first.Hashes)
	for n := range 1000 {
		hashes = append(hashes, store.NumberHash(fmt.Sprint("rcp_", n)))
	}
	hashes = append(hashes, last.Hashes[0].Hash)
	want := map[store.NumberHash]store.Known{
		hashes[0]: {ID: first.ID, Refusal: store.OptedOut}, last.Hashes[0].Hash: {ID: last.ID, Refusal: store.Dead},
	}
	if got, err := c.Known(t.Context(), c.Org.ID, hashes); err != nil || !maps.Equal(got, want) {
		t.Errorf("Known: got %v, %v, want %v", got, err, want)
	}
	if got, err := c.Known(t.Context(), c.Org.ID, nil); err != nil || len(got) != 0 {
		t.Errorf("Known of none: got %v, %v", got, err)
	}
}

func failedRefuses(t *testing.T, c *Clinic) {
	messages := c.accept(t, Number(1), Number(1), Number(2))
	x := c.begin(t, Noon)[0]
	f := store.Failure{Claim: x.Claim(), Text: x.Text, Reason: "21610", Refusal: store.OptedOut}
	must(t, "Failed", c.Failed(t.Context(), f, Noon))
	if got := c.refusal(t, messages[0].To); got != store.OptedOut {
		t.Errorf("Refusals: got %q, want %q", got, store.OptedOut)
	}
	c.wantRefused(t, 1, store.Event{Recipient: messages[0].To.ID, Detail: "opted_out", By: store.Actor{Kind: store.BySystem}})
	for i, want := range []string{"21610", "opted_out"} {
		c.wantKinds(t, messages[i].ID, store.Accepted, store.Failed)
		failed := c.events(t, store.EventFilter{Message: messages[i].ID, Kind: store.Failed})
		if len(failed) != 1 || failed[0].Detail != want {
			t.Errorf("events of message %d: got %+v, want %s once", i, failed, want)
		}
	}
	if d := c.oneDue(t, Noon.Add(2*lease)); d.Message != messages[2].ID {
		t.Error("Due: want the other recipient's text alone")
	}
}

func receiptRefuses(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	x := c.send(t, Noon)[0]
	waits := c.accept(t, Number(1))[0]
	r := x.receipt(store.TextUndelivered)
	r.Refusal, r.Retry = store.Landline, Noon.Add(time.Minute)
	must(t, "Receipt", c.Receipt(t.Context(), r, Noon))
	r.Refusal = store.Dead // of a duplicate: nothing moves
	must(t, "Receipt again", c.Receipt(t.Context(), r, Noon))
	r.Refusal, r.State = store.Landline, store.TextFailed // known already
	must(t, "Receipt of the same text", c.Receipt(t.Context(), r, Noon))
	if got := c.refusal(t, m.To); got != store.Landline {
		t.Errorf("Refusals: got %q, want %q", got, store.Landline)
	}
	c.wantRefused(t, 1, store.Event{Recipient: m.To.ID, Detail: "landline", By: store.Actor{Kind: store.ByCarrier}})
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Undelivered, store.Failed)
	c.wantKinds(t, waits.ID, store.Accepted, store.Failed)
	if b := c.backlog(t, Noon.Add(time.Hour)); b.Due != 0 {
		t.Errorf("Backlog: got %d due, want none", b.Due)
	}
}

func staleRefuses(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	x := c.begin(t, Noon)[0]
	c.oneDue(t, Noon.Add(2*lease))
	f := store.Failure{Claim: x.Claim(), Text: x.Text, Reason: "21610", Refusal: store.OptedOut}
	must(t, "stale Failed", c.Failed(t.Context(), f, Noon.Add(2*lease)))
	if got := c.refusal(t, m.To); got != "" {
		t.Errorf("Refusals: got %q, want none", got)
	}
	c.wantKinds(t, m.ID, store.Accepted)
}
