package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

var reminderChecks = []check{
	{"a message that is read is not reminded of, though a reminder waits", readEndsReminders},
	{"a reminder that the carrier loses after the message was read is not repeated", readEndsRepeats},
	{"a message whose texts all failed gets no more reminders, but is still to be read by its time", failedEndsReminders},
	{"a message of which a text was delivered goes on being reminded of", deliveredKeepsReminders},
	{"whoever was about to remind of a failed message does not", failedFences},
	{"none is reminded within a day of another text", restsForADay},
	{"a text that waits for a number counts as sent there", restsForWhatWaits},
	{"while a reminder waits no other is queued, and none waits once the message is overdue", oneReminderWaits},
	{"none is reminded more than three times in seven days", restsForTheWeek},
	{"of two reminders to a number at once one is booked", booksOnce},
	{"the reminder that holds the booking may ask again", booksAgain},
	{"a reminder whose row is lost books nothing", bookLost},
	{"the events of a reminder name its kind first", reminderDetail},
}

func readEndsReminders(t *testing.T, c *Clinic) {
	m, hash := c.reminded(t, Number(1))
	v := c.enrol(t, hash)
	c.send(t, Noon)
	now := Noon.Add(24 * time.Hour)
	claimed := c.remind(t, now)
	must(t, "Read", c.Read(t.Context(), m.ID, v, now))
	a := store.Attempt{Claim: claimed.Claim, Text: store.NewTextID(now)}
	wantError(t, "AddLinks of a reminder", c.AddLinks(t.Context(), []store.Attempt{a}, now), store.ErrConflict)
	if due := c.due(t, now.Add(2*lease)); len(due) != 0 {
		t.Errorf("Due after Read: got %d rows, want none", len(due))
	}
	if due := c.watches(t, Noon.Add(life-time.Second)); len(due) != 0 {
		t.Errorf("DueWatches after Read: got %d, want none", len(due))
	}
	must(t, "Resend", c.Resend(t.Context(), c.Org.ID, m.ID, Ana, now)) // somebody's asking is another matter
	must(t, "Read again", c.Read(t.Context(), m.ID, v, now))
	if d := c.oneDue(t, now); d.Kind != store.AgainText {
		t.Errorf("Due: got a text of kind %s, want the one asked for", d.Kind)
	}
}

func readEndsRepeats(t *testing.T, c *Clinic) {
	m, hash := c.reminded(t, Number(1))
	v := c.enrol(t, hash)
	c.send(t, Noon)
	now := Noon.Add(24 * time.Hour)
	c.remind(t, now)
	x := c.send(t, now.Add(lease))[0]
	must(t, "Read", c.Read(t.Context(), m.ID, v, now))
	r := x.receipt(store.TextUndelivered)
	r.Retry = now.Add(time.Hour)
	must(t, "Receipt", c.Receipt(t.Context(), r, now))
	if due := c.due(t, r.Retry); len(due) != 0 {
		t.Errorf("Due: got %d rows, want none", len(due))
	}
}

// lose ends all texts that are due at noon, and none of them was delivered: the
// last two before they were sent, the others by the carrier's word.
func (c *Clinic) lose(tb testing.TB) {
	tb.Helper()
	texts := c.begin(tb, Noon)
	for i, x := range texts {
		if i >= len(texts)-2 {
			must(tb, "Failed", c.Failed(tb.Context(), store.Failure{Claim: x.Claim(), Text: x.Text, Reason: "21211"}, Noon))
			continue
		}
		must(tb, "Sent", c.Sent(tb.Context(), []store.SentText{x.sent()}, Noon))
		must(tb, "Receipt", c.Receipt(tb.Context(), x.receipt(store.TextUndelivered), Noon))
	}
}

func failedEndsReminders(t *testing.T, c *Clinic) {
	readBy := Noon.Add(30 * time.Hour)
	for n, notify := range []store.Notify{0, store.NotifyFailed, 0} {
		for _, by := range []time.Time{{}, readBy} {
			m := c.watched(t, Number(n))
			m.Notify, m.ReadBy = notify, by
			c.mustAccept(t, c.Acceptance(m))
		}
	}
	c.lose(t)
	if due := c.watches(t, readBy.Add(-time.Second)); len(due) != 0 {
		t.Errorf("DueWatches with the first reminder: got %d, want none", len(due))
	}
	due := c.watches(t, readBy)
	if len(due) != 3 {
		t.Errorf("DueWatches when they are to be read: got %d, want 3", len(due))
	}
	for _, w := range due {
		if len(w.Remind) != 0 || !w.ReadBy.Equal(readBy) {
			t.Errorf("DueWatches: got reminders %v, to be read by %v, want none and the time", w.Remind, w.ReadBy)
		}
	}
}

func deliveredKeepsReminders(t *testing.T, c *Clinic) {
	m := c.watched(t, Number(1))
	c.mustAccept(t, c.Acceptance(m))
	x := c.send(t, Noon)[0]
	must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextDelivered), Noon))
	now := Noon.Add(24 * time.Hour)
	c.remind(t, now)
	x = c.begin(t, now.Add(lease))[0]
	must(t, "Failed", c.Failed(t.Context(), store.Failure{Claim: x.Claim(), Text: x.Text, Reason: "x"}, now))
	if w := c.oneWatch(t, Noon.Add(72*time.Hour)); len(w.Remind) != 2 || w.Reminded != 1 {
		t.Errorf("DueWatches: got %v, %d done, want the second reminder to come", w.Remind, w.Reminded)
	}
}

func failedFences(t *testing.T, c *Clinic) {
	m := c.watched(t, Number(1))
	c.mustAccept(t, c.Acceptance(m))
	x := c.send(t, Noon)[0]
	now := Noon.Add(24 * time.Hour)
	w := c.oneWatch(t, now)
	must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextFailed), now))
	done := store.Watched{Message: m.ID, Attempt: w.Attempt, Text: store.ReminderText, Reminded: 1, Due: m.ReadBy}
	wantError(t, "Watched", c.Watched(t.Context(), done, now), store.ErrConflict)
	if due := c.due(t, now); len(due) != 0 {
		t.Errorf("Due: got %d rows, want none", len(due))
	}
}

// mayRemind is when the number of a row may be reminded; zero: now.
func (c *Clinic) mayRemind(tb testing.TB, row store.Claim, now time.Time) time.Time {
	tb.Helper()
	at, err := c.MayRemind(tb.Context(), row, now)
	must(tb, "MayRemind", err)
	return at
}

func (c *Clinic) wantRest(tb testing.TB, row store.Claim, now, want time.Time) {
	tb.Helper()
	if got := c.mayRemind(tb, row, now); !got.Equal(want) {
		tb.Errorf("MayRemind at %v: got %v, want %v", now, got, want)
	}
}

func restsForADay(t *testing.T, c *Clinic) {
	c.reminded(t, Number(1))
	c.accept(t, Number(1), Number(2))
	at := Noon.Add(20 * time.Hour)
	c.send(t, at) // another text to the number, and one to another
	c.accept(t, Number(2))
	now := Noon.Add(24 * time.Hour)
	w := c.oneWatch(t, now)
	must(t, "Watched", c.Watched(t.Context(), store.Watched{Message: w.Message, Attempt: w.Attempt, Text: store.ReminderText}, now))
	rows := c.due(t, now)
	i := slices.IndexFunc(rows, func(d store.Due) bool { return d.Kind == store.ReminderText })
	again := at.Add(store.RestDay)
	for range 2 {
		c.wantRest(t, rows[i].Claim, now, again)
	}
	c.wantRest(t, rows[i].Claim, again.Add(-time.Microsecond), again)
	c.wantRest(t, rows[i].Claim, again, time.Time{})
}

func restsForTheWeek(t *testing.T, c *Clinic) {
	c.reminded(t, Number(1)) // the first text, at noon
	row := c.remind(t, Noon.Add(25*time.Hour))
	now := Noon.Add(100 * time.Hour)
	must(t, "Release", c.Release(t.Context(), []store.Release{{Claim: row.Claim, Due: now}}))
	for day := 1; day < store.MaxTexts; day++ {
		c.accept(t, Number(1))
		c.send(t, Noon.Add(time.Duration(day)*25*time.Hour))
	}
	row = c.oneDue(t, now)
	week := Noon.Add(store.RestWeek)
	c.wantRest(t, row.Claim, now, week)
	c.wantRest(t, row.Claim, week.Add(-time.Microsecond), week)
	c.wantRest(t, row.Claim, week, time.Time{})
}

func restsForWhatWaits(t *testing.T, c *Clinic) {
	c.reminded(t, Number(1))
	now := Noon.Add(25 * time.Hour)
	row := c.remind(t, now)
	later := c.Write(t, Number(1), seal.Plaintext("x"))
	later.SendAt = now.Add(store.RestDay)
	c.mustAccept(t, c.Acceptance(later))
	c.wantRest(t, row.Claim, now, time.Time{}) // it goes out a day later
	soon := c.Write(t, Number(1), seal.Plaintext("x"))
	soon.SendAt = now.Add(time.Hour)
	c.mustAccept(t, c.Acceptance(soon))
	c.wantRest(t, row.Claim, now, soon.SendAt.Add(store.RestDay))
	c.accept(t, Number(1), Number(2))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, soon.ID, Ana, now))
	c.wantRest(t, row.Claim, now, now.Add(store.RestDay)) // what is due may be on its way
}

func oneReminderWaits(t *testing.T, c *Clinic) {
	m := c.watched(t, Number(1))
	c.mustAccept(t, c.Acceptance(m))
	c.send(t, Noon)
	now := Noon.Add(24 * time.Hour)
	row := c.remind(t, now)
	late := now.Add(48 * time.Hour)
	w := c.oneWatch(t, late)
	done := store.Watched{Message: m.ID, Attempt: w.Attempt, Text: store.ReminderText, Reminded: 2, Due: late}
	must(t, "Watched", c.Watched(t.Context(), done, late))
	if d := c.oneDue(t, late); d.Outbox != row.Outbox {
		t.Error("Due: got another reminder, want the one that waits")
	}
	w = c.oneWatch(t, late)
	done = store.Watched{Message: m.ID, Attempt: w.Attempt, Text: store.OverdueText, Overdue: true, Reminded: 2, Rounds: 1}
	must(t, "Watched when it is overdue", c.Watched(t.Context(), done, late))
	if d := c.oneDue(t, late.Add(lease)); d.Kind != store.OverdueText {
		t.Errorf("Due: got a text of kind %s, want the overdue one alone", d.Kind)
	}
}

// twoReminders are two rows for one number, who was texted a day ago.
func (c *Clinic) twoReminders(tb testing.TB, now time.Time) []store.Due {
	tb.Helper()
	for range 2 {
		c.reminded(tb, Number(1))
	}
	for _, w := range c.watches(tb, now) {
		must(tb, "Watched", c.Watched(tb.Context(), store.Watched{Message: w.Message, Attempt: w.Attempt, Text: store.ReminderText}, now))
	}
	due := c.due(tb, now)
	if len(due) != 2 {
		tb.Fatalf("Due: got %d rows, want 2", len(due))
	}
	return due
}

func booksOnce(t *testing.T, c *Clinic) {
	now := Noon.Add(24 * time.Hour)
	var wg sync.WaitGroup
	var mu sync.Mutex
	booked := map[store.OutboxID]int{}
	rows := c.twoReminders(t, now)
	for n := range 12 {
		row := rows[n%2]
		wg.Go(func() {
			at, err := c.MayRemind(t.Context(), row.Claim, now)
			if err != nil || !at.IsZero() && !at.Equal(now.Add(store.RestDay)) {
				t.Errorf("MayRemind: got %v, %v, want now or in a day", at, err)
			}
			if at.IsZero() {
				mu.Lock()
				booked[row.Outbox]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(booked) != 1 {
		t.Errorf("MayRemind: got %d rows booked, want 1", len(booked))
	}
}

func booksAgain(t *testing.T, c *Clinic) {
	now := Noon.Add(24 * time.Hour)
	rows := c.twoReminders(t, now)
	for range 3 {
		c.wantRest(t, rows[0].Claim, now, time.Time{})
	}
	later := now.Add(time.Hour) // which keeps the number longer
	c.wantRest(t, rows[0].Claim, later, time.Time{})
	c.wantRest(t, rows[1].Claim, later, later.Add(store.RestDay))
	c.wantRest(t, rows[1].Claim, later.Add(store.RestDay), time.Time{})
}

func bookLost(t *testing.T, c *Clinic) {
	now := Noon.Add(24 * time.Hour)
	rows := c.twoReminders(t, now)
	c.due(t, now.Add(lease)) // both are taken over
	for _, claim := range []store.Claim{rows[0].Claim, {Outbox: rows[1].Outbox + 100, Attempt: 1}} {
		_, err := c.MayRemind(t.Context(), claim, now)
		wantError(t, "MayRemind", err, store.ErrConflict)
	}
	held := rows[1].Claim
	held.Attempt++
	c.wantRest(t, held, now, time.Time{})
}

func reminderDetail(t *testing.T, c *Clinic) {
	m := c.Write(t, Number(1), seal.Plaintext("x"))
	m.Remind = store.DefaultRemind
	c.mustAccept(t, c.Acceptance(m))
	c.send(t, Noon)
	at := Noon.Add(24 * time.Hour)
	c.remind(t, at)
	x := c.send(t, at.Add(lease))[0]
	for _, state := range []store.TextState{store.TextUndelivered, store.TextFailed, store.TextDelivered} {
		must(t, "Receipt", c.Receipt(t.Context(), x.receipt(state), at))
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Sent, store.Undelivered, store.Failed, store.Delivered)
	if e := c.last(t, store.Sent); e.Detail != "reminder" {
		t.Errorf("event: got %q, want the kind of the text", e.Detail)
	}
	for _, kind := range []store.Kind{store.Undelivered, store.Failed, store.Delivered} {
		if e := c.last(t, kind); e.Detail != "reminder 30003" || e.Message != m.ID {
			t.Errorf("event: got %+v, want the kind before the carrier's reason", e)
		}
	}
}
