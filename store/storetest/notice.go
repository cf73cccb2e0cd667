package storetest

import (
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

var noticeChecks = []check{
	{"each step that the sender asked for is a notice, once", noticeSteps},
	{"who asked for nothing is told nothing", noticeNone},
	{"a text given up is a notice of failure", noticeOfFailed},
	{"a lost text is a notice of failure only when no other goes out", noticeOfLost},
	{"a refusal that cancels the text is a notice of failure", noticeOfRefusal},
	{"texts that fail beside one that may arrive are no notice", noticeWhileHope},
	{"the notice of a password is no step of the message", noticeNotOfPassword},
	{"reading many times at once is one notice", noticeOfReadAtOnce},
	{"reading that is not allowed is no notice", noticeNotOfRefusedRead},
}

const allSteps = store.NotifyAccepted | store.NotifyDelivered | store.NotifyFailed | store.NotifyRead

// asked stores a message whose sender wants to hear of steps.
func (c *Clinic) asked(tb testing.TB, number string, steps store.Notify) store.Message {
	tb.Helper()
	m := c.Write(tb, number, seal.Plaintext("Your result is ready."))
	m.Notify, m.EnvID = steps, "QQ314159"
	c.mustAccept(tb, c.Acceptance(m))
	return m
}

// wantNotices checks which notices wait, oldest first, and settles them.
func (c *Clinic) wantNotices(tb testing.TB, want ...store.Kind) []store.DueNotice {
	tb.Helper()
	due, err := c.DueNotices(tb.Context(), 100, lease, Noon.Add(time.Hour))
	must(tb, "DueNotices", err)
	var got []store.Kind
	for _, d := range due {
		got = append(got, d.Kind)
		must(tb, "NoticeSent", c.NoticeSent(tb.Context(), d.NoticeClaim, Noon))
	}
	if len(got) != len(want) {
		tb.Fatalf("DueNotices: got %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			tb.Errorf("DueNotices: got %v, want %v", got, want)
		}
	}
	return due
}

func noticeSteps(t *testing.T, c *Clinic) {
	m := c.asked(t, Number(1), allSteps)
	c.wantNotices(t, store.Accepted)
	x := c.send(t, Noon)[0]
	v := c.enrol(t, x.Link)
	must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextSent), Noon))
	c.wantNotices(t)
	for range 2 {
		must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextDelivered), Noon))
	}
	c.wantNotices(t, store.Delivered)
	for range 2 {
		must(t, "Read", c.Read(t.Context(), m.ID, v, Noon.Add(time.Minute)))
	}
	if d := c.wantNotices(t, store.Read)[0]; !d.At.Equal(Noon.Add(time.Minute)) || !d.Queued.Equal(d.At) {
		t.Errorf("DueNotices: got read at %v, queued %v, want the time of the event", d.At, d.Queued)
	}
	must(t, "Resend", c.Resend(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	for _, x := range c.send(t, Noon) {
		must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextDelivered), Noon))
	}
	c.wantNotices(t)
}

func noticeNone(t *testing.T, c *Clinic) {
	read := c.asked(t, Number(1), store.NotifyFailed)
	failed := c.asked(t, Number(2), allSteps&^store.NotifyFailed&^store.NotifyAccepted)
	for _, x := range c.send(t, Noon) {
		state := store.TextDelivered
		if x.Message == failed.ID {
			state = store.TextFailed
		}
		must(t, "Receipt", c.Receipt(t.Context(), x.receipt(state), Noon))
		if x.Message == read.ID {
			must(t, "Read", c.Read(t.Context(), read.ID, c.enrol(t, x.Link), Noon))
		}
	}
	c.wantNotices(t)
}

func noticeOfFailed(t *testing.T, c *Clinic) {
	m := c.asked(t, Number(1), store.NotifyFailed)
	x := c.begin(t, Noon)[0]
	must(t, "Retry", c.Retry(t.Context(), store.Retry{Claim: x.Claim(), Text: x.Text, Reason: "20429", Due: Noon}, Noon))
	c.wantNotices(t)
	x = c.begin(t, Noon)[0]
	f := store.Failure{Claim: x.Claim(), Text: x.Text, Reason: "21610", Refusal: store.OptedOut}
	for range 2 {
		must(t, "Failed", c.Failed(t.Context(), f, Noon))
	}
	if d := c.wantNotices(t, store.Failed)[0]; d.Message != m.ID || d.Detail != "21610" {
		t.Errorf("DueNotices: got %s of %s, want the failure's reason", d.Detail, d.Message)
	}
}

func noticeOfLost(t *testing.T, c *Clinic) {
	c.asked(t, Number(1), store.NotifyFailed|store.NotifyDelivered)
	now := Noon
	for range 2 {
		r := c.send(t, now)[0].receipt(store.TextUndelivered)
		now = now.Add(time.Minute)
		r.Retry = now
		must(t, "Receipt", c.Receipt(t.Context(), r, Noon))
		r.State = store.TextFailed // of the same text, while the other waits
		must(t, "Receipt", c.Receipt(t.Context(), r, Noon))
		c.wantNotices(t)
	}
	last := c.send(t, now)[0]
	must(t, "Receipt", c.Receipt(t.Context(), last.receipt(store.TextUndelivered), Noon))
	if d := c.wantNotices(t, store.Failed)[0]; d.Detail != "30003" {
		t.Errorf("DueNotices: got detail %q, want the carrier's reason", d.Detail)
	}
	must(t, "Receipt", c.Receipt(t.Context(), last.receipt(store.TextDelivered), Noon)) // after all
	c.wantNotices(t, store.Delivered)
}

func noticeOfRefusal(t *testing.T, c *Clinic) {
	m := c.asked(t, Number(1), store.NotifyFailed)
	c.asked(t, Number(1), 0)
	c.refuse(t, m.To, store.OptedOut)
	if d := c.wantNotices(t, store.Failed)[0]; d.Message != m.ID || d.Detail != "opted_out" {
		t.Errorf("DueNotices: got %s of %s, want the refusal", d.Detail, d.Message)
	}
	again := c.asked(t, Number(2), store.NotifyFailed)
	waits := c.asked(t, Number(2), store.NotifyFailed)
	x := c.begin(t, Noon)[0]
	f := store.Failure{Claim: x.Claim(), Text: x.Text, Reason: "21610", Refusal: store.OptedOut}
	must(t, "Failed", c.Failed(t.Context(), f, Noon))
	told := map[store.MessageID]bool{}
	for _, d := range c.wantNotices(t, store.Failed, store.Failed) {
		told[d.Message] = true
	}
	if !told[again.ID] || !told[waits.ID] {
		t.Errorf("DueNotices: got %v, want both messages", told)
	}
}

// resent is a message whose first text was sent, and which is to be texted again.
func (c *Clinic) resent(tb testing.TB, number string) (first text, hash token.Hash) {
	tb.Helper()
	m := c.asked(tb, number, store.NotifyFailed)
	for _, x := range c.send(tb, Noon) {
		if x.Message == m.ID {
			first = x
		}
	}
	must(tb, "Resend", c.Resend(tb.Context(), c.Org.ID, m.ID, Ana, Noon))
	return first, first.Link
}

func noticeWhileHope(t *testing.T, c *Clinic) {
	first, _ := c.resent(t, Number(1))
	must(t, "Receipt", c.Receipt(t.Context(), first.receipt(store.TextUndelivered), Noon)) // while the second waits
	second := c.begin(t, Noon)[0]
	must(t, "Receipt", c.Receipt(t.Context(), first.receipt(store.TextFailed), Noon)) // while it is being sent
	c.wantNotices(t)
	must(t, "Failed", c.Failed(t.Context(), store.Failure{Claim: second.Claim(), Text: second.Text, Reason: "x"}, Noon))
	c.wantNotices(t, store.Failed)

	first, _ = c.resent(t, Number(2))
	second = c.begin(t, Noon)[0]
	must(t, "Failed", c.Failed(t.Context(), store.Failure{Claim: second.Claim(), Text: second.Text, Reason: "x"}, Noon))
	c.wantNotices(t) // the first may arrive
	must(t, "Receipt", c.Receipt(t.Context(), first.receipt(store.TextUndelivered), Noon))
	c.wantNotices(t, store.Failed)
}

func noticeNotOfPassword(t *testing.T, c *Clinic) {
	c.asked(t, Number(1), allSteps&^store.NotifyAccepted)
	c.enrol(t, c.send(t, Noon)[0].Link)
	ofPassword := c.send(t, Noon)[0]
	must(t, "Receipt", c.Receipt(t.Context(), ofPassword.receipt(store.TextUndelivered), Noon))
	must(t, "Receipt", c.Receipt(t.Context(), ofPassword.receipt(store.TextDelivered), Noon))
	c.wantNotices(t)
}

func noticeOfReadAtOnce(t *testing.T, c *Clinic) {
	type reader struct {
		id store.MessageID
		v  store.Viewer
	}
	var readers []reader
	for n := range 8 {
		m := c.asked(t, Number(n), store.NotifyRead)
		readers = append(readers, reader{m.ID, c.enrol(t, c.linked(t, m))})
	}
	var wg sync.WaitGroup
	for i := range 80 {
		r := readers[i*(i/8+1)%len(readers)] // in another order each time
		wg.Go(func() {
			if err := c.Read(t.Context(), r.id, r.v, Noon); err != nil {
				t.Errorf("Read: %v", err)
			}
		})
	}
	wg.Wait()
	told := map[store.MessageID]int{}
	due, err := c.DueNotices(t.Context(), 100, lease, Noon)
	must(t, "DueNotices", err)
	for _, d := range due {
		told[d.Message]++
	}
	for _, e := range c.events(t, store.EventFilter{Org: c.Org.ID, Kind: store.Read}) {
		if told[e.Message] != 1 {
			t.Errorf("DueNotices: got %d for a message that was read, want 1", told[e.Message])
		}
	}
	if len(due) != len(told) {
		t.Errorf("DueNotices: got %d for %d messages", len(due), len(told))
	}
}

func noticeNotOfRefusedRead(t *testing.T, c *Clinic) {
	m := c.asked(t, Number(1), store.NotifyRead)
	v := c.enrol(t, c.linked(t, m))
	_, _, other := c.enrolled(t, Number(2))
	wantError(t, "Read by another", c.Read(t.Context(), m.ID, other, Noon), store.ErrNotFound)
	wantError(t, "Read too late", c.Read(t.Context(), m.ID, v, Noon.Add(life)), store.ErrGone)
	must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, m.To.ID, Ana, Noon))
	wantError(t, "Read after it was revoked", c.Read(t.Context(), m.ID, v, Noon), store.ErrRevoked)
	c.wantNotices(t)
}
