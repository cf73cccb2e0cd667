package storetest

import (
	"testing"
	"time"

	"securetext/store"
)

var doubtChecks = []check{
	{"a text begun and never told of is a doubt when its row is claimed again", doubtAfterLease},
	{"texts put off in doubt stay doubts, those refused do not", doubtAfterRetry},
	{"a doubt that turns out to have been sent ends with Sent", doubtResolved},
	{"the links of doubtful texts work", doubtLinksWork},
}

func doubtAfterLease(t *testing.T, c *Clinic) {
	c.accept(t, Number(1))
	x := c.begin(t, Noon)[0]
	d := c.oneDue(t, Noon.Add(2*lease))
	if len(d.Doubts) != 1 {
		t.Fatalf("Doubts: got %d, want 1", len(d.Doubts))
	}
	if got := d.Doubts[0]; got.Text != x.Text || got.Road != road || got.Link != x.Link || !got.At.Equal(Noon) {
		t.Errorf("Doubts: got %+v, want the text that was begun, and its road", got)
	}
}

func doubtAfterRetry(t *testing.T, c *Clinic) {
	c.accept(t, Number(1))
	now := Noon
	for i, doubt := range []bool{true, false, true} {
		x := c.begin(t, now)[0]
		now = now.Add(time.Minute)
		r := store.Retry{Claim: x.Claim(), Text: x.Text, Doubt: doubt, Reason: "timeout", Due: now}
		must(t, "Retry", c.Retry(t.Context(), r, now))
		if want := []int{0, 1, 1}[i]; len(x.Doubts) != want {
			t.Errorf("Doubts at claim %d: got %d, want %d", i+1, len(x.Doubts), want)
		}
	}
	if d := c.oneDue(t, now); len(d.Doubts) != 2 {
		t.Errorf("Doubts: got %d, want those two put off in doubt", len(d.Doubts))
	}
}

func doubtResolved(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	x := c.begin(t, Noon)[0]
	d := c.oneDue(t, Noon.Add(2*lease))
	found := store.SentText{Outbox: d.Outbox, Text: d.Doubts[0].Text, ProviderID: x.provider}
	must(t, "Sent", c.Sent(t.Context(), []store.SentText{found}, Noon.Add(2*lease)))
	if due := c.due(t, Noon.Add(time.Hour)); len(due) != 0 {
		t.Errorf("Due: got %d rows, want none", len(due))
	}
	c.wantStatus(t, m.ID, store.Sent)
}

func doubtLinksWork(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	first := c.begin(t, Noon)[0]
	second := c.begin(t, Noon.Add(2*lease))[0]
	for _, x := range []text{first, second} {
		if l := c.link(t, x.Link, Noon.Add(2*lease)); l.Message != m.ID {
			t.Errorf("Link: got message %s, want %s", l.Message, m.ID)
		}
	}
}
