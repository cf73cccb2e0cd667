package courier_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

// rounds: once overdue, a message is texted about, and its sender and the webhook
// are told at the right times, until it is over; and not before.
func (o *oracle) rounds(t *testing.T, l *letter, events []store.Event) {
	overdue := of(events, store.Overdue)
	end := o.end(events)
	switch due := !l.ReadBy.IsZero() && l.ReadBy.Before(end); {
	case len(overdue) > 1 || len(overdue) == 1 && !due:
		t.Errorf("overdue %d times", len(overdue))
		return
	case !due:
		return
	case len(overdue) == 0:
		if end.Sub(l.ReadBy) > slack {
			t.Error("nobody found it overdue")
		}
		return
	}
	at := overdue[0].At
	if at.Before(l.ReadBy) || at.Sub(l.ReadBy) > slack {
		t.Errorf("found overdue at %v", at)
	}
	o.overdueText(t, l, events, at, end)
	o.told(t, l, events, at, end)
}

// told: the sender and the webhook hear of it, each time after twice as long.
func (o *oracle) told(t *testing.T, l *letter, events []store.Event, at, end time.Time) {
	told := slices.DeleteFunc(of(events, store.Notified), func(e store.Event) bool {
		return !strings.HasPrefix(e.Detail, string(store.Overdue))
	})
	wait := 30 * time.Minute
	if refused := o.refused(l, at, at); !refused {
		at = at.Add(wait / 2)
	} else if len(told) > 0 && told[0].At.After(at.Add(slack)) {
		t.Errorf("the sender of one who gets no texts was told at %v", told[0].At)
	}
	for i := 0; ; i++ {
		late := slack + time.Duration(i+1)*tick
		if i == len(told) {
			if end.Sub(at) > late {
				t.Errorf("told %d times, and not at %v", i, at)
			}
			return
		}
		want := "overdue"
		if i > 0 && l.org.Policy.Hook != "" {
			want = "overdue webhook"
		}
		if e := told[i]; e.Detail != want || e.At.Before(at) || e.At.Sub(at) > late || e.At.After(end.Add(slack)) {
			t.Errorf("round %d: %s at %v, want %s at %v", i, e.Detail, e.At, want, at)
			return
		}
		at = at.Add(wait)
		wait = min(2*wait, 12*time.Hour)
	}
}

// overdueText: there is one, unless there can be none.
func (o *oracle) overdueText(t *testing.T, l *letter, events []store.Event, from, end time.Time) {
	n := 0
	for _, e := range of(events, store.Sent, store.Failed, store.Skipped) {
		if kindOf(e) == store.OverdueText {
			n++
		}
	}
	if n == 0 && end.Sub(from) > 26*time.Hour && !o.refused(l, from, end) {
		t.Error("no text, though it is overdue")
	}
	if lost := len(of(events, store.Undelivered)); n > 1+lost {
		t.Errorf("%d texts that it is overdue", n)
	}
}
