package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

var watchChecks = []check{
	{"a watch begins with a message that has reminders or is to be read by some time", watchBegins},
	{"a watch is first due with the first reminder or when the message is to be read", watchFirstDue},
	{"a first text that goes out later takes the reminders with it", watchSendAt},
	{"a repeat of a message has no watch of its own", watchRepeat},
	{"due watches come oldest first, up to the limit", watchOrder},
	{"a claimed watch is nobody else's until the lease ends", watchLease},
	{"two minders at once share what is due without overlap", watchesShared},
	{"the watch of a recipient who gets no texts says so", watchRefused},
	{"what was done about a watch is kept until the next look", watchedKeeps},
	{"what a watch asks for is queued once, with its event", watchedQueues},
	{"a sender who did not ask is not mailed that a message is overdue", watchedUnasked},
	{"a watch that ended, or was taken over, has nothing done", watchedEnded},
}

// watched is a message with reminders and a time to read it by. Another may be
// made of it before it is stored.
func (c *Clinic) watched(tb testing.TB, number string) store.Message {
	tb.Helper()
	m := c.Write(tb, number, seal.Plaintext("Your result is ready."))
	m.Remind, m.ReadBy, m.Notify = store.DefaultRemind, Noon.Add(48*time.Hour), store.NotifyFailed|store.NotifyOverdue
	return m
}

// reminded is one that was stored and texted, and has reminders alone.
func (c *Clinic) reminded(tb testing.TB, number string) (store.Message, token.Hash) {
	tb.Helper()
	m := c.watched(tb, number)
	m.ReadBy = time.Time{}
	c.mustAccept(tb, c.Acceptance(m))
	return m, c.linked(tb, m)
}

func (c *Clinic) watches(tb testing.TB, now time.Time) []store.Watch {
	tb.Helper()
	due, err := c.DueWatches(tb.Context(), 100, lease, now)
	must(tb, "DueWatches", err)
	return due
}

func (c *Clinic) oneWatch(tb testing.TB, now time.Time) store.Watch {
	tb.Helper()
	due := c.watches(tb, now)
	if len(due) != 1 {
		tb.Fatalf("DueWatches: got %d, want 1", len(due))
	}
	return due[0]
}

// remind claims the one watch that is due and has the message texted again. It
// gives the row of that text.
func (c *Clinic) remind(tb testing.TB, now time.Time) store.Due {
	tb.Helper()
	w := c.oneWatch(tb, now)
	done := store.Watched{
		Message: w.Message, Attempt: w.Attempt, Text: store.ReminderText, Reminded: w.Reminded + 1, Due: now.Add(48 * time.Hour),
	}
	must(tb, "Watched", c.Watched(tb.Context(), done, now))
	return c.oneDue(tb, now)
}

func watchBegins(t *testing.T, c *Clinic) {
	want := map[store.MessageID]store.Watch{}
	var messages []store.Message
	for n := range 4 {
		m := c.watched(t, Number(n))
		if n&1 == 0 {
			m.Remind = nil
		}
		if n&2 == 0 {
			m.ReadBy = time.Time{}
		}
		messages = append(messages, m)
		if n > 0 {
			want[m.ID] = store.Watch{
				Message: m.ID, Attempt: 1, Org: m.Org, Recipient: m.To.ID, Texted: Noon, Remind: m.Remind,
				ReadBy: m.ReadBy, Expires: m.Expires,
			}
		}
	}
	c.mustAccept(t, c.Acceptance(messages...))
	got := map[store.MessageID]store.Watch{}
	for _, w := range c.watches(t, Noon.Add(48*time.Hour)) {
		got[w.Message] = w
	}
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("DueWatches: (-want +got)\n%s", d)
	}
	for _, m := range messages {
		if info := c.info(t, m.ID); !info.ReadBy.Equal(m.ReadBy) {
			t.Errorf("Messages: got to be read by %v, want %v", info.ReadBy, m.ReadBy)
		}
	}
}

// wantFirst checks when the one watch there is comes first.
func (c *Clinic) wantFirst(tb testing.TB, at time.Time) store.Watch {
	tb.Helper()
	if due := c.watches(tb, at.Add(-time.Second)); len(due) != 0 {
		tb.Fatalf("DueWatches before %v: got %d", at, len(due))
	}
	return c.oneWatch(tb, at)
}

func watchFirstDue(t *testing.T, c *Clinic) {
	for n, readBy := range []time.Duration{4 * time.Hour, 30 * time.Hour} {
		m := c.watched(t, Number(n))
		m.ReadBy = Noon.Add(readBy)
		c.mustAccept(t, c.Acceptance(m))
		c.wantFirst(t, Noon.Add(min(readBy, 24*time.Hour)))
		must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	}
}

func watchSendAt(t *testing.T, c *Clinic) {
	m := c.watched(t, Number(1))
	m.SendAt, m.ReadBy = Noon.Add(20*time.Hour), time.Time{}
	c.mustAccept(t, c.Acceptance(m))
	if due := c.due(t, m.SendAt.Add(-time.Second)); len(due) != 0 {
		t.Errorf("Due before SendAt: got %d rows", len(due))
	}
	if d := c.oneDue(t, m.SendAt); d.Message != m.ID || !d.Queued.Equal(Noon) {
		t.Errorf("Due: got %s queued %v, want the message's, queued at noon", d.Message, d.Queued)
	}
	if w := c.wantFirst(t, m.SendAt.Add(24*time.Hour)); !w.Texted.Equal(m.SendAt) {
		t.Errorf("DueWatches: got texted %v, want %v", w.Texted, m.SendAt)
	}
	past := c.Write(t, Number(2), nil)
	past.SendAt = Noon.Add(-time.Hour)
	c.mustAccept(t, c.Acceptance(past))
	if d := c.oneDue(t, Noon); d.Message != past.ID {
		t.Errorf("Due: got %s, want the message whose time to be sent is past", d.Message)
	}
}

func watchRepeat(t *testing.T, c *Clinic) {
	m := c.watched(t, Number(1))
	m.Repeat = store.RepeatHash{1}
	again := c.watched(t, Number(1))
	again.Repeat = m.Repeat
	twice := c.Acceptance(m, again)
	c.mustAccept(t, twice)
	again.ID = store.NewMessageID(Noon)
	c.mustAccept(t, c.Acceptance(again))
	if w := c.oneWatch(t, Noon.Add(24*time.Hour)); w.Message != m.ID {
		t.Errorf("DueWatches: got %s, want the first, %s", w.Message, m.ID)
	}
}

func watchOrder(t *testing.T, c *Clinic) {
	var want []store.MessageID
	for n := range 5 {
		m := c.watched(t, Number(n))
		m.ReadBy = Noon.Add(time.Duration(5-n) * time.Hour)
		c.mustAccept(t, c.Acceptance(m))
		want = append([]store.MessageID{m.ID}, want...)
	}
	var got []store.MessageID
	for range 3 {
		due, err := c.DueWatches(t.Context(), 2, lease, Noon.Add(6*time.Hour))
		must(t, "DueWatches", err)
		for _, w := range due {
			got = append(got, w.Message)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("DueWatches: (-want +got)\n%s", d)
	}
}

func watchLease(t *testing.T, c *Clinic) {
	c.reminded(t, Number(1))
	now := Noon.Add(24 * time.Hour)
	first := c.oneWatch(t, now)
	if due := c.watches(t, now.Add(lease-time.Second)); len(due) != 0 {
		t.Fatalf("DueWatches within the lease: got %d", len(due))
	}
	if second := c.oneWatch(t, now.Add(lease)); second.Attempt != first.Attempt+1 {
		t.Errorf("DueWatches after the lease: got attempt %d, want the one after %d", second.Attempt, first.Attempt)
	}
}

func watchesShared(t *testing.T, c *Clinic) {
	const rows = 40
	var messages []store.Message
	for n := range rows {
		messages = append(messages, c.watched(t, Number(n)))
	}
	c.mustAccept(t, c.Acceptance(messages...))
	var wg sync.WaitGroup
	var mu sync.Mutex
	claimed := map[store.MessageID]int{}
	for range 4 {
		wg.Go(func() {
			for range rows {
				due, err := c.DueWatches(t.Context(), 7, lease, Noon.Add(24*time.Hour))
				if err != nil {
					t.Errorf("DueWatches: %v", err)
				}
				mu.Lock()
				for _, w := range due {
					claimed[w.Message]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for _, m := range messages {
		if n := claimed[m.ID]; n != 1 {
			t.Errorf("a watch was claimed %d times, want once", n)
		}
	}
}

func watchRefused(t *testing.T, c *Clinic) {
	m, _ := c.reminded(t, Number(1))
	now := Noon.Add(24 * time.Hour)
	if c.oneWatch(t, now).Refused {
		t.Error("DueWatches: got one refused, want one who gets texts")
	}
	c.refuse(t, m.To, store.OptedOut)
	now = now.Add(lease)
	w := c.oneWatch(t, now)
	if !w.Refused {
		t.Error("DueWatches: got one who gets texts, want it refused")
	}
	done := store.Watched{Message: m.ID, Attempt: w.Attempt, Text: store.ReminderText, Reminded: 1}
	must(t, "Watched", c.Watched(t.Context(), done, now))
	if due := c.due(t, now); len(due) != 0 {
		t.Errorf("Due: got %d rows for one who gets no texts", len(due))
	}
}
