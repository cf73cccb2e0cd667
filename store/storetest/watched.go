package storetest

import (
	"testing"
	"time"

	"securetext/store"
)

func watchedKeeps(t *testing.T, c *Clinic) {
	c.mustAccept(t, c.Acceptance(c.watched(t, Number(1))))
	now := Noon.Add(24 * time.Hour)
	w := c.oneWatch(t, now)
	next := now.Add(7 * time.Hour)
	must(t, "Watched", c.Watched(t.Context(), store.Watched{Message: w.Message, Attempt: w.Attempt, Reminded: 1, Rounds: 2, Due: next}, now))
	if due := c.watches(t, next.Add(-time.Second)); len(due) != 0 {
		t.Fatalf("DueWatches before its time: got %d", len(due))
	}
	w = c.oneWatch(t, next)
	if w.Reminded != 1 || w.Rounds != 2 || len(w.Remind) != 2 || w.Attempt != 2 {
		t.Errorf("DueWatches: got %+v, want one reminder done and two rounds, at its second attempt", w)
	}
	must(t, "Watched for the last time", c.Watched(t.Context(), store.Watched{Message: w.Message, Attempt: w.Attempt}, next))
	if due := c.watches(t, Noon.Add(life-time.Second)); len(due) != 0 {
		t.Errorf("DueWatches after the last look: got %d", len(due))
	}
}

func watchedQueues(t *testing.T, c *Clinic) {
	m := c.watched(t, Number(1))
	c.mustAccept(t, c.Acceptance(m))
	c.send(t, Noon)
	now := m.ReadBy
	w := c.oneWatch(t, now)
	done := store.Watched{
		Message: m.ID, Attempt: w.Attempt, Text: store.OverdueText, Overdue: true, Mail: true, Hook: true,
		Reminded: 2, Rounds: 1, Due: now.Add(time.Hour),
	}
	must(t, "Watched", c.Watched(t.Context(), done, now))
	if d := c.oneDue(t, now); d.Kind != store.OverdueText || d.Message != m.ID || d.Recipient != m.To.ID || !d.Queued.Equal(now) {
		t.Errorf("Due: got %+v, want the overdue text of the message", d)
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Overdue)
	if e := c.last(t, store.Overdue); e.By.Kind != store.BySystem || e.Recipient != m.To.ID || !e.At.Equal(now) {
		t.Errorf("event: got %+v, want the service's, about the recipient", e)
	}
	due := c.dueNotices(t, now)
	if len(due) != 2 || due[0].Via != store.ViaMail || due[1].Via != store.ViaHook {
		t.Fatalf("DueNotices: got %+v, want one by mail and one by webhook", due)
	}
	for _, d := range due {
		if d.Kind != store.Overdue || d.Message != m.ID || d.Detail != "1" || !d.ReadBy.Equal(m.ReadBy) {
			t.Errorf("DueNotices: got %s %s of %s, want the overdue message's first round", d.Kind, d.Detail, d.Message)
		}
		must(t, "NoticeSent", c.NoticeSent(t.Context(), d.NoticeClaim, now))
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Overdue, store.Notified, store.Notified)
	if e := c.last(t, store.Notified); e.Detail != "overdue webhook" {
		t.Errorf("event: got %q, want the step and the way", e.Detail)
	}
	w = c.oneWatch(t, done.Due) // the next round tells them again
	done.Attempt, done.Text, done.Overdue, done.Rounds = w.Attempt, "", false, 2
	must(t, "Watched again", c.Watched(t.Context(), done, done.Due))
	if due := c.dueNotices(t, done.Due); len(due) != 2 || due[0].Detail != "2" {
		t.Errorf("DueNotices: got %+v, want two of the second round", due)
	}
}

func watchedUnasked(t *testing.T, c *Clinic) {
	m := c.watched(t, Number(1))
	m.Notify = store.NotifyFailed
	c.mustAccept(t, c.Acceptance(m))
	w := c.oneWatch(t, m.ReadBy)
	must(t, "Watched", c.Watched(t.Context(), store.Watched{Message: m.ID, Attempt: w.Attempt, Overdue: true, Mail: true, Hook: true}, m.ReadBy))
	if due := c.dueNotices(t, m.ReadBy); len(due) != 1 || due[0].Via != store.ViaHook {
		t.Errorf("DueNotices: got %+v, want the webhook alone", due)
	}
}

// endings are the ways in which a watch ends, or is lost by who holds it. Each
// gives the time after.
var endings = map[string]func(*testing.T, *Clinic, store.Message, store.Viewer, time.Time) time.Time{
	"read": func(t *testing.T, c *Clinic, m store.Message, v store.Viewer, now time.Time) time.Time {
		must(t, "Read", c.Read(t.Context(), m.ID, v, now))
		return now
	},
	"taken": func(t *testing.T, c *Clinic, m store.Message, _ store.Viewer, now time.Time) time.Time {
		must(t, "Take", c.Take(t.Context(), c.Org.ID, m.ID, Ana, now))
		return now
	},
	"wiped": func(t *testing.T, c *Clinic, m store.Message, _ store.Viewer, now time.Time) time.Time {
		must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, now))
		return now
	},
	"expired": func(t *testing.T, c *Clinic, m store.Message, _ store.Viewer, _ time.Time) time.Time {
		_, err := c.Expire(t.Context(), 10, m.Expires)
		must(t, "Expire", err)
		return m.Expires
	},
	"expired by the clock": func(_ *testing.T, _ *Clinic, m store.Message, _ store.Viewer, _ time.Time) time.Time {
		return m.Expires
	},
	"taken over": func(t *testing.T, c *Clinic, _ store.Message, _ store.Viewer, now time.Time) time.Time {
		c.oneWatch(t, now.Add(lease))
		return now.Add(lease)
	},
}

func watchedEnded(t *testing.T, c *Clinic) {
	n := 0
	for how, end := range endings {
		n++
		m, hash := c.reminded(t, Number(n))
		v := c.enrol(t, hash)
		c.send(t, Noon) // that a password was set
		now := Noon.Add(24 * time.Hour)
		w := c.oneWatch(t, now)
		now = end(t, c, m, v, now)
		before := c.count(t)
		done := store.Watched{
			Message: m.ID, Attempt: w.Attempt, Text: store.ReminderText, Overdue: true, Mail: true, Hook: true, Due: now,
		}
		wantError(t, "Watched after it was "+how, c.Watched(t.Context(), done, now), store.ErrConflict)
		if got := c.count(t); got != before {
			t.Errorf("Watched after it was %s: got %d events, want none", how, got-before)
		}
		if how != "taken over" {
			if due := c.watches(t, now.Add(lease)); len(due) != 0 {
				t.Errorf("DueWatches after it was %s: got %d", how, len(due))
			}
		}
		if b := c.backlog(t, now); b.Due != 0 {
			t.Errorf("Backlog after it was %s: got %d due, want none", how, b.Due)
		}
		if due := c.dueNotices(t, now); len(due) > 0 && due[0].Kind == store.Overdue {
			t.Errorf("DueNotices after it was %s: got one, want none", how)
		}
		if how == "taken over" || how == "expired by the clock" {
			must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, now)) // out of the others' way
		}
	}
}
