package storetest

import (
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

var extendChecks = []check{
	{"a message can be read for longer when somebody says so, and what is over stays over", extends},
	{"what is gone is not given more time", extendGone},
}

func extends(t *testing.T, c *Clinic) {
	m, hash, v := c.enrolled(t, Number(1))
	until := m.Expires.Add(24 * time.Hour)
	must(t, "Extend", c.Extend(t.Context(), c.Org.ID, m.ID, until, Ana, Noon))
	if e := c.last(t, store.Extended); e.Message != m.ID || e.Recipient != m.To.ID || e.By != Ana || e.Detail != "until "+until.UTC().Format(time.RFC3339) {
		t.Errorf("event: got %+v, want Ana's, until %v", e, until)
	}
	before := c.count(t)
	for _, no := range []time.Time{until, until.Add(-time.Hour)} {
		wantError(t, "Extend to no later", c.Extend(t.Context(), c.Org.ID, m.ID, no, Ana, Noon), store.ErrConflict)
	}
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
	n, err := c.Expire(t.Context(), 10, m.Expires.Add(time.Hour))
	if must(t, "Expire", err); n != 0 {
		t.Errorf("Expire: took %d, want none", n)
	}
	c.wantViewing(t, m, hash, v, until.Add(-time.Second), nil)
	c.wantViewing(t, m, hash, v, until, store.ErrGone)
}

func extendGone(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1), Number(2))
	later := Noon.Add(3 * life)
	wantError(t, "Extend of what is over", c.Extend(t.Context(), c.Org.ID, m[0].ID, later, Ana, Noon.Add(life)), store.ErrGone)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m[1].ID, Ana, Noon))
	wantError(t, "Extend of what was wiped", c.Extend(t.Context(), c.Org.ID, m[1].ID, later, Ana, Noon), store.ErrGone)
	_, err := c.Expire(t.Context(), 10, Noon.Add(life))
	must(t, "Expire", err)
	wantError(t, "Extend of what expired", c.Extend(t.Context(), c.Org.ID, m[0].ID, later, Ana, Noon), store.ErrGone)
	wantError(t, "Extend of no such message", c.Extend(t.Context(), c.Org.ID, store.NewMessageID(Noon), later, Ana, Noon), store.ErrNotFound)
	if got := len(c.events(t, store.EventFilter{Kind: store.Extended})); got != 0 {
		t.Errorf("events: got %d, want none", got)
	}
}

var sentChecks = []check{
	{"S33: a sender is shown what they wrote, on record and as no reading of the patient's", sentOpened},
	{"S32: what a colleague wrote is not shown", sentOwn},
	{"what is over is shown to nobody", sentOver},
	{"replies are unread until their sender opens them", repliesUnread},
	{"what calls for somebody is told of each message", messagesCall},
}

func sentOpened(t *testing.T, c *Clinic) {
	sent := files(100, seal.ChunkSize+1)
	m := c.Write(t, Number(1), seal.Plaintext("Your result is ready."), sent...)
	c.mustAccept(t, c.Acceptance(m))
	hash := c.linked(t, m)
	must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon)) // which seals it to its patient alone
	s, err := c.OpenSent(t.Context(), c.reader(), m.ID, Noon)
	must(t, "OpenSent", err)
	c.opens(t, s, "Your result is ready.")
	key, err := c.Keys.DataKey(t.Context(), s.Key, s.Place(seal.PartContent))
	must(t, "DataKey", err)
	for i, want := range sent {
		f, err := c.OpenSentFile(t.Context(), c.reader(), m.ID, seal.FirstAttachment+i, Noon)
		must(t, "OpenSentFile", err)
		for range 2 { // a browser is told of a file before it gets it
			opensChunks(t, key, f, want)
		}
	}
	_, err = c.OpenSentFile(t.Context(), c.reader(), m.ID, 9, Noon)
	wantError(t, "OpenSentFile of no such part", err, store.ErrNotFound)
	events := c.events(t, store.EventFilter{Kind: store.ShownToSender})
	for i, want := range []string{"", "part 1", "part 2"} {
		if e := events[i]; e.Detail != want || e.Message != m.ID || e.Recipient != m.To.ID || e.By != c.reader().By {
			t.Errorf("event: got %+v, want one by the sender, of %q", e, want)
		}
	}
	c.wantStatus(t, m.ID, store.Sent)
}

func sentOwn(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	colleague := c.newSender("Dr Bell")
	must(t, "AddSender", c.AddSender(t.Context(), colleague, Ana, Noon))
	who, tests := c.reader(), c.reader()
	who.Sender, tests.Test = colleague.ID, true
	before := c.count(t)
	for _, r := range []store.Correspondent{who, tests} {
		_, err := c.OpenSent(t.Context(), r, m.ID, Noon)
		wantError(t, "OpenSent", err, store.ErrNotFound)
		_, err = c.OpenSentFile(t.Context(), r, m.ID, 1, Noon)
		wantError(t, "OpenSentFile", err, store.ErrNotFound)
	}
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
}

func sentOver(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1), Number(2))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m[1].ID, Ana, Noon))
	_, err := c.OpenSent(t.Context(), c.reader(), m[1].ID, Noon)
	wantError(t, "OpenSent of what was wiped", err, store.ErrGone)
	_, err = c.OpenSent(t.Context(), c.reader(), m[0].ID, Noon.Add(life))
	wantError(t, "OpenSent of what is over", err, store.ErrGone)
	if got := len(c.events(t, store.EventFilter{Kind: store.ShownToSender})); got != 0 {
		t.Errorf("events: got %d, want none", got)
	}
}

func repliesUnread(t *testing.T, c *Clinic) {
	first, second := c.thread(t, Number(1), 0), c.thread(t, Number(2), 0)
	c.mustReply(t, first, "one", Noon)
	c.mustReply(t, first, "two", Noon)
	c.mustReply(t, second, "three", Noon)
	c.accept(t, Number(3))
	unread := func(want int, ids ...store.MessageID) {
		t.Helper()
		n, err := c.UnreadReplies(t.Context(), c.Org.ID, c.Sender.ID, Noon)
		if must(t, "UnreadReplies", err); n != want {
			t.Errorf("UnreadReplies: got %d, want %d", n, want)
		}
		got, err := c.Messages(t.Context(), store.MessageFilter{Org: c.Org.ID, Sender: c.Sender.ID, Unread: true})
		must(t, "Messages", err)
		if len(got) != len(ids) {
			t.Fatalf("Messages with unread replies: got %d, want %d", len(got), len(ids))
		}
		for i, m := range got {
			if m.ID != ids[i] || m.Unread == 0 || !m.Calls(Noon) {
				t.Errorf("Messages: got %s with %d unread, want %s", m.ID, m.Unread, ids[i])
			}
		}
	}
	newest := []store.MessageID{max(first.ID, second.ID), min(first.ID, second.ID)}
	unread(2, newest...)
	_, err := c.OpenReplies(t.Context(), c.reader(), first.ID, Noon)
	must(t, "OpenReplies", err)
	unread(1, second.ID)
	if m := c.info(t, first.ID); m.Replies != 2 || m.Unread != 0 {
		t.Errorf("Messages: got %d replies, %d unread, want 2 and none", m.Replies, m.Unread)
	}
	if n, err := c.UnreadReplies(t.Context(), c.Org.ID, c.Sender.ID, Noon.Add(life)); err != nil || n != 0 {
		t.Errorf("UnreadReplies of what is over: got %d, %v, want none", n, err)
	}
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, second.ID, Ana, Noon))
	unread(0)
}

func messagesCall(t *testing.T, c *Clinic) {
	fine, _ := c.texted(t, Number(1))
	lost, link := c.disownable(t, Number(2))
	must(t, "NotMine", c.NotMine(t.Context(), link, visitor, Noon))
	asks, hash, v := c.answerable(t, store.AckChoices, 0)
	must(t, "Acknowledge", c.Acknowledge(t.Context(), asks.ID, store.AnswerCall, v, Noon))
	c.wantAnswer(t, asks, hash, v, store.AnswerCall, Noon)
	calls := func(want map[store.MessageID]bool) {
		t.Helper()
		for id, want := range want {
			if m := c.info(t, id); m.Calls(Noon) != want || m.Calls(m.Expires) {
				t.Errorf("Messages: %s calls for somebody: %v, want %v, and not once it is over", m.Status, m.Calls(Noon), want)
			}
		}
	}
	calls(map[store.MessageID]bool{fine.ID: false, lost.ID: true, asks.ID: true})
	if m := c.info(t, asks.ID); m.Answer != store.AnswerCall {
		t.Errorf("Messages: got answer %q, want that of the patient", m.Answer)
	}
	must(t, "Take", c.Take(t.Context(), c.Org.ID, lost.ID, Ana, Noon))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, asks.ID, Ana, Noon))
	calls(map[store.MessageID]bool{lost.ID: false, asks.ID: false})
}
