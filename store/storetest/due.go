package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

var dueChecks = []check{
	{"due texts come oldest first, up to the limit", dueOrder},
	{"a due text brings all that is needed to send it", dueComplete},
	{"a claimed text is nobody else's until the lease ends", dueLease},
	{"a text taken is due no more", sentClears},
	{"texts of wiped and expired messages are never due", dueNotGone},
	{"two couriers at once share what is due without overlap", dueShared},
	{"a due text tells of a refusal that came since it was queued", dueRefused},
	{"the backlog is what is due, and since when", backlogCounts},
	{"texts the provider took are known by its ids", knownTexts},
}

func dueOrder(t *testing.T, c *Clinic) {
	var want []store.MessageID
	for i := range 5 {
		m := c.Write(t, Number(i), seal.Plaintext("x"))
		a := c.Acceptance(m)
		a.At = Noon.Add(time.Duration(-i) * time.Minute)
		c.mustAccept(t, a)
		want = append(want, m.ID)
	}
	slices.Reverse(want)
	var got []store.MessageID
	for _, limit := range []int{2, 2, 2} {
		due, err := c.Due(t.Context(), limit, lease, Noon)
		must(t, "Due", err)
		for _, d := range due {
			got = append(got, d.Message)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("Due: got %v, want %v", got, want)
	}
	later := c.Acceptance(c.Write(t, Number(9), seal.Plaintext("x")))
	later.At = Noon.Add(time.Second)
	c.mustAccept(t, later)
	if due := c.due(t, Noon); len(due) != 0 {
		t.Errorf("Due: got %d rows before their time", len(due))
	}
}

func dueComplete(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	d := c.oneDue(t, Noon.Add(time.Minute))
	if d.Outbox == 0 || d.Attempt != 1 {
		t.Errorf("Claim: got %+v, want a row's first attempt", d.Claim)
	}
	if d.Org != c.Org.ID || d.Lang != m.Lang {
		t.Errorf("Due: got %q, %q, want the org and the message's language", d.Org, d.Lang)
	}
	if !d.Queued.Equal(Noon) || !d.Expires.Equal(m.Expires) || len(d.Doubts) != 0 {
		t.Errorf("Due: got queued %v, expires %v, %d doubts", d.Queued, d.Expires, len(d.Doubts))
	}
}

func dueLease(t *testing.T, c *Clinic) {
	c.accept(t, Number(1))
	first := c.oneDue(t, Noon)
	if due := c.due(t, Noon.Add(lease-time.Second)); len(due) != 0 {
		t.Fatalf("Due within the lease: got %d rows", len(due))
	}
	second := c.oneDue(t, Noon.Add(lease+time.Second))
	if second.Outbox != first.Outbox || second.Attempt != first.Attempt+1 {
		t.Errorf("Due after the lease: got %+v, want the next attempt of %+v", second.Claim, first.Claim)
	}
}

func sentClears(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	x := c.begin(t, Noon)[0]
	at := Noon.Add(3 * time.Second)
	must(t, "Sent", c.Sent(t.Context(), []store.SentText{x.sent()}, at))
	if due := c.due(t, Noon.Add(time.Hour)); len(due) != 0 {
		t.Errorf("Due after Sent: got %d rows", len(due))
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Sent)
	e := c.last(t, store.Sent)
	if e.Recipient != m.To.ID || !e.At.Equal(at) || e.By.Kind == "" {
		t.Errorf("event: got %+v, want the recipient, the time and an actor", e)
	}
	must(t, "Sent again", c.Sent(t.Context(), []store.SentText{x.sent()}, at))
	c.wantKinds(t, m.ID, store.Accepted, store.Sent)
}

func dueNotGone(t *testing.T, c *Clinic) {
	messages := c.accept(t, Number(1), Number(2))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, messages[0].ID, Ana, Noon))
	if d := c.oneDue(t, Noon); d.Message != messages[1].ID {
		t.Errorf("Due: got a text of the wiped message")
	}
	// Expired by the clock alone: nothing has tidied up yet.
	if due := c.due(t, Noon.Add(life)); len(due) != 0 {
		t.Errorf("Due at the end of the message's life: got %d rows", len(due))
	}
	_, err := c.Expire(t.Context(), 10, Noon.Add(life))
	must(t, "Expire", err)
	if due := c.due(t, Noon.Add(life)); len(due) != 0 {
		t.Errorf("Due after Expire: got %d rows", len(due))
	}
}

func dueShared(t *testing.T, c *Clinic) {
	const rows = 60
	var messages []store.Message
	for n := range rows {
		messages = append(messages, c.Write(t, Number(n), seal.Plaintext("x")))
	}
	c.mustAccept(t, c.Acceptance(messages...))
	var wg sync.WaitGroup
	var mu sync.Mutex
	claimed := map[store.OutboxID]int{}
	for range 4 {
		wg.Go(func() {
			for range rows {
				due, err := c.Due(t.Context(), 7, lease, Noon)
				if err != nil {
					t.Errorf("Due: %v", err)
				}
				mu.Lock()
				for _, d := range due {
					claimed[d.Outbox]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(claimed) != rows {
		t.Errorf("Due: %d rows were claimed, want %d", len(claimed), rows)
	}
	for id, n := range claimed {
		if n != 1 {
			t.Errorf("row %d was claimed %d times", id, n)
		}
	}
}

func backlogCounts(t *testing.T, c *Clinic) {
	if b := c.backlog(t, Noon); b.Due != 0 || !b.Oldest.IsZero() {
		t.Errorf("Backlog of nothing: got %+v", b)
	}
	c.accept(t, Number(1), Number(2))
	b := c.backlog(t, Noon.Add(time.Minute))
	if b.Due != 2 || !b.Oldest.Equal(Noon) {
		t.Errorf("Backlog: got %+v, want 2 since noon", b)
	}
	c.due(t, Noon)
	if b := c.backlog(t, Noon); b.Due != 0 {
		t.Errorf("Backlog of what is claimed: got %d due", b.Due)
	}
}

func knownTexts(t *testing.T, c *Clinic) {
	c.accept(t, Number(1))
	x := c.send(t, Noon)[0]
	known, err := c.KnownTexts(t.Context(), []string{x.provider, "SMother"})
	must(t, "KnownTexts", err)
	if !known[x.provider] || known["SMother"] {
		t.Errorf("KnownTexts: got %v, want the first alone", known)
	}
	if known, err = c.KnownTexts(t.Context(), nil); err != nil || len(known) != 0 {
		t.Errorf("KnownTexts of none: got %v, %v", known, err)
	}
}

// dueRefused is about a message that was accepted while its recipient said STOP.
func dueRefused(t *testing.T, c *Clinic) {
	m := c.Write(t, Number(1), seal.Plaintext("x"))
	c.refuse(t, m.To, store.OptedOut)
	c.mustAccept(t, c.Acceptance(m))
	if d := c.oneDue(t, Noon); d.Refused != store.OptedOut {
		t.Errorf("Due: got the refusal %q, want %q", d.Refused, store.OptedOut)
	}
	c.accept(t, Number(2))
	if d := c.oneDue(t, Noon); d.Refused != "" {
		t.Errorf("Due: got the refusal %q of one who gets texts", d.Refused)
	}
}
