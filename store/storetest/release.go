package storetest

import (
	"testing"
	"time"

	"securetext/store"
)

var releaseChecks = []check{
	{"a row given back is due again at its time, without an event", releasePutsBack},
	{"a reminder that is skipped is due no more, and its message is on its way", skipEnds},
	{"who lost the lease neither gives a row back nor skips it", staleReleases},
	{"failures are counted apart from claims", failuresCounted},
}

func releasePutsBack(t *testing.T, c *Clinic) {
	messages := c.accept(t, Number(1), Number(2))
	var rows []store.Release
	for i, d := range c.due(t, Noon) {
		rows = append([]store.Release{{Claim: d.Claim, Due: Noon.Add(time.Duration(i+1) * time.Hour)}}, rows...)
	}
	must(t, "Release", c.Release(t.Context(), rows))
	must(t, "Release of none", c.Release(t.Context(), nil))
	if due := c.due(t, Noon.Add(time.Hour-time.Second)); len(due) != 0 {
		t.Errorf("Due before its time: got %d rows", len(due))
	}
	for i, m := range messages {
		at := Noon.Add(time.Duration(i+1) * time.Hour)
		d := c.oneDue(t, at)
		if d.Message != m.ID || d.Attempt != 2 || d.Failures != 0 || !d.Queued.Equal(Noon) || len(d.Doubts) != 0 {
			t.Errorf("Due: got %+v, want the row as it was, at its second claim", d)
		}
		must(t, "Release", c.Release(t.Context(), []store.Release{{Claim: d.Claim, Due: Noon.Add(life)}}))
		c.wantKinds(t, m.ID, store.Accepted)
	}
}

func skipEnds(t *testing.T, c *Clinic) {
	m := c.watched(t, Number(1))
	c.mustAccept(t, c.Acceptance(m))
	c.send(t, Noon)
	at := Noon.Add(24 * time.Hour)
	d := c.remind(t, at)
	for range 2 {
		must(t, "Skip", c.Skip(t.Context(), d.Claim, "too_often", at))
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Skipped)
	e := c.last(t, store.Skipped)
	if e.Detail != "reminder too_often" || e.Recipient != m.To.ID || e.By.Kind != store.BySystem || !e.At.Equal(at) {
		t.Errorf("event: got %+v, want the kind and the reason, about the recipient", e)
	}
	if due := c.due(t, Noon.Add(life-time.Second)); len(due) != 0 {
		t.Errorf("Due after Skip: got %d rows, want none", len(due))
	}
	if due := c.dueNotices(t, at); len(due) != 0 {
		t.Errorf("DueNotices after Skip: got %d, want none", len(due))
	}
	c.wantStatus(t, m.ID, store.Sent)
	if w := c.oneWatch(t, at.Add(48*time.Hour)); w.Message != m.ID || len(w.Remind) != 2 {
		t.Errorf("DueWatches: got %+v, want the message still watched", w)
	}
}

func staleReleases(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	stale := c.oneDue(t, Noon).Claim
	now := Noon.Add(lease)
	held := c.oneDue(t, now).Claim
	must(t, "stale Release", c.Release(t.Context(), []store.Release{{Claim: stale, Due: now}}))
	must(t, "stale Skip", c.Skip(t.Context(), stale, "too_often", now))
	if due := c.due(t, now); len(due) != 0 {
		t.Error("Due: the row was let go by one who did not hold it")
	}
	if d := c.oneDue(t, now.Add(lease)); d.Outbox != held.Outbox || d.Attempt != held.Attempt+1 {
		t.Errorf("Due: got %+v, want the next claim of %+v", d.Claim, held)
	}
	c.wantKinds(t, m.ID, store.Accepted)
}

func failuresCounted(t *testing.T, c *Clinic) {
	c.accept(t, Number(1))
	failures, attempts := 0, 0
	for _, step := range []string{"release", "retry", "stale", "release", "retry", "retry", "stale"} {
		d := c.oneDue(t, Noon)
		attempts++
		if d.Failures != failures || d.Attempt != attempts {
			t.Errorf("Due before %s: got %d failures at attempt %d, want %d at %d", step, d.Failures, d.Attempt, failures, attempts)
		}
		r := store.Retry{Claim: d.Claim, Reason: "30001", Due: Noon}
		switch step {
		case "retry":
			failures++
			must(t, "Retry", c.Retry(t.Context(), r, Noon))
			continue
		case "stale":
			r.Claim.Attempt--
			must(t, "stale Retry", c.Retry(t.Context(), r, Noon))
		}
		must(t, "Release", c.Release(t.Context(), []store.Release{{Claim: d.Claim, Due: Noon}}))
	}
	if d := c.oneDue(t, Noon); d.Failures != 3 {
		t.Errorf("Due: got %d failures, want 3", d.Failures)
	}
}
