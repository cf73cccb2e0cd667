package storetest

import (
	"slices"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

var threadChecks = []check{
	{"S33: the sender reads replies in turn, and each reading is an event before it", threadOpened},
	{"a message without replies shows none, and writes no event", threadEmpty},
	{"a thread is its sender's alone, even within the org", threadOwn},
	{"a thread ends with the message's life", threadOver},
}

// reader is the clinic's sender, who reads by an API key.
func (c *Clinic) reader() store.Correspondent {
	return store.Correspondent{Org: c.Org.ID, Sender: c.Sender.ID, By: store.Actor{Kind: store.ByKey, ID: "key_1", Addr: home}}
}

func threadOpened(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	sent := files(100, seal.ChunkSize+1)
	first := c.mustReply(t, th, "one", Noon, sent...)
	second := c.mustReply(t, th, "two", Noon.Add(time.Second))
	at := Noon.Add(time.Minute)
	list, err := c.OpenReplies(t.Context(), c.reader(), th.ID, at)
	must(t, "OpenReplies", err)
	if len(list) != 2 || list[0].ID != first.ID || list[1].ID != second.ID {
		t.Fatalf("OpenReplies: got %d, want both in turn", len(list))
	}
	file := func(part int) (store.SealedReplyFile, error) {
		return c.OpenReplyFile(t.Context(), c.reader(), th.ID, first.ID, part, at)
	}
	c.opensReply(t, list[0], file, "one", sent...)
	c.opensReply(t, list[1], file, "two")
	var details []string
	for _, e := range c.events(t, store.EventFilter{Kind: store.ReplyRead}) {
		if e.Message != th.ID || e.Recipient != th.To.ID || e.By != c.reader().By || !e.At.Equal(at) {
			t.Errorf("event: got %+v, want one by the key", e)
		}
		details = append(details, e.Detail)
	}
	id := string(first.ID)
	if want := []string{id, string(second.ID), id + " part 1", id + " part 2"}; !slices.Equal(details, want) {
		t.Errorf("events: got %v, want %v", details, want)
	}
	_, err = file(3)
	wantError(t, "OpenReplyFile of no such part", err, store.ErrNotFound)
	_, err = c.OpenReplyFile(t.Context(), c.reader(), th.ID, store.NewReplyID(Noon), 1, at)
	wantError(t, "OpenReplyFile of no such reply", err, store.ErrNotFound)
	if n := len(c.events(t, store.EventFilter{Kind: store.ReplyRead})); n != 4 {
		t.Errorf("events: got %d, want none of what is not there", n)
	}
}

func threadEmpty(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	before := c.count(t)
	list, err := c.OpenReplies(t.Context(), c.reader(), m.ID, Noon)
	if err != nil || len(list) != 0 || c.count(t) != before {
		t.Errorf("OpenReplies: got %d, %v and %d events, want nothing", len(list), err, c.count(t)-before)
	}
}

func threadOwn(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	r := c.mustReply(t, th, "one", Noon, files(7)...)
	colleague := c.newSender("Dr Bell")
	must(t, "AddSender", c.AddSender(t.Context(), colleague, Ana, Noon))
	who := c.reader()
	who.Sender = colleague.ID
	before := c.count(t)
	_, err := c.OpenReplies(t.Context(), who, th.ID, Noon)
	wantError(t, "OpenReplies of a colleague's", err, store.ErrNotFound)
	_, err = c.OpenReplyFile(t.Context(), who, th.ID, r.ID, 1, Noon)
	wantError(t, "OpenReplyFile of a colleague's", err, store.ErrNotFound)
	tests := c.reader()
	tests.Test = true
	_, err = c.OpenReplies(t.Context(), tests, th.ID, Noon)
	wantError(t, "OpenReplies of a real one, by a key of the sandbox", err, store.ErrNotFound)
	_, err = c.OpenReplyFile(t.Context(), tests, th.ID, r.ID, 1, Noon)
	wantError(t, "OpenReplyFile of it", err, store.ErrNotFound)
	_, err = c.OpenReplies(t.Context(), c.reader(), store.NewMessageID(Noon), Noon)
	wantError(t, "OpenReplies of no such message", err, store.ErrNotFound)
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
}

func threadOver(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	r := c.mustReply(t, th, "one", Noon, files(7)...)
	for _, over := range []time.Duration{life, 2 * life} {
		_, err := c.OpenReplies(t.Context(), c.reader(), th.ID, Noon.Add(over))
		wantError(t, "OpenReplies", err, store.ErrGone)
		_, err = c.OpenReplyFile(t.Context(), c.reader(), th.ID, r.ID, 1, Noon.Add(over))
		wantError(t, "OpenReplyFile", err, store.ErrGone)
		_, err = c.Expire(t.Context(), 10, Noon.Add(life))
		must(t, "Expire", err)
	}
}
