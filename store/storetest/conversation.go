package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
	"securetext/store/seal"
)

var conversationChecks = []check{
	{"a thread is shown from each of its messages, newest first, with when its recipient wrote back", conversationShown},
	{"a message that was continued from whichever place is of the same thread", conversationNamed},
	{"only a message of the same sender, to the same recipient, that can be read is continued", conversationOwn},
	{"S11, S12: of a thread nothing shows that the viewer could not load", conversationReadable},
	{"messages that continue threads come together with those that do not", conversationTogether},
	{"S22: a thread is wiped whole, each message with its event, and no other", conversationWiped},
}

// goOn continues a message, some minutes after noon.
func (c *Clinic) goOn(tb testing.TB, from store.Message, minutes int) store.Message {
	tb.Helper()
	m := c.WriteTo(tb, from.To, seal.Plaintext("That is normal."))
	m.Thread, m.Reply, m.Created = from.ID, true, after(minutes)
	c.mustAccept(tb, c.Acceptance(m))
	c.linked(tb, m)
	return m
}

// after is so many minutes after noon.
func after(minutes int) time.Time { return Noon.Add(time.Duration(minutes) * time.Minute) }

// wantThread wants what stands in a thread beside a message; a reply by its id.
func (c *Clinic) wantThread(tb testing.TB, of store.Message, v store.Viewer, want ...string) {
	tb.Helper()
	list, err := c.Thread(tb.Context(), of.ID, v, after(60), 100)
	must(tb, "Thread", err)
	var got []string
	for _, t := range list {
		if t.Reply != "" {
			got = append(got, string(t.Reply))
			continue
		}
		got = append(got, string(t.Message))
	}
	if d := cmp.Diff(want, got); d != "" {
		tb.Errorf("Thread: (-want +got)\n%s", d)
	}
}

func conversationShown(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	apart, _ := c.texted(t, Number(1)) // of no thread
	c.wantThread(t, th.Message, th.viewer)
	r := c.mustReply(t, th, "It itches.", after(1))
	second := c.goOn(t, th.Message, 2)
	third := c.goOn(t, second, 3)
	late := c.mustReply(t, th, "Still.", after(4))
	c.wantThread(t, third, th.viewer, string(late.ID), string(second.ID), string(r.ID), string(th.ID))
	c.wantThread(t, second, th.viewer, string(late.ID), string(third.ID), string(r.ID), string(th.ID))
	c.wantThread(t, th.Message, th.viewer, string(third.ID), string(second.ID))
	c.wantThread(t, apart, th.viewer)
	must(t, "Read", c.Read(t.Context(), second.ID, th.viewer, after(5)))
	got, err := c.Thread(t.Context(), third.ID, th.viewer, after(60), 2)
	must(t, "Thread", err)
	want := []store.Threaded{
		{Message: th.ID, Reply: late.ID, Created: after(4), Read: true},
		{Message: second.ID, SenderName: c.Sender.Name, Created: after(2), Read: true},
	}
	if d := cmp.Diff(want, got, cmp.Comparer(time.Time.Equal)); d != "" {
		t.Errorf("Thread: (-want +got)\n%s", d)
	}
}

func conversationNamed(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	second := c.goOn(t, th.Message, 1)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, th.ID, Ana, after(2)))
	third := c.goOn(t, second, 3)
	for id, want := range map[store.MessageID]store.MessageID{th.ID: "", second.ID: th.ID, third.ID: th.ID} {
		if got := c.info(t, id).Thread; got != want {
			t.Errorf("Messages: %s is of the thread %q, want %q", id, got, want)
		}
	}
	c.wantThread(t, third, th.viewer, string(second.ID)) // though the first is gone
}

func conversationOwn(t *testing.T, c *Clinic) {
	th, gone, over, rehearsed := c.thread(t, Number(1), 0), c.thread(t, Number(2), 0), c.thread(t, Number(3), 0), c.thread(t, Number(4), 0)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, gone.ID, Ana, Noon))
	colleague := c.newSender("Dr Okoye")
	must(t, "AddSender", c.AddSender(t.Context(), colleague, Ana, Noon))
	for name, x := range map[string]struct {
		from  thread
		write func(*store.Message)
		ok    bool
	}{
		"its own":         {th, func(*store.Message) {}, true},
		"of a colleague":  {th, func(m *store.Message) { m.Sender = colleague.ID }, false},
		"to another":      {th, func(m *store.Message) { m.To = c.Recipient(t, Number(5)) }, false},
		"that is wiped":   {gone, func(*store.Message) {}, false},
		"that is over":    {over, func(m *store.Message) { m.Created = Noon.Add(life) }, false},
		"that is no test": {rehearsed, func(m *store.Message) { m.Test = true }, false},
		"that is none":    {th, func(m *store.Message) { m.Thread = store.NewMessageID(Noon) }, false},
	} {
		m := c.WriteTo(t, x.from.To, seal.Plaintext("That is normal."))
		m.Thread = x.from.ID
		x.write(&m)
		whose, err := c.Continues(t.Context(), store.Continuation{Org: m.Org, Sender: m.Sender, Test: m.Test, Message: m.Thread}, m.Created)
		if (err == nil && whose == m.To.ID) != x.ok {
			t.Errorf("Continues one %s: got %q, %v", name, whose, err)
		}
		if err != nil {
			wantError(t, "Continues", err, store.ErrNotFound)
		}
		m.ID = store.NewMessageID(Noon)
		key, wrapped, err := c.Keys.NewDataKey(t.Context(), m.Place(seal.PartKey))
		must(t, "NewDataKey", err)
		m.Key, m.Content = wrapped, key.Seal(seal.Plaintext("That is normal."), m.Place(seal.PartContent))
		m.Expires = m.Created.Add(life)
		c.mustAccept(t, c.Acceptance(m))
		if got := c.info(t, m.ID).Thread; (got == x.from.ID) != x.ok || !x.ok && got != "" {
			t.Errorf("one that continues one %s is of the thread %q", name, got)
		}
	}
}

func conversationReadable(t *testing.T, c *Clinic) {
	th, other := c.thread(t, Number(1), 0), c.thread(t, Number(2), 0)
	c.mustReply(t, th, "It itches.", after(1))
	second := c.goOn(t, th.Message, 2)
	waits := c.WriteTo(t, th.To, seal.Plaintext("Later."))
	waits.Thread, waits.SendAt = th.ID, Noon.Add(time.Hour)
	c.mustAccept(t, c.Acceptance(waits))
	c.wantThread(t, th.Message, other.viewer)
	c.wantThread(t, th.Message, th.viewer, string(second.ID))
	must(t, "NotMine", c.NotMine(t.Context(), th.hash, visitor, after(3)))
	c.wantThread(t, second, th.viewer) // the first is held, with what was written back
	must(t, "ReleaseMessage", c.ReleaseMessage(t.Context(), c.Org.ID, th.ID, Ana, after(4)))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, second.ID, Ana, after(5)))
	c.wantThread(t, th.Message, th.viewer)
	must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, th.To.ID, Ana, after(6)))
	third := c.goOn(t, th.Message, 7)
	c.wantThread(t, th.Message, th.viewer)
	th.viewer.Epoch++
	c.wantThread(t, th.Message, th.viewer, string(third.ID))
}

func conversationTogether(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	asked, alone := c.WriteTo(t, th.To, seal.Plaintext("That is normal.")), c.Write(t, Number(2), seal.Plaintext("Hello."))
	asked.Thread = th.ID
	shared := c.WriteTo(t, c.Person(t, Number(3), "Maria"), seal.Plaintext("Hello."))
	large := c.WriteTo(t, th.To, seal.Plaintext("See the sheet."), files(seal.ChunkSize+1)...)
	large.Thread = th.ID
	c.mustAccept(t, c.Acceptance(asked, alone, shared))
	c.mustAccept(t, c.Acceptance(large))
	for id, want := range map[store.MessageID]store.MessageID{asked.ID: th.ID, alone.ID: "", shared.ID: "", large.ID: th.ID} {
		if got := c.info(t, id).Thread; got != want {
			t.Errorf("Messages: %s is of the thread %q, want %q", id, got, want)
		}
	}
}

func conversationWiped(t *testing.T, c *Clinic) {
	th, other := c.thread(t, Number(1), 0), c.thread(t, Number(2), 0)
	c.mustReply(t, th, "It itches.", after(1))
	second, third := c.goOn(t, th.Message, 2), c.goOn(t, th.Message, 3)
	c.goOn(t, other.Message, 4)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, second.ID, Ana, after(5)))
	n, err := c.WipeThread(t.Context(), c.Org.ID, second.ID, Ana, after(6))
	if err != nil || n != 2 {
		t.Errorf("WipeThread: got %d, %v, want 2", n, err)
	}
	for _, id := range []store.MessageID{th.ID, second.ID, third.ID} {
		if n := len(c.events(t, store.EventFilter{Message: id, Kind: store.Wiped})); n != 1 || c.info(t, id).Wiped.IsZero() {
			t.Errorf("%s has %d wiped events and was wiped at %v", id, n, c.info(t, id).Wiped)
		}
	}
	if n := c.replyKeys(t); n != 0 {
		t.Errorf("DataKeys: got those of %d replies, want none", n)
	}
	if !c.info(t, other.ID).Wiped.IsZero() {
		t.Error("another thread is wiped as well")
	}
	_, err = c.WipeThread(t.Context(), c.Org.ID, third.ID, Ana, after(7))
	wantError(t, "WipeThread again", err, store.ErrNotFound)
	_, err = c.WipeThread(t.Context(), c.Org.ID, store.NewMessageID(Noon), Ana, after(7))
	wantError(t, "WipeThread of no such message", err, store.ErrNotFound)
	apart := c.accept(t, Number(3))[0]
	if n, err := c.WipeThread(t.Context(), c.Org.ID, apart.ID, Ana, after(8)); err != nil || n != 1 {
		t.Errorf("WipeThread of a message alone: got %d, %v, want 1", n, err)
	}
}
