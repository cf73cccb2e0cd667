package storetest

import (
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var retryChecks = []check{
	{"a text put off is due again at its time, with an event", retryPutsOff},
	{"a text given up is never due again, with an event", failedGivesUp},
	{"whoever lost the lease settles its own text and nothing else", staleChangesNothing},
	{"of several attempts all are begun or none", addLinksAllOrNone},
	{"a row whose number could not be opened is put off without a text", retryWithoutText},
}

// Claim is the row as the courier holds it.
func (x text) Claim() store.Claim { return x.Due.Claim }

func retryPutsOff(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	x := c.begin(t, Noon)[0]
	again := Noon.Add(10 * time.Minute)
	r := store.Retry{Claim: x.Claim(), Text: x.Text, Reason: "20429", Due: again}
	must(t, "Retry", c.Retry(t.Context(), r, Noon))
	if due := c.due(t, again.Add(-time.Second)); len(due) != 0 {
		t.Errorf("Due before its time: got %d rows", len(due))
	}
	if d := c.oneDue(t, again); d.Attempt != 2 || !d.Queued.Equal(Noon) {
		t.Errorf("Due: got %+v queued %v, want the second attempt, queued at noon", d.Claim, d.Queued)
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Deferred)
	if e := c.last(t, store.Deferred); e.Detail != "20429" || e.Recipient != m.To.ID {
		t.Errorf("event: got %+v, want the reason and the recipient", e)
	}
	c.wantStatus(t, m.ID, store.Accepted)
}

func failedGivesUp(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	x := c.begin(t, Noon)[0]
	f := store.Failure{Claim: x.Claim(), Text: x.Text, Reason: "21610"}
	must(t, "Failed", c.Failed(t.Context(), f, Noon))
	if due := c.due(t, Noon.Add(24*time.Hour)); len(due) != 0 {
		t.Errorf("Due after Failed: got %d rows", len(due))
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Failed)
	if e := c.last(t, store.Failed); e.Detail != "21610" || e.Recipient != m.To.ID {
		t.Errorf("event: got %+v, want the reason and the recipient", e)
	}
	c.wantStatus(t, m.ID, store.Failed)
}

func staleChangesNothing(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	stale := c.begin(t, Noon)[0]
	now := Noon.Add(2 * lease)
	held := c.begin(t, now)[0]
	late := stale.Attempt
	late.Text, late.Link = store.NewTextID(now), token.New().Hash()
	wantError(t, "stale AddLinks", c.AddLinks(t.Context(), []store.Attempt{late}, now), store.ErrConflict)
	_, err := c.Link(t.Context(), late.Link, store.DeviceHash{}, now)
	wantError(t, "Link of a stale attempt", err, store.ErrNotFound)
	must(t, "stale Retry", c.Retry(t.Context(), store.Retry{Claim: stale.Claim(), Text: stale.Text, Reason: "x", Due: now}, now))
	must(t, "stale Failed", c.Failed(t.Context(), store.Failure{Claim: stale.Claim(), Text: stale.Text, Reason: "x"}, now))
	c.wantKinds(t, m.ID, store.Accepted)
	if due := c.due(t, now); len(due) != 0 {
		t.Fatalf("Due: the row was let go by one who did not hold it")
	}
	d := c.oneDue(t, now.Add(2*lease))
	if d.Attempt != held.Claim().Attempt+1 || len(d.Doubts) != 1 || d.Doubts[0].Text != held.Text {
		t.Errorf("Due: got %+v with %d doubts, want the next attempt with only the holder's text in doubt", d.Claim, len(d.Doubts))
	}
	must(t, "Sent", c.Sent(t.Context(), []store.SentText{held.sent()}, now))
	c.wantStatus(t, m.ID, store.Sent)
}

func addLinksAllOrNone(t *testing.T, c *Clinic) {
	wiped := c.accept(t, Number(1), Number(2))[0]
	var attempts []store.Attempt
	for _, d := range c.due(t, Noon) {
		attempts = append(attempts, store.Attempt{Claim: d.Claim, Text: store.NewTextID(Noon), Link: token.New().Hash()})
	}
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, wiped.ID, Ana, Noon))
	wantError(t, "AddLinks", c.AddLinks(t.Context(), attempts, Noon), store.ErrConflict)
	for _, a := range attempts {
		_, err := c.Link(t.Context(), a.Link, store.DeviceHash{}, Noon)
		wantError(t, "Link", err, store.ErrNotFound)
	}
	if d := c.oneDue(t, Noon.Add(2*lease)); len(d.Doubts) != 0 {
		t.Errorf("Doubts: got %d, want none: no text was begun", len(d.Doubts))
	}
}

func retryWithoutText(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	d := c.oneDue(t, Noon)
	must(t, "Retry", c.Retry(t.Context(), store.Retry{Claim: d.Claim, Reason: "keys", Due: Noon.Add(time.Minute)}, Noon))
	d = c.oneDue(t, Noon.Add(time.Minute))
	must(t, "Failed", c.Failed(t.Context(), store.Failure{Claim: d.Claim, Reason: "keys"}, Noon))
	c.wantKinds(t, m.ID, store.Accepted, store.Deferred, store.Failed)
}
