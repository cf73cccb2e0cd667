package storetest

import (
	"slices"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

var repeatChecks = []check{
	{"S29: a mail that comes again is stored once and is the message of the first time", repeatGivesFirst},
	{"S29: of fifty at once with one hash one is stored and all get its id", repeatRace},
	{"S29: of many at once with the same hashes in any order each is stored once", repeatRaceOfMany},
	{"S29: beside repeats what is new is stored, and the ids keep their order", repeatAmongNew},
	{"S29: one hash twice in one acceptance is one message", repeatWithin},
	{"S29: a mail with attachments that comes again is stored once", repeatAttached},
	{"S29: of several at once with the same attachments one is stored", repeatAttachedRace},
	{"S29: beside a repeat with attachments what is new keeps its own", repeatAttachedAmongNew},
	{"S29: a mail that is too large to share a commit is stored once", repeatLarge},
	{"S29: a hash is free again after its life, and not before", repeatLife},
	{"S29: a repeat of what was wiped is still one, and makes no text", repeatWiped},
	{"S29: an acceptance that failed leaves its hashes free", repeatAfterFailure},
	{"S29: an idempotency key remembers the message of the first time", repeatKeyed},
	{"S29: the sender is told of an acceptance once, however often the mail comes", repeatAnnounced},
	{"another org's hash is another hash", repeatPerOrg},
	{"messages without a hash are no repeats", repeatNone},
}

// again makes a message with a hash, under an id of its own.
func (c *Clinic) again(tb testing.TB, hash byte, number string, files ...seal.Plaintext) store.Message {
	tb.Helper()
	m := c.Write(tb, number, seal.Plaintext("Your result is ready."), files...)
	m.Repeat = store.RepeatHash{hash}
	return m
}

// wantStored checks what an acceptance ended as, and that so many messages are
// all that there is.
func (c *Clinic) wantStored(tb testing.TB, got, want store.Stored, messages int) {
	tb.Helper()
	if got.Replayed != want.Replayed || !slices.Equal(got.Messages, want.Messages) {
		tb.Errorf("Accept: got %+v, want %+v", got, want)
	}
	c.wantMessages(tb, messages)
}

// wantMessages checks that there are so many messages, each with its event, its
// text and its key.
func (c *Clinic) wantMessages(tb testing.TB, want int) {
	tb.Helper()
	infos, err := c.Messages(tb.Context(), store.MessageFilter{Org: c.Org.ID})
	must(tb, "Messages", err)
	events := c.events(tb, store.EventFilter{Org: c.Org.ID, Kind: store.Accepted})
	keys := 0
	for _, k := range c.dataKeys(tb, 100) {
		if k.Message != "" {
			keys++
		}
	}
	due := c.backlog(tb, Noon.Add(time.Hour)).Due
	if len(infos) != want || len(events) != want || keys != want || due != want {
		tb.Errorf("got %d messages, %d events, %d keys and %d texts, want %d of each", len(infos), len(events), keys, due, want)
	}
}

func repeatGivesFirst(t *testing.T, c *Clinic) {
	m := c.again(t, 1, Number(1))
	first := []store.MessageID{m.ID}
	c.wantStored(t, c.mustAccept(t, c.Acceptance(m)), store.Stored{Messages: first}, 1)
	for range 2 {
		c.wantStored(t, c.mustAccept(t, c.Acceptance(c.again(t, 1, Number(1)))), store.Stored{Messages: first, Replayed: true}, 1)
	}
	c.wantKinds(t, m.ID, store.Accepted)
}

func repeatAmongNew(t *testing.T, c *Clinic) {
	old := c.again(t, 2, Number(2))
	c.mustAccept(t, c.Acceptance(old))
	one, two, three := c.again(t, 1, Number(1)), c.again(t, 2, Number(2)), c.again(t, 3, Number(3))
	plain := c.Write(t, Number(2), seal.Plaintext("something else"))
	got := c.mustAccept(t, c.Acceptance(one, two, plain, three))
	c.wantStored(t, got, store.Stored{Messages: []store.MessageID{one.ID, old.ID, plain.ID, three.ID}}, 4)
	got = c.mustAccept(t, c.Acceptance(c.again(t, 3, Number(3)), c.again(t, 2, Number(2))))
	c.wantStored(t, got, store.Stored{Messages: []store.MessageID{three.ID, old.ID}, Replayed: true}, 4)
}

func repeatWithin(t *testing.T, c *Clinic) {
	first, second := c.again(t, 1, Number(1)), c.again(t, 1, Number(1))
	got := c.mustAccept(t, c.Acceptance(first, second))
	c.wantStored(t, got, store.Stored{Messages: []store.MessageID{first.ID, first.ID}}, 1)
}

func repeatAttached(t *testing.T, c *Clinic) {
	sent := files(seal.ChunkSize + 1)
	m := c.again(t, 1, Number(1), sent...)
	first := []store.MessageID{m.ID}
	c.wantStored(t, c.mustAccept(t, c.Acceptance(m)), store.Stored{Messages: first}, 1)
	again := c.mustAccept(t, c.Acceptance(c.again(t, 1, Number(1), sent...)))
	c.wantStored(t, again, store.Stored{Messages: first, Replayed: true}, 1)
	hash := c.linked(t, m)
	c.opensAttachment(t, hash, seal.FirstAttachment, c.enrol(t, hash), sent[0])
}

func repeatAttachedAmongNew(t *testing.T, c *Clinic) {
	sent := files(1000)
	old := c.again(t, 1, Number(1), sent...)
	c.mustAccept(t, c.Acceptance(old))
	fresh := c.again(t, 2, Number(2), sent...)
	got := c.mustAccept(t, c.Acceptance(c.again(t, 1, Number(1), sent...), fresh))
	c.wantStored(t, got, store.Stored{Messages: []store.MessageID{old.ID, fresh.ID}}, 2)
	for _, x := range c.send(t, Noon) {
		c.opensAttachment(t, x.Link, seal.FirstAttachment, c.enrol(t, x.Link), sent[0])
	}
	again := c.mustAccept(t, c.Acceptance(c.again(t, 2, Number(2), sent...)))
	if !again.Replayed || again.Messages[0] != fresh.ID {
		t.Errorf("Accept: got %+v, want the message stored beside a repeat", again)
	}
}

func repeatLarge(t *testing.T, c *Clinic) {
	large := func() store.Message {
		m := c.Write(t, Number(1), make(seal.Plaintext, 1<<20))
		m.Repeat = store.RepeatHash{1}
		return m
	}
	m := large()
	first := []store.MessageID{m.ID}
	c.wantStored(t, c.mustAccept(t, c.Acceptance(m)), store.Stored{Messages: first}, 1)
	c.wantStored(t, c.mustAccept(t, c.Acceptance(large())), store.Stored{Messages: first, Replayed: true}, 1)
}

// afterwards is an acceptance of a later time.
func (c *Clinic) afterwards(d time.Duration, m store.Message) store.Acceptance {
	a := c.Acceptance(m)
	a.At = Noon.Add(d)
	return a
}

func repeatLife(t *testing.T, c *Clinic) {
	first := c.again(t, 1, Number(1))
	c.mustAccept(t, c.Acceptance(first))
	for _, tidied := range []bool{false, true} {
		if tidied {
			_, err := c.Expire(t.Context(), 10, Noon.Add(store.RepeatLife-time.Minute))
			must(t, "Expire", err)
		}
		got := c.mustAccept(t, c.afterwards(store.RepeatLife-time.Second, c.again(t, 1, Number(1))))
		c.wantStored(t, got, store.Stored{Messages: []store.MessageID{first.ID}, Replayed: true}, 1)
	}
	second := c.again(t, 1, Number(1))
	if got := c.mustAccept(t, c.afterwards(store.RepeatLife, second)); got.Replayed || got.Messages[0] != second.ID {
		t.Errorf("Accept after the hash's life: got %+v, want the new message", got)
	}
	got := c.mustAccept(t, c.afterwards(store.RepeatLife+time.Second, c.again(t, 1, Number(1))))
	if !got.Replayed || got.Messages[0] != second.ID {
		t.Errorf("Accept once more: got %+v, want the second message", got)
	}
	_, err := c.Expire(t.Context(), 10, Noon.Add(2*store.RepeatLife+time.Second))
	must(t, "Expire", err)
	third := c.again(t, 1, Number(1))
	if got := c.mustAccept(t, c.afterwards(store.RepeatLife+time.Second, third)); got.Replayed {
		t.Error("Accept after it was tidied away: replayed")
	}
}

func repeatWiped(t *testing.T, c *Clinic) {
	m := c.again(t, 1, Number(1))
	c.mustAccept(t, c.Acceptance(m))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	got := c.mustAccept(t, c.Acceptance(c.again(t, 1, Number(1))))
	if !got.Replayed || got.Messages[0] != m.ID {
		t.Errorf("Accept: got %+v, want the wiped message", got)
	}
	if due := c.backlog(t, Noon.Add(time.Hour)).Due; due != 0 {
		t.Errorf("Backlog: got %d texts, want none", due)
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Wiped)
}

func repeatAfterFailure(t *testing.T, c *Clinic) {
	there := c.accept(t, Number(1))[0]
	for n, sent := range [][]seal.Plaintext{nil, files(10)} {
		m := c.again(t, byte(n+1), Number(2), sent...)
		if _, err := c.Accept(t.Context(), c.Acceptance(m, there)); err == nil {
			t.Fatal("Accept of a message that is stored already: got no error")
		}
		fresh := c.again(t, byte(n+1), Number(2), sent...)
		c.wantStored(t, c.mustAccept(t, c.Acceptance(fresh)), store.Stored{Messages: []store.MessageID{fresh.ID}}, n+2)
	}
}

func repeatKeyed(t *testing.T, c *Clinic) {
	old := c.again(t, 1, Number(1))
	c.mustAccept(t, c.Acceptance(old))
	fresh := c.again(t, 2, Number(2))
	a := c.Acceptance(c.again(t, 1, Number(1)), fresh)
	a.Idempotency = &store.Idempotency{Key: "k"}
	want := store.Stored{Messages: []store.MessageID{old.ID, fresh.ID}}
	c.wantStored(t, c.mustAccept(t, a), want, 2)
	want.Replayed = true
	c.wantStored(t, c.mustAccept(t, a), want, 2)
}

func repeatAnnounced(t *testing.T, c *Clinic) {
	var messages, repeats []store.Message
	for n, sent := range [][]seal.Plaintext{nil, files(10)} {
		for _, all := range []*[]store.Message{&messages, &repeats} {
			m := c.again(t, byte(n+1), Number(n), sent...)
			m.Notify, m.EnvID = store.NotifyAccepted|store.NotifyRead, "visit-12"
			*all = append(*all, m)
		}
	}
	for _, all := range [][]store.Message{messages, repeats} {
		for _, m := range all { // one by one, so that each goes its own way
			c.mustAccept(t, c.Acceptance(m))
		}
	}
	due, err := c.DueNotices(t.Context(), 10, lease, Noon)
	must(t, "DueNotices", err)
	if len(due) != len(messages) {
		t.Fatalf("DueNotices: got %d, want one for each of %d messages", len(due), len(messages))
	}
	for i, d := range due {
		if d.Message != messages[i].ID || d.Kind != store.Accepted || d.Detail != "smtp" || d.EnvID != "visit-12" {
			t.Errorf("DueNotices: got %s of %s, want that it was accepted", d.Kind, d.Message)
		}
	}
}

func repeatPerOrg(t *testing.T, c *Clinic) {
	n := c.Neighbour(t)
	ours, theirs := c.again(t, 1, Number(1)), n.again(t, 1, Number(1))
	c.mustAccept(t, c.Acceptance(ours))
	if got := n.mustAccept(t, n.Acceptance(theirs)); got.Replayed || got.Messages[0] != theirs.ID {
		t.Errorf("Accept: got %+v, want the neighbour's own message", got)
	}
	got := n.mustAccept(t, n.Acceptance(n.again(t, 1, Number(1))))
	if !got.Replayed || got.Messages[0] != theirs.ID {
		t.Errorf("Accept again: got %+v, want the neighbour's own message", got)
	}
}

func repeatNone(t *testing.T, c *Clinic) {
	first, second := c.Write(t, Number(1), seal.Plaintext("x")), c.Write(t, Number(1), seal.Plaintext("x"))
	c.wantStored(t, c.mustAccept(t, c.Acceptance(first)), store.Stored{Messages: []store.MessageID{first.ID}}, 1)
	c.wantStored(t, c.mustAccept(t, c.Acceptance(second)), store.Stored{Messages: []store.MessageID{second.ID}}, 2)
}
