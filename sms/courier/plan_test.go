package courier

import (
	"fmt"
	"testing"
	"time"

	"securetext/sms/phone"
	"securetext/store"
)

// jobTo is a text of a kind to a number, of an org that is quiet at some hours.
func jobTo(t *testing.T, kind store.TextKind, number string, quiet store.Quiet) job {
	t.Helper()
	to, err := phone.Parse(number, "")
	if err != nil {
		t.Fatal(err)
	}
	return job{
		Due: store.Due{Kind: kind, Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
		org: store.Org{Policy: store.Policy{Quiet: quiet}}, to: to,
	}
}

const (
	newYork = "+12125550101" // UTC-5 and, from 8 March 2026 on, UTC-4
	paris   = "+33142685300" // UTC+1 and, from 29 March 2026 on, UTC+2
	nowhere = "+80012345678" // a number that tells no place
)

// quietAt makes quiet hours of whole ones.
func quietAt(from, to int) store.Quiet { return store.Quiet{From: from * 60, To: to * 60} }

func at(t *testing.T, s string) time.Time {
	t.Helper()
	when, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestWhenATextMayGoOut(t *testing.T) {
	night := quietAt(21, 8)
	cases := []struct {
		name   string
		kind   store.TextKind
		number string
		quiet  store.Quiet
		urgent bool
		at     string // UTC
		want   string // the same
	}{
		{"a first text at night", store.LinkText, newYork, store.Quiet{}, false, "2026-03-03 07:00", "2026-03-03 07:00"},
		{"a first text in quiet hours", store.LinkText, newYork, night, false, "2026-03-03 07:00", "2026-03-03 13:00"},
		{"an urgent one", store.LinkText, newYork, night, true, "2026-03-03 07:00", "2026-03-03 07:00"},
		{"quiet hours begin", store.LinkText, newYork, night, false, "2026-03-03 02:00", "2026-03-03 13:00"},
		{"just before", store.LinkText, newYork, night, false, "2026-03-03 01:59", "2026-03-03 01:59"},
		{"quiet hours end", store.LinkText, newYork, night, false, "2026-03-03 13:00", "2026-03-03 13:00"},
		{"quiet hours at noon", store.LinkText, paris, quietAt(12, 14), false, "2026-03-03 11:30", "2026-03-03 13:00"},
		{"quiet hours when the clocks go forward", store.LinkText, newYork, night, false, "2026-03-08 05:00", "2026-03-08 12:00"},
		{"quiet hours when they go back", store.LinkText, newYork, night, false, "2026-11-01 05:00", "2026-11-01 13:00"},
		{"one that was asked for, in quiet hours", store.AgainText, newYork, night, false, "2026-03-03 07:00", "2026-03-03 07:00"},
		{"that a password was set, in quiet hours", store.EnrolledText, newYork, night, false, "2026-03-03 07:00", "2026-03-03 07:00"},
		{"a code, in quiet hours", store.CodeText, newYork, night, false, "2026-03-03 07:00", "2026-03-03 07:00"},
		{"a reminder at night", store.ReminderText, newYork, store.Quiet{}, false, "2026-03-03 07:00", "2026-03-03 13:00"},
		{"a reminder by day", store.ReminderText, newYork, store.Quiet{}, false, "2026-03-03 20:00", "2026-03-03 20:00"},
		{"an overdue one at night", store.OverdueText, newYork, store.Quiet{}, true, "2026-03-03 07:00", "2026-03-03 13:00"},
		{"a reminder in quiet hours that end late", store.ReminderText, newYork, quietAt(18, 10), false, "2026-03-03 14:00", "2026-03-03 15:00"},
		{"a reminder of an urgent message in quiet hours", store.ReminderText, newYork, quietAt(18, 10), true, "2026-03-03 14:00", "2026-03-03 15:00"},
		{"an overdue one in quiet hours", store.OverdueText, newYork, quietAt(18, 10), true, "2026-03-03 23:30", "2026-03-04 15:00"},
		{"a reminder in quiet hours that end before the day", store.ReminderText, newYork, quietAt(22, 6), false, "2026-03-03 11:30", "2026-03-03 13:00"},
		{"a reminder in quiet hours at noon", store.ReminderText, paris, quietAt(12, 14), false, "2026-03-03 11:30", "2026-03-03 13:00"},
		{"a reminder in Paris, the night that the clocks go forward", store.ReminderText, paris, store.Quiet{}, false, "2026-03-28 22:00", "2026-03-29 06:00"},
		{"a reminder in Paris, the night that they go back", store.ReminderText, paris, store.Quiet{}, false, "2026-10-24 22:00", "2026-10-25 07:00"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			j := jobTo(t, c.kind, c.number, c.quiet)
			j.Urgent = c.urgent
			if got, want := opens(j, at(t, c.at)), at(t, c.want); !got.Equal(want) {
				t.Errorf("opens at %v, want %v", got, want)
			}
		})
	}
}

// Quiet hours that leave no hour of the day: the reminder waits, and is looked at
// anew then, until its message is over.
func TestAReminderThatNeverMayGoOutWaits(t *testing.T) {
	j := jobTo(t, store.ReminderText, paris, quietAt(7, 22))
	now := at(t, "2026-03-03 11:00")
	for range 3 {
		next := opens(j, now)
		if !next.After(now) {
			t.Fatalf("opens at %v", next)
		}
		now = next
	}
}

func TestWhoseTimeOfDayCounts(t *testing.T) {
	cases := []struct{ message, number, org, want string }{
		{"America/Los_Angeles", newYork, "Europe/Paris", "[America/Los_Angeles]"},
		{"", newYork, "Europe/Paris", "[America/New_York]"},
		{"Nowhere/Land", newYork, "", "[America/New_York]"},
		{"", nowhere, "Europe/Paris", "[Europe/Paris]"},
		{"", nowhere, "", "[UTC]"},
		{"", nowhere, "Local", "[UTC]"},
	}
	for _, c := range cases {
		j := jobTo(t, store.LinkText, c.number, store.Quiet{})
		j.TimeZone, j.org.Policy.TimeZone = c.message, c.org
		if got := fmt.Sprint(zones(j)); got != c.want {
			t.Errorf("message %q, number %s, org %q: got %s, want %s", c.message, c.number, c.org, got, c.want)
		}
	}
}
