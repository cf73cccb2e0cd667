package storetest

import (
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var askAgainChecks = []check{
	{"the holder of an expired link may ask for the message again, once a day", askAgainThrottled},
	{"who asks again is told to the sender, once, if the sender wants to hear", askAgainTells},
	{"there is nothing to ask again for while a link is live, or when staff wiped", askAgainConflict},
	{"asking again at once is one asking", askAgainRace},
	{"a message that expires unread is told to a sender who hears of failures", expiredUnread},
}

// expired is a message that was texted, and is over.
func (c *Clinic) expired(tb testing.TB, number string, notify store.Notify) (store.Message, token.Hash) {
	tb.Helper()
	m := c.asked(tb, number, notify)
	hash := c.linked(tb, m)
	_, err := c.Expire(tb.Context(), 10, m.Expires)
	must(tb, "Expire", err)
	return m, hash
}

func askAgainThrottled(t *testing.T, c *Clinic) {
	m, hash := c.expired(t, Number(1), 0)
	must(t, "AskAgain", c.AskAgain(t.Context(), hash, visitor, m.Expires))
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Expired, store.Asked)
	if e := c.last(t, store.Asked); e.Recipient != m.To.ID || e.By != visitor || !e.At.Equal(m.Expires) {
		t.Errorf("event: got %+v, want the visitor's asking", e)
	}
	soon := m.Expires.Add(store.AskAgainEvery - time.Second)
	wantError(t, "AskAgain within a day", c.AskAgain(t.Context(), hash, visitor, soon), store.ErrThrottled)
	must(t, "AskAgain a day later", c.AskAgain(t.Context(), hash, visitor, m.Expires.Add(store.AskAgainEvery)))
	wantError(t, "AskAgain by no such link", c.AskAgain(t.Context(), token.New().Hash(), visitor, m.Expires), store.ErrNotFound)
	if due := c.due(t, m.Expires.Add(life)); len(due) != 0 {
		t.Errorf("Due: got %d rows, want none", len(due))
	}
}

func askAgainTells(t *testing.T, c *Clinic) {
	m, hash := c.expired(t, Number(1), store.NotifyAsked)
	_, unasked := c.expired(t, Number(2), store.NotifyRead)
	for day := range 3 {
		at := m.Expires.Add(time.Duration(day) * store.AskAgainEvery)
		for _, h := range []token.Hash{hash, unasked} {
			must(t, "AskAgain", c.AskAgain(t.Context(), h, visitor, at))
		}
		due := c.dueNotices(t, at)
		if day > 0 && len(due) > 0 {
			t.Fatalf("DueNotices on day %d: got %d, want none", day, len(due))
		}
		for _, d := range due {
			if len(due) != 1 || d.Kind != store.Asked || d.Message != m.ID || !d.Queued.Equal(at) {
				t.Errorf("DueNotices: got %s of %s, want that of who wants to hear", d.Kind, d.Message)
			}
			must(t, "NoticeSent", c.NoticeSent(t.Context(), d.NoticeClaim, at))
		}
	}
	if e := c.last(t, store.Notified); e.Detail != "asked" {
		t.Errorf("event: got %q, want the step", e.Detail)
	}
}

func askAgainConflict(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	before := c.count(t)
	wantError(t, "AskAgain by a live link", c.AskAgain(t.Context(), hash, visitor, m.Expires.Add(-time.Second)), store.ErrConflict)
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
	must(t, "AskAgain before it is tidied up", c.AskAgain(t.Context(), hash, visitor, m.Expires))
	wiped, hash := c.texted(t, Number(2))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, wiped.ID, Ana, Noon))
	for _, at := range []time.Time{Noon, wiped.Expires} {
		wantError(t, "AskAgain after Wipe", c.AskAgain(t.Context(), hash, visitor, at), store.ErrConflict)
	}
}

func askAgainRace(t *testing.T, c *Clinic) {
	m, hash := c.expired(t, Number(1), store.NotifyAsked)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if err := c.AskAgain(t.Context(), hash, visitor, m.Expires); err != nil {
				wantError(t, "AskAgain", err, store.ErrThrottled)
			}
		})
	}
	wg.Wait()
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Expired, store.Asked)
	if due := c.dueNotices(t, m.Expires); len(due) != 1 {
		t.Errorf("DueNotices: got %d, want 1", len(due))
	}
}

func expiredUnread(t *testing.T, c *Clinic) {
	told := map[store.MessageID]bool{}
	for n := range 4 {
		notify := store.NotifyFailed | store.NotifyRead
		if n == 0 {
			notify = store.NotifyRead
		}
		m := c.asked(t, Number(n), notify)
		x := c.send(t, Noon)[0]
		switch n {
		case 1:
			must(t, "Read", c.Read(t.Context(), m.ID, c.enrol(t, x.Link), Noon))
			c.send(t, Noon) // that a password was set
		case 2: // of which the sender heard already
			must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextFailed), Noon))
		case 3:
			told[m.ID] = true
		}
	}
	for _, d := range c.dueNotices(t, Noon) {
		must(t, "NoticeSent", c.NoticeSent(t.Context(), d.NoticeClaim, Noon))
	}
	at := Noon.Add(life)
	for range 2 {
		_, err := c.Expire(t.Context(), 10, at)
		must(t, "Expire", err)
	}
	if d := c.oneNotice(t, at); d.Kind != store.Expired || !told[d.Message] || d.Via != store.ViaMail || !d.At.Equal(at) {
		t.Errorf("DueNotices: got %s of %s, want expired, of the one unread", d.Kind, d.Message)
	}
}
