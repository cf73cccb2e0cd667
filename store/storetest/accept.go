package storetest

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

var acceptChecks = []check{
	{"an accepted message has an event and a text that is due", acceptQueues},
	{"of several messages all are stored or none", acceptAllOrNone},
	{"a recipient is stored once and keeps the first number", acceptKeepsRecipient},
	{"two messages to one new number in one acceptance are both stored", acceptTwiceOneNumber},
	{"two hundred messages are accepted as one", acceptMany},
	{"a message of a megabyte comes back as it was", acceptLarge},
	{"accepting after the context ended stores nothing", acceptCancelled},
	{"a bad acceptance among many at once fails alone", acceptBadAlone},
	{"many callers at once all get their messages stored", acceptConcurrently},
}

func acceptQueues(t *testing.T, c *Clinic) {
	m := c.Write(t, Number(1), seal.Plaintext("negative"))
	a := c.Acceptance(m)
	a.By.Addr = home
	stored := c.mustAccept(t, a)
	if stored.Replayed || !slices.Equal(stored.Messages, []store.MessageID{m.ID}) {
		t.Errorf("Accept: got %+v, want the message, not replayed", stored)
	}
	c.wantKinds(t, m.ID, store.Accepted)
	e := c.last(t, store.Accepted)
	e.Seq = 0
	want := store.Event{Org: c.Org.ID, Message: m.ID, Recipient: m.To.ID, Kind: store.Accepted, By: a.By, Detail: "smtp", At: Noon}
	if !e.At.Equal(want.At) {
		t.Errorf("event: got time %v, want %v", e.At, want.At)
	}
	if e.At = want.At; e != want {
		t.Errorf("event: got %+v, want %+v", e, want)
	}
	d := c.oneDue(t, Noon)
	if d.Kind != store.LinkText || d.Message != m.ID || d.Recipient != m.To.ID || d.Org != c.Org.ID {
		t.Errorf("Due: got %s of %s, want the message's link text", d.Kind, d.Message)
	}
	c.opensNumber(t, d.NumberKey, d.Number, d.Place(), Number(1))
}

func acceptAllOrNone(t *testing.T, c *Clinic) {
	there := c.accept(t, Number(1))[0]
	before := c.count(t)
	for _, files := range [][]seal.Plaintext{nil, {seal.Plaintext("scan")}} {
		fresh := c.Write(t, Number(2), seal.Plaintext("positive"), files...)
		if _, err := c.Accept(t.Context(), c.Acceptance(fresh, there)); err == nil {
			t.Fatal("Accept of a message that is stored already: got no error")
		}
		infos, err := c.Messages(t.Context(), store.MessageFilter{Org: c.Org.ID, ID: fresh.ID})
		must(t, "Messages", err)
		if len(infos) != 0 {
			t.Error("the other message was stored")
		}
	}
	if got := c.count(t); got != before {
		t.Errorf("events: got %d, want %d as before", got, before)
	}
	if got := len(c.due(t, Noon)); got != 1 {
		t.Errorf("Due: got %d texts, want that of the first message alone", got)
	}
	keys, err := c.DataKeys(t.Context(), c.Org.ID, 100, 100)
	must(t, "DataKeys", err)
	if len(keys) != 2 {
		t.Errorf("DataKeys: got %d, want those of the first message and its recipient", len(keys))
	}
}

func acceptKeepsRecipient(t *testing.T, c *Clinic) {
	messages := c.accept(t, Number(1), Number(1))
	if bytes.Equal(messages[0].To.Number, messages[1].To.Number) {
		t.Fatal("the number was sealed the same twice")
	}
	due := c.due(t, Noon)
	if len(due) != 2 {
		t.Fatalf("Due: got %d texts, want 2", len(due))
	}
	for _, d := range due {
		if !bytes.Equal(d.Number, messages[0].To.Number) {
			t.Error("Due: the stored number was replaced")
		}
		c.opensNumber(t, d.NumberKey, d.Number, d.Place(), Number(1))
	}
}

func acceptTwiceOneNumber(t *testing.T, c *Clinic) {
	first := c.Write(t, Number(1), seal.Plaintext("one"))
	second := c.Write(t, Number(1), seal.Plaintext("two"))
	c.mustAccept(t, c.Acceptance(first, second))
	for _, d := range c.due(t, Noon) {
		c.opensNumber(t, d.NumberKey, d.Number, d.Place(), Number(1))
	}
	c.wantStatus(t, first.ID, store.Accepted)
	c.wantStatus(t, second.ID, store.Accepted)
}

func acceptMany(t *testing.T, c *Clinic) {
	var messages []store.Message
	var ids []store.MessageID
	for n := range 200 {
		m := c.Write(t, Number(n), seal.Plaintext("The clinic is closed on Monday."))
		messages, ids = append(messages, m), append(ids, m.ID)
	}
	stored := c.mustAccept(t, c.Acceptance(messages...))
	if !slices.Equal(stored.Messages, ids) {
		t.Error("Accept: the ids are not those given, in order")
	}
	if got := c.backlog(t, Noon).Due; got != 200 {
		t.Errorf("Backlog: got %d due, want 200", got)
	}
	if got := len(c.events(t, store.EventFilter{Org: c.Org.ID, Kind: store.Accepted})); got != 200 {
		t.Errorf("events: got %d accepted, want 200", got)
	}
}

func acceptLarge(t *testing.T, c *Clinic) {
	text := string(bytes.Repeat([]byte("long "), 200_000))
	m := c.Write(t, Number(1), seal.Plaintext(text))
	c.mustAccept(t, c.Acceptance(m))
	hash := c.linked(t, m)
	v := c.enrol(t, hash)
	s, err := c.Message(t.Context(), hash, v, Noon)
	must(t, "Message", err)
	c.opens(t, s, text)
}

func acceptCancelled(t *testing.T, c *Clinic) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Accept(ctx, c.Acceptance(c.Write(t, Number(1), seal.Plaintext("x"), seal.Plaintext("file")))); err == nil {
		t.Error("Accept: got no error")
	}
	if b := c.backlog(t, Noon.Add(time.Hour)); b.Due != 0 {
		t.Errorf("Backlog: got %d due, want none", b.Due)
	}
}

func acceptBadAlone(t *testing.T, c *Clinic) {
	there := c.accept(t, Number(0))[0]
	var wg sync.WaitGroup
	for n := range 40 {
		m := c.Write(t, Number(n), seal.Plaintext("x"))
		if n%10 == 0 {
			m.ID = there.ID
		}
		wg.Go(func() {
			if _, err := c.Accept(t.Context(), c.Acceptance(m)); (err != nil) != (m.ID == there.ID) {
				t.Errorf("Accept of message %d: got error %v", n, err)
			}
		})
	}
	wg.Wait()
	if got := c.backlog(t, Noon).Due; got != 37 {
		t.Errorf("Backlog: got %d due, want 37", got)
	}
}

func acceptConcurrently(t *testing.T, c *Clinic) {
	const callers, each = 16, 10
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for i := range each {
				// The same numbers from all callers, each in another order.
				a := c.Acceptance(c.Write(t, Number(i), seal.Plaintext("a")), c.Write(t, Number(each-i), seal.Plaintext("b")))
				if _, err := c.Accept(t.Context(), a); err != nil {
					t.Errorf("Accept: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if got := c.backlog(t, Noon).Due; got != 2*callers*each {
		t.Errorf("Backlog: got %d due, want %d", got, 2*callers*each)
	}
}
