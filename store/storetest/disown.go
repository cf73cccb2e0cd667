package storetest

import (
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var disownChecks = []check{
	{"S12: a message that is not theirs is held, and no more texts go to the number", disownHolds},
	{"S12: the sender is told, once, of a message that was not for who got it", disownTells},
	{"a sender who may not be mailed is not told", disownUntold},
	{"S12: texts that wait for the number are given up, and nobody is reminded", disownCancels},
	{"a patient's wish for no more texts stands, whoever has the number", disownOptedOut},
	{"S12: that a message is not theirs, said many times at once, is said once", disownRace},
	{"there is nothing to disown in what is gone", disownGone},
	{"S12: nothing is read once a message was disowned", disownWhileReading},
}

func disownHolds(t *testing.T, c *Clinic) {
	m, hash, v := c.attached(t, files(9)...)
	c.send(t, Noon)
	another, link := c.texted(t, Number(1))
	must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon))
	if e := c.last(t, store.Disowned); e.Message != m.ID || e.Recipient != m.To.ID || e.By != visitor {
		t.Errorf("event: got %+v, want the visitor's word", e)
	}
	c.wantHeld(t, m, hash, v, Noon)
	c.wantViewing(t, another, link, v, Noon, nil) // of which nothing was said
	if got := c.refusal(t, m.To); got != store.NotMine {
		t.Errorf("Refusals: got %q, want %q", got, store.NotMine)
	}
	c.wantRefused(t, 1, store.Event{Recipient: m.To.ID, Detail: "not_mine", By: visitor})
	wantError(t, "Resend", c.Resend(t.Context(), c.Org.ID, another.ID, Ana, Noon), store.ErrConflict)
	if due := c.due(t, Noon.Add(time.Hour)); len(due) != 0 {
		t.Errorf("Due: got %d texts, want none", len(due))
	}
	must(t, "Allow", c.Allow(t.Context(), c.Org.ID, m.To.ID, store.Allowance{}, Ana, Noon))
	c.wantHeld(t, m, hash, v, Noon) // until staff release it
}

// disownable is a message, texted, whose sender may be mailed.
func (c *Clinic) disownable(tb testing.TB, number string) (store.Message, token.Hash) {
	tb.Helper()
	m := c.asked(tb, number, allSteps|store.NotifyAsked)
	c.wantNotices(tb, store.Accepted)
	return m, c.linked(tb, m)
}

func disownTells(t *testing.T, c *Clinic) {
	m, hash := c.disownable(t, Number(1))
	for range 3 {
		must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon))
	}
	if d := c.wantNotices(t, store.Disowned)[0]; d.Message != m.ID || d.Via != store.ViaMail || d.Detail != "" || d.Stale {
		t.Errorf("DueNotices: got %+v, want a mail about the message", d)
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Notified, store.Sent, store.Disowned, store.Notified)
	// Once staff sent it out again, it may be said anew.
	must(t, "ReleaseMessage", c.ReleaseMessage(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon))
	c.wantNotices(t, store.Disowned)
	if !c.link(t, hash, Noon).Held {
		t.Error("Link: the message is not held")
	}
}

func disownUntold(t *testing.T, c *Clinic) {
	m := c.asked(t, Number(1), allSteps)
	c.wantNotices(t, store.Accepted)
	hash := c.linked(t, m)
	must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon))
	c.wantNotices(t)
	if !c.link(t, hash, Noon).Held {
		t.Error("Link: the message is not held")
	}
}

func disownCancels(t *testing.T, c *Clinic) {
	m := c.watched(t, Number(1))
	m.Notify |= store.NotifyAsked
	c.mustAccept(t, c.Acceptance(m))
	hash := c.linked(t, m)
	waiting := c.asked(t, Number(1), allSteps)
	c.wantNotices(t, store.Accepted)
	others := c.accept(t, Number(2))[0]
	must(t, "AskCode", c.AskCode(t.Context(), hash, browser(1), visitor, Noon))
	w := c.oneWatch(t, Noon.Add(24*time.Hour))
	remind := store.Watched{Message: m.ID, Attempt: w.Attempt, Text: store.ReminderText, Reminded: 1, Due: Noon.Add(48 * time.Hour)}
	must(t, "Watched", c.Watched(t.Context(), remind, Noon))
	must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon))
	if d := c.oneDue(t, Noon.Add(time.Hour)); d.Message != others.ID {
		t.Error("Due: want the other recipient's text alone")
	}
	c.wantKinds(t, waiting.ID, store.Accepted, store.Notified, store.Failed)
	failed := c.events(t, store.EventFilter{Recipient: m.To.ID, Kind: store.Failed})
	for _, e := range failed {
		want := map[store.MessageID]string{waiting.ID: "not_mine", m.ID: "reminder not_mine", "": "code not_mine"}[e.Message]
		if e.Detail != want || e.By != visitor {
			t.Errorf("event: got %+v, want %q", e, want)
		}
	}
	if len(failed) != 3 {
		t.Errorf("events: got %d failed, want one of each text that waited", len(failed))
	}
	if due := c.watches(t, Noon.Add(life-time.Hour)); len(due) != 0 {
		t.Errorf("DueWatches: got %d, want none", len(due))
	}
	wantError(t, "Watched", c.Watched(t.Context(), remind, Noon), store.ErrConflict)
	c.wantNotices(t, store.Failed, store.Disowned)
}

func disownOptedOut(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	c.refuse(t, m.To, store.OptedOut)
	must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon))
	if got := c.refusal(t, m.To); got != store.OptedOut {
		t.Errorf("Refusals: got %q, want %q", got, store.OptedOut)
	}
	if !c.link(t, hash, Noon).Held {
		t.Error("Link: the message is not held")
	}
}

func disownRace(t *testing.T, c *Clinic) {
	m, hash := c.disownable(t, Number(1))
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon)) })
	}
	wg.Wait()
	c.wantNotices(t, store.Disowned)
	c.wantRefused(t, 1, store.Event{Recipient: m.To.ID, Detail: "not_mine", By: visitor})
	if n := len(c.events(t, store.EventFilter{Kind: store.Disowned})); n != 1 {
		t.Errorf("events: got %d disowned, want 1", n)
	}
}

func disownGone(t *testing.T, c *Clinic) {
	m, hash := c.disownable(t, Number(1))
	wantError(t, "NotMine after the message's life", c.NotMine(t.Context(), hash, visitor, Noon.Add(life)), store.ErrGone)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	wantError(t, "NotMine after Wipe", c.NotMine(t.Context(), hash, visitor, Noon), store.ErrGone)
	wantError(t, "NotMine by no such link", c.NotMine(t.Context(), token.New().Hash(), visitor, Noon), store.ErrNotFound)
	if got := c.refusal(t, m.To); got != "" {
		t.Errorf("Refusals: got %q, want none", got)
	}
	c.wantNotices(t)
}

func disownWhileReading(t *testing.T, c *Clinic) {
	for n := range 5 {
		m, hash, v := c.enrolled(t, Number(n))
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if err := c.Read(t.Context(), m.ID, v, Noon); err != nil {
					wantError(t, "Read", err, store.ErrHeld)
				}
			})
		}
		wg.Go(func() { must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon)) })
		wg.Wait()
		c.wantViewing(t, m, hash, v, Noon, store.ErrHeld)
	}
}
