package storetest

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/merkle"
	"securetext/store/notary"
	"securetext/store/seal"
)

var retentionChecks = []check{
	{"S33: messages, links and texts go six years after they were gone", forgetMessages},
	{"S33: an org that keeps its records longer has them longer", forgetLater},
	{"S33: events of messages that are on record, and of recipients on hold, stay", eventsStay},
	{"recipients go with the last message to them, but not who gets no texts", forgetRecipients},
	{"a message that was under way finds the recipient who was forgotten", forgottenComesBack},
	{"what is overdue is told, but for what is on hold", overdueTold},
	{"of several who remove at once each event is announced and removed once", keepersRace},
}

const year = 365 * 24 * time.Hour

// past is a time at which all that was gone two lives after noon is past its time.
var past = Noon.Add(store.MinKeep + 3*life)

// forget forgets all that is past its time, and returns how many messages, texts and
// recipients that were.
func (c *Clinic) forget(t *testing.T, now time.Time) (messages, texts, recipients int) {
	t.Helper()
	messages, err := c.ForgetMessages(t.Context(), c.Org.ID, 100, now)
	must(t, "ForgetMessages", err)
	for above := store.TextID(""); ; {
		n, last, err := c.ForgetTexts(t.Context(), above, 2, now)
		must(t, "ForgetTexts", err)
		if texts += n; last == "" {
			break
		}
		above = last
	}
	for above := store.RecipientID(""); ; {
		n, last, err := c.ForgetRecipients(t.Context(), above, 2, now)
		must(t, "ForgetRecipients", err)
		if recipients += n; last == "" {
			return messages, texts, recipients
		}
		above = last
	}
}

func (c *Clinic) wantForgotten(t *testing.T, now time.Time, want ...int) {
	t.Helper()
	m, x, r := c.forget(t, now)
	if got := []int{m, x, r}; !slices.Equal(got, want) {
		t.Errorf("forgot %v messages, texts and recipients, want %v", got, want)
	}
}

func forgetMessages(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	live := c.Write(t, Number(2), seal.Plaintext("x"))
	c.mustAccept(t, c.Acceptance(live))
	c.wantForgotten(t, past, 0, 0, 0) // none of them is gone
	c.wantExpired(t, 2, Noon.Add(2*life))
	c.wantForgotten(t, Noon.Add(2*life+store.MinKeep-time.Second), 0, 0, 0)
	other := c.Neighbour(t)
	later := other.Write(t, Number(1), seal.Plaintext("x"))
	other.mustAccept(t, other.Acceptance(later))
	c.wantForgotten(t, past, 2, 1, 2)
	if _, err := c.Link(t.Context(), hash, store.DeviceHash{}, past); err == nil {
		t.Error("Link: it still leads somewhere")
	}
	for org, want := range map[store.OrgID]int{c.Org.ID: 0, other.Org.ID: 1} {
		if list, err := c.Messages(t.Context(), store.MessageFilter{Org: org}); err != nil || len(list) != want {
			t.Errorf("Messages: got %v, %v, want %d", list, err, want)
		}
	}
	if e := c.last(t, store.Forgotten); e.By.Kind != store.BySystem {
		t.Errorf("event: got %+v", e)
	}
	if e := c.events(t, store.EventFilter{Org: c.Org.ID, Message: m.ID}); len(e) == 0 {
		t.Error("Events: those of the message went with it")
	}
}

func forgetLater(t *testing.T, c *Clinic) {
	c.texted(t, Number(1))
	c.wantExpired(t, 1, Noon.Add(2*life))
	p := c.Org.Policy
	p.Keep = store.MinKeep + year
	c.setPolicy(t, p)
	c.wantForgotten(t, past, 0, 0, 0)
	c.wantForgotten(t, past.Add(year), 1, 1, 1)
}

func eventsStay(t *testing.T, c *Clinic) {
	now := Noon
	n, err := notary.New(notary.Config{Store: c.Store, Keys: []*merkle.Key{auditKey}, Origin: "log.example", Now: func() time.Time { return now }})
	must(t, "notary", err)
	seal := func() { t.Helper(); must(t, "Seal", n.Seal(t.Context())) }
	there, held := c.accept(t, Number(1))[0], c.accept(t, Number(2))[0]
	must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, held.To.ID, Ana, Noon))
	id := c.hold(t, store.Hold{Recipient: held.To.ID})
	seal()
	remove := func(at time.Time) int {
		t.Helper()
		now = at
		announced, _, err := c.AnnounceRemoval(t.Context(), 0, 1000, now)
		must(t, "AnnounceRemoval", err)
		seal()
		removed, err := c.RemoveAnnounced(t.Context(), 1000, now)
		if err != nil || removed != announced {
			t.Errorf("RemoveAnnounced: got %d, %v, want %d", removed, err, announced)
		}
		return removed
	}
	if got := remove(past); got == 0 {
		t.Error("nothing was removed")
	}
	for _, m := range []store.Message{there, held} {
		c.wantKinds(t, m.ID, store.Accepted)
	}
	if e := c.events(t, store.EventFilter{Org: c.Org.ID, Recipient: held.To.ID}); len(e) != 3 {
		t.Errorf("Events of who is on hold: got %v, want all three", kindsOf(e))
	}
	if got := remove(past); got != 0 {
		t.Errorf("removed %d more, want none", got)
	}
	c.lift(t, id, past)
	c.wantExpired(t, 2, past)
	end := past.Add(store.MinKeep + time.Hour)
	c.wantForgotten(t, end, 2, 0, 2)
	if got := remove(end); got != 4 {
		t.Errorf("removed %d, want those of the messages as well", got)
	}
	if e := c.events(t, store.EventFilter{Recipient: held.To.ID, Until: past}); len(e) != 0 {
		t.Errorf("Events: got %v, want none", kindsOf(e))
	}
	report, err := (&tampered{Clinic: c}).verify(t)
	if err != nil || report.Removed == 0 {
		t.Errorf("Verify: got %+v, %v, want the removals excused", report, err)
	}
}

func forgetRecipients(t *testing.T, c *Clinic) {
	m := c.WriteTo(t, c.Person(t, Number(1), "Mary"), seal.Plaintext("x"))
	c.mustAccept(t, c.Acceptance(m))
	stop := c.Recipient(t, Number(2))
	must(t, "Refuse", c.Refuse(t.Context(), c.Org.ID, stop, store.OptedOut, Ana, Noon))
	onHold := c.accept(t, Number(3))[0]
	c.wantExpired(t, 2, Noon.Add(2*life))
	id := c.hold(t, store.Hold{Recipient: onHold.To.ID})
	m1, _, r1 := c.forget(t, past)
	_, _, r2 := c.forget(t, past) // the number goes after who shared it
	if m1 != 1 || r1+r2 != 2 {
		t.Errorf("forgot %d messages and %d recipients, want those of the person and the number", m1, r1+r2)
	}
	if c.refusal(t, stop) != store.OptedOut {
		t.Error("Refusals: who asked for no texts was forgotten")
	}
	c.lift(t, id, past)
	c.wantForgotten(t, past, 1, 0, 1)
}

// forgottenComesBack plays a message that was taken in while its recipient went: it
// stands there, and they do not.
func forgottenComesBack(t *testing.T, c *Clinic) {
	gone := c.accept(t, Number(1))[0]
	c.wantExpired(t, 1, Noon.Add(2*life))
	c.wantForgotten(t, past, 1, 0, 1)
	m := c.Write(t, Number(1), seal.Plaintext("x"))
	m.To = gone.To
	m.Created, m.Expires = past, past.Add(life)
	c.mustAccept(t, store.Acceptance{Messages: []store.Message{m}, By: Ana, At: past})
	c.wantExpired(t, 0, past.Add(time.Minute))
	if list, err := c.Recipients(t.Context(), c.Org.ID, []store.RecipientID{gone.To.ID}); err != nil || len(list) != 1 {
		t.Errorf("Recipients: got %v, %v, want who was forgotten", list, err)
	}
}

func overdueTold(t *testing.T, c *Clinic) {
	want := func(want time.Time) {
		t.Helper()
		if got, err := c.Overdue(t.Context(), Noon.Add(2*life)); err != nil || !got.Equal(want) {
			t.Errorf("Overdue: got %v, %v, want %v", got, err, want)
		}
	}
	want(time.Time{})
	m := c.accept(t, Number(1))[0]
	want(m.Expires)
	c.hold(t, store.Hold{Message: m.ID})
	want(time.Time{})
}

func keepersRace(t *testing.T, c *Clinic) {
	now := Noon
	n, err := notary.New(notary.Config{Store: c.Store, Keys: []*merkle.Key{auditKey}, Origin: "log.example", Now: func() time.Time { return now }})
	must(t, "notary", err)
	for i := range 20 {
		must(t, "SuspendSender", c.SuspendSender(t.Context(), c.Org.ID, c.Sender.ID, i%2 == 0, Ana, Noon))
	}
	want := c.count(t)
	must(t, "Seal", n.Seal(t.Context()))
	now = past
	each := func(what string, once func() (int, error)) {
		t.Helper()
		var all sync.WaitGroup
		var total atomic.Int64
		for range 4 {
			all.Go(func() {
				for {
					n, err := once()
					if err != nil {
						t.Errorf("%s: %v", what, err)
						return
					}
					if n == 0 {
						return
					}
					total.Add(int64(n))
				}
			})
		}
		all.Wait()
		if total.Load() != int64(want) {
			t.Errorf("%s: got %d events, want %d", what, total.Load(), want)
		}
	}
	each("AnnounceRemoval", func() (int, error) {
		n, _, err := c.AnnounceRemoval(t.Context(), 0, 5, now)
		return n, err
	})
	must(t, "Seal", n.Seal(t.Context()))
	each("RemoveAnnounced", func() (int, error) { return c.RemoveAnnounced(t.Context(), 3, now) })
	must(t, "Verify", second((&tampered{Clinic: c}).verify(t)))
}
