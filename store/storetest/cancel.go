package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"securetext/store"
)

var cancelChecks = []check{
	{"who refuses gets none of the texts that wait, of whichever message", refuseCancels},
	{"a text being sent while its recipient is refused changes nothing more", refuseWhileSending},
	{"no text is queued to a refused recipient by itself", refusedGetNone},
	{"of a refusal and couriers at once each text is claimed or cancelled", refuseAtOnce},
	{"texts refused at once, of one recipient, do not wait for each other", failAtOnce},
}

func refuseCancels(t *testing.T, c *Clinic) {
	texted, _, _ := c.enrolled(t, Number(1)) // whose notice of the password waits
	messages := c.accept(t, Number(1), Number(1), Number(2))
	must(t, "Resend", c.Resend(t.Context(), c.Org.ID, texted.ID, Ana, Noon))
	c.refuse(t, messages[0].To, store.Blocked)
	for _, m := range messages[:2] {
		c.wantKinds(t, m.ID, store.Accepted, store.Failed)
		failed := c.events(t, store.EventFilter{Message: m.ID, Kind: store.Failed})
		if e := failed[0]; e.By != Ana || e.Detail != "blocked" || e.Recipient != m.To.ID {
			t.Errorf("event: got %+v, want one by Ana with the refusal", e)
		}
	}
	told := map[string]int{}
	for _, e := range c.events(t, store.EventFilter{Org: c.Org.ID, Kind: store.Failed}) {
		told[e.Detail]++
	}
	if told["blocked"] != 2 || told["again blocked"] != 1 || told["enrolled blocked"] != 1 {
		t.Errorf("events: got %v, want two of links, one of a fresh link and one of the password", told)
	}
	if d := c.oneDue(t, Noon.Add(time.Hour)); d.Message != messages[2].ID {
		t.Error("Due: want the other recipient's text alone")
	}
}

func refuseWhileSending(t *testing.T, c *Clinic) {
	messages := c.accept(t, Number(1), Number(1), Number(1))
	texts := c.begin(t, Noon)
	c.refuse(t, messages[0].To, store.OptedOut)
	sent := texts[0]
	must(t, "Sent", c.Sent(t.Context(), []store.SentText{sent.sent()}, Noon))
	must(t, "Retry", c.Retry(t.Context(), store.Retry{Claim: texts[1].Claim(), Text: texts[1].Text, Reason: "x", Due: Noon}, Noon))
	must(t, "Failed", c.Failed(t.Context(), store.Failure{Claim: texts[2].Claim(), Text: texts[2].Text, Reason: "x"}, Noon))
	c.wantKinds(t, sent.Message, store.Accepted, store.Failed, store.Sent)
	for _, x := range texts[1:] {
		c.wantKinds(t, x.Message, store.Accepted, store.Failed)
	}
	must(t, "Receipt", c.Receipt(t.Context(), sent.receipt(store.TextDelivered), Noon))
	c.wantStatus(t, sent.Message, store.Delivered)
	if b := c.backlog(t, Noon.Add(time.Hour)); b.Due != 0 {
		t.Errorf("Backlog: got %d due, want none", b.Due)
	}
}

func refusedGetNone(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	c.accept(t, Number(1))
	x := c.send(t, Noon)[0]
	c.refuse(t, m.To, store.Blocked)
	c.enrol(t, hash)
	wantError(t, "Resend", c.Resend(t.Context(), c.Org.ID, m.ID, Ana, Noon), store.ErrConflict)
	r := x.receipt(store.TextUndelivered)
	r.Retry = Noon.Add(time.Minute)
	must(t, "Receipt", c.Receipt(t.Context(), r, Noon))
	if b := c.backlog(t, Noon.Add(time.Hour)); b.Due != 0 {
		t.Errorf("Backlog: got %d due, want none", b.Due)
	}
	must(t, "Allow", c.Allow(t.Context(), c.Org.ID, m.To.ID, store.Allowance{}, Ana, Noon))
	must(t, "Resend", c.Resend(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	if b := c.backlog(t, Noon.Add(time.Hour)); b.Due != 1 {
		t.Errorf("Backlog: got %d due, want the text asked for after", b.Due)
	}
}

// untilAvailable tries again as a caller would when the backend ended one of two
// that waited for each other.
func untilAvailable(try func() error) error {
	err := try()
	for errors.Is(err, store.ErrUnavailable) {
		err = try()
	}
	return err
}

func refuseAtOnce(t *testing.T, c *Clinic) {
	const rows = 30
	var numbers []string
	for n := range rows {
		numbers = append(numbers, Number(n%3))
	}
	messages := c.accept(t, numbers...)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for range rows {
				if err := untilAvailable(func() error {
					_, err := c.Due(t.Context(), 4, lease, Noon)
					return err
				}); err != nil {
					t.Errorf("Due: %v", err)
				}
			}
		})
	}
	for _, m := range messages[:3] {
		for _, why := range []store.Refusal{store.OptedOut, store.Blocked} {
			wg.Go(func() {
				if err := untilAvailable(func() error {
					return c.Refuse(t.Context(), c.Org.ID, m.To, why, Ana, Noon)
				}); err != nil {
					t.Errorf("Refuse: %v", err)
				}
			})
		}
	}
	wg.Wait()
	for _, m := range messages {
		c.wantKinds(t, m.ID, store.Accepted, store.Failed)
	}
	if due := c.due(t, Noon.Add(2*lease)); len(due) != 0 {
		t.Errorf("Due after the leases: got %d rows, want none", len(due))
	}
}

func failAtOnce(t *testing.T, c *Clinic) {
	var numbers []string
	for range 12 {
		numbers = append(numbers, Number(1))
	}
	messages := c.accept(t, numbers...)
	var wg sync.WaitGroup
	for _, x := range c.begin(t, Noon) {
		wg.Go(func() {
			f := store.Failure{Claim: x.Claim(), Text: x.Text, Reason: "21610", Refusal: store.OptedOut}
			if err := c.Failed(t.Context(), f, Noon); err != nil {
				t.Errorf("Failed: %v", err)
			}
		})
	}
	wg.Wait()
	for _, m := range messages {
		c.wantKinds(t, m.ID, store.Accepted, store.Failed)
	}
	c.wantRefused(t, 1, store.Event{Recipient: messages[0].To.ID, Detail: "opted_out", By: store.Actor{Kind: store.BySystem}})
}
