package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var familyTextChecks = []check{
	{"a refusal of a number counts for all who share it, whenever they are first written to", numberRefused},
	{"what a carrier says of one person's text is said of the number", carrierRefuses},
	{"codes go to a number once a minute and ten times a day, whoever shares it", familyCodes},
	{"of codes that people of one number ask for at once one is texted", familyCodeRace},
	{"S09: a code of one person's proves nothing to another", familyProof},
	{"a number is reminded once a day, whoever shares it", familyRests},
	{"of reminders to people of one number at once one is booked", familyBooksOnce},
	{"what sort of line a number is is asked once, whoever shares it", familyLooked},
}

func numberRefused(t *testing.T, c *Clinic) {
	h := c.household(t)
	waiting := []store.Message{c.writeTo(t, h.maria.To), c.writeTo(t, h.jon.To), c.writeTo(t, h.number)}
	other := c.accept(t, Number(2))[0]
	watched := c.watched(t, Number(1))
	watched.To = h.maria.To
	c.refuse(t, store.Recipient{ID: h.number.ID}, store.OptedOut)
	c.wantRefused(t, 1, store.Event{Recipient: h.number.ID, Detail: "opted_out", By: Ana})
	for _, m := range waiting {
		c.wantKinds(t, m.ID, store.Accepted, store.Failed)
	}
	if d := c.oneDue(t, Noon); d.Message != other.ID {
		t.Error("Due: want the other number's text alone")
	}
	for _, hash := range []token.Hash{h.marias, h.jons} {
		wantError(t, "AskCode", c.AskCode(t.Context(), hash, browser(1), visitor, Noon), store.ErrConflict)
	}
	wantError(t, "Resend", c.Resend(t.Context(), c.Org.ID, h.jon.ID, Ana, Noon), store.ErrConflict)
	c.enrol(t, h.marias) // whose text that a password was set is not queued
	if due := c.due(t, Noon); len(due) != 0 {
		t.Errorf("Due: got %d rows, want none", len(due))
	}
	late := c.writeTo(t, c.Person(t, Number(1), "Late"))
	if d := c.oneDue(t, Noon); d.Message != late.ID || d.Refused != store.OptedOut {
		t.Errorf("Due: got %q of %s, want the number's refusal", d.Refused, d.Message)
	}
	watched.ID = store.NewMessageID(Noon)
	c.mustAccept(t, c.Acceptance(watched))
	if w := c.oneWatch(t, Noon.Add(24*time.Hour)); !w.Refused {
		t.Error("DueWatches: want the number's refusal")
	}
	only := store.Allowance{Only: store.OptedOut}
	must(t, "Allow", c.Allow(t.Context(), c.Org.ID, h.number.ID, only, Ana, Noon))
	must(t, "AskCode", c.AskCode(t.Context(), h.jons, browser(1), visitor, Noon))
}

func carrierRefuses(t *testing.T, c *Clinic) {
	told := map[string]func(text){
		"Receipt": func(x text) {
			r := x.receipt(store.TextFailed)
			r.Refusal = store.Landline
			must(t, "Sent", c.Sent(t.Context(), []store.SentText{x.sent()}, Noon))
			must(t, "Receipt", c.Receipt(t.Context(), r, Noon))
		},
		"Failed": func(x text) {
			must(t, "Failed", c.Failed(t.Context(), store.Failure{Claim: x.Claim(), Text: x.Text, Reason: "30003", Refusal: store.Landline}, Noon))
		},
	}
	n := 0
	for name, tell := range told {
		n++
		number := c.Recipient(t, Number(n))
		maria := c.writeTo(t, c.Person(t, Number(n), "Maria"))
		x := c.begin(t, Noon)[0]
		jon := c.writeTo(t, c.Person(t, Number(n), "J."))
		tell(x)
		c.wantRefused(t, n, store.Event{Recipient: number.ID, Detail: "landline", By: c.last(t, store.Refused).By})
		if c.refusal(t, number) != store.Landline || c.refusal(t, maria.To) != "" || c.refusal(t, jon.To) != "" {
			t.Errorf("%s: want the number refused, and nobody else", name)
		}
		if due := c.due(t, Noon.Add(time.Hour)); len(due) != 0 {
			t.Errorf("%s: got %d rows due, want none", name, len(due))
		}
		for m, reason := range map[store.MessageID]string{maria.ID: "30003", jon.ID: "landline"} {
			failed := c.events(t, store.EventFilter{Message: m, Kind: store.Failed})
			if len(failed) != 1 || failed[0].Detail != reason {
				t.Errorf("%s: got %+v, want failed of %s", name, failed, reason)
			}
		}
	}
}

func familyCodes(t *testing.T, c *Clinic) {
	h := c.household(t)
	_, shared := c.textedTo(t, h.number)
	links := []token.Hash{h.marias, h.jons, shared}
	now := Noon
	for n := range store.MostCodes {
		must(t, "AskCode", c.AskCode(t.Context(), links[n%3], browser(n), visitor, now))
		for _, hash := range links {
			soon := now.Add(store.CodeEvery - time.Millisecond)
			wantError(t, "AskCode too soon", c.AskCode(t.Context(), hash, browser(99), visitor, soon), store.ErrThrottled)
		}
		now = now.Add(store.CodeEvery)
	}
	for _, hash := range links {
		wantError(t, "AskCode too often", c.AskCode(t.Context(), hash, browser(99), visitor, now), store.ErrThrottled)
	}
	must(t, "AskCode the next day", c.AskCode(t.Context(), h.jons, browser(99), visitor, Noon.Add(24*time.Hour)))
}

func familyCodeRace(t *testing.T, c *Clinic) {
	h := c.household(t)
	_, shared := c.textedTo(t, h.number)
	c.send(t, Noon)
	var wg sync.WaitGroup
	for n := range 12 {
		hash := []token.Hash{h.marias, h.jons, shared}[n%3]
		wg.Go(func() {
			err := c.AskCode(t.Context(), hash, browser(n), visitor, Noon)
			if err != nil && !errors.Is(err, store.ErrThrottled) {
				t.Errorf("AskCode: %v", err)
			}
		})
	}
	wg.Wait()
	if got := c.codes(t, Noon); got != 1 {
		t.Errorf("Due: got %d codes, want 1", got)
	}
}

func familyProof(t *testing.T, c *Clinic) {
	h := c.household(t)
	code := c.askCode(t, h.marias, browser(1), Noon)
	c.wantNoCode(t, h.jons, browser(1), code, Noon)
	must(t, "TryCode", c.TryCode(t.Context(), h.marias, browser(1), []store.CodeHash{code}, visitor, Noon))
	if l := c.linkOn(t, h.jons, browser(1), Noon); !l.Device.Proved.IsZero() {
		t.Error("Link: the device is proved to another")
	}
	late := enrolmentOn(h.jons, browser(1))
	late.Grace = -1
	_, err := c.Enrol(t.Context(), late, Noon)
	wantError(t, "Enrol of another", err, store.ErrTooLate)
}

// remindsBoth has both people's messages reminded of, and gives the rows.
func (c *Clinic) remindsBoth(tb testing.TB, now time.Time) []store.Due {
	tb.Helper()
	for _, name := range []string{"Maria", "J."} {
		m := c.watched(tb, Number(1))
		m.ReadBy = time.Time{}
		m = c.readdressed(tb, m, c.Person(tb, Number(1), name))
		c.mustAccept(tb, c.Acceptance(m))
		c.linked(tb, m)
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

// readdressed is a message that says the same to another.
func (c *Clinic) readdressed(tb testing.TB, m store.Message, r store.Recipient) store.Message {
	tb.Helper()
	again := c.WriteTo(tb, r, nil)
	m.ID, m.To, m.Key, m.Content = again.ID, r, again.Key, again.Content
	return m
}

func familyRests(t *testing.T, c *Clinic) {
	now := Noon.Add(24 * time.Hour)
	rows := c.remindsBoth(t, now)
	if got := c.mayRemind(t, rows[0].Claim, now); !got.IsZero() {
		t.Fatalf("MayRemind: got %v, want now", got)
	}
	c.wantRest(t, rows[1].Claim, now, now.Add(store.RestDay))
	c.writeTo(t, c.Recipient(t, Number(1))) // which waits, counts as sent, and is the third of the week
	c.wantRest(t, rows[1].Claim, now.Add(store.RestDay), Noon.Add(store.RestWeek))
}

func familyBooksOnce(t *testing.T, c *Clinic) {
	now := Noon.Add(24 * time.Hour)
	var wg sync.WaitGroup
	var mu sync.Mutex
	booked := map[store.OutboxID]bool{}
	rows := c.remindsBoth(t, now)
	for n := range 12 {
		row := rows[n%2]
		wg.Go(func() {
			at, err := c.MayRemind(t.Context(), row.Claim, now)
			must(t, "MayRemind", err)
			if mu.Lock(); at.IsZero() {
				booked[row.Outbox] = true
			}
			mu.Unlock()
		})
	}
	wg.Wait()
	if len(booked) != 1 {
		t.Errorf("MayRemind: got %d rows booked, want 1", len(booked))
	}
}

func familyLooked(t *testing.T, c *Clinic) {
	maria, jon := c.Person(t, Number(1), "Maria"), c.Person(t, Number(1), "J.")
	c.writeTo(t, maria)
	must(t, "Looked", c.Looked(t.Context(), c.Org.ID, maria.ID, Noon))
	c.writeTo(t, jon)
	c.writeTo(t, *jon.Family)
	other := c.accept(t, Number(2))[0]
	due := c.due(t, Noon)
	for _, d := range due {
		if want := d.Message != other.ID; d.Looked != want {
			t.Errorf("Due: got looked up %t, want %t", d.Looked, want)
		}
	}
	if len(due) != 4 {
		t.Errorf("Due: got %d rows, want 4", len(due))
	}
}
