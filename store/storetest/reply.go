package storetest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

var replyChecks = []check{
	{"a reply comes back to the recipient as it was written, with its event", replyRoundTrip},
	{"replies stand in turn, and a message has so many at most", replyBound},
	{"twenty replies at once with one nonce are one", replyRace},
	{"a message that takes no replies takes none", replyNotAllowed},
	{"only who may read a message can reply to it", replyOther},
	{"S11, S12, S14: what is gone, held or revoked cannot be replied to, and shows no replies", replyGone},
	{"the sender is told of the first reply at once, and of others every fifteen minutes", replyTells},
	{"a sender who may not be mailed is not told of a reply", replyUntold},
	{"S22: a wipe takes the thread: keys, content and attachments", replyWiped},
	{"S22: a message that expires takes its thread along", replyExpired},
	{"S21: a reply opens nowhere but in its place", replyBoundToPlace},
	{"S22: the keys of replies are replaced like those of messages", replyKeysRotated},
}

// thread is a message that takes replies, and its recipient.
type thread struct {
	store.Message
	hash   token.Hash
	viewer store.Viewer
}

func (c *Clinic) thread(tb testing.TB, number string, steps store.Notify, files ...seal.Plaintext) thread {
	tb.Helper()
	m := c.Write(tb, number, seal.Plaintext("How is the wound?"), files...)
	m.Reply, m.Notify = true, steps
	c.mustAccept(tb, c.Acceptance(m))
	hash := c.linked(tb, m)
	return thread{m, hash, c.enrol(tb, hash)}
}

// reply is what the thread's recipient writes back, sealed.
func (c *Clinic) reply(tb testing.TB, t thread, text string, files ...seal.Plaintext) store.Reply {
	tb.Helper()
	r := store.Reply{ID: store.NewReplyID(Noon), Message: t.ID, Nonce: rand.Text()}
	key, wrapped, err := c.Keys.NewDataKey(tb.Context(), r.Place(t.viewer, seal.PartKey))
	must(tb, "NewDataKey", err)
	r.Key, r.Content = wrapped, key.Seal(seal.Plaintext(text), r.Place(t.viewer, seal.PartContent))
	for i, f := range files {
		part := seal.FirstAttachment + i
		r.Attachments = append(r.Attachments, store.Attachment{Part: part, Size: int64(len(f)), Chunks: key.SealChunks(f, r.Place(t.viewer, part))})
	}
	return r
}

func (c *Clinic) mustReply(tb testing.TB, t thread, text string, at time.Time, files ...seal.Plaintext) store.Reply {
	tb.Helper()
	r := c.reply(tb, t, text, files...)
	must(tb, "Reply", c.Reply(tb.Context(), r, t.viewer, at))
	return r
}

// opensReply checks that a reply and its files say what was sealed.
func (c *Clinic) opensReply(tb testing.TB, s store.SealedReply, file func(part int) (store.SealedReplyFile, error), text string, files ...seal.Plaintext) {
	tb.Helper()
	key, err := c.Keys.DataKey(tb.Context(), s.Key, s.Place(seal.PartKey))
	must(tb, "open key of reply", err)
	p, err := key.Open(s.Content, s.Place(seal.PartContent))
	must(tb, "open reply", err)
	if string(p) != text || len(s.Attachments) != len(files) {
		tb.Errorf("got %v and %d files, want %q and %d", p, len(s.Attachments), text, len(files))
	}
	for i, want := range files {
		part := seal.FirstAttachment + i
		f, err := file(part)
		must(tb, "load file of reply", err)
		var got bytes.Buffer
		must(tb, "OpenChunks", key.OpenChunks(&got, f.Chunks, f.Size, f.Place(part)))
		if !bytes.Equal(got.Bytes(), want) {
			tb.Errorf("part %d: got %d bytes that differ from the %d sealed", part, got.Len(), len(want))
		}
	}
}

func (c *Clinic) replies(tb testing.TB, t thread) []store.SealedReply {
	tb.Helper()
	list, err := c.Replies(tb.Context(), t.ID, t.viewer, Noon)
	must(tb, "Replies", err)
	return list
}

// replyKeys is how many keys of replies and drafts there are.
func (c *Clinic) replyKeys(tb testing.TB) int {
	tb.Helper()
	n := 0
	for _, k := range c.dataKeys(tb, 1000) {
		if k.Reply != "" {
			n++
		}
	}
	return n
}

func replyRoundTrip(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	byLink, err := c.Store.Message(t.Context(), th.hash, th.viewer, Noon)
	must(t, "Message", err)
	byID, err := c.MessageByID(t.Context(), th.ID, th.viewer, Noon)
	must(t, "MessageByID", err)
	if !byLink.Reply || !byID.Reply {
		t.Error("the message does not say that it takes replies")
	}
	sent, at := files(0, 7, 2*seal.ChunkSize+1), Noon.Add(time.Minute)
	r := c.mustReply(t, th, "It itches.", at, sent...)
	list := c.replies(t, th)
	if len(list) != 1 || list[0].ID != r.ID || list[0].Message != th.ID || list[0].Recipient != th.To.ID || !list[0].Created.Equal(at) {
		t.Fatalf("Replies: got %d, want the one", len(list))
	}
	c.opensReply(t, list[0], func(part int) (store.SealedReplyFile, error) {
		return c.ReplyFile(t.Context(), th.ID, r.ID, part, th.viewer, Noon)
	}, "It itches.", sent...)
	if e := c.last(t, store.Replied); e.Message != th.ID || e.Recipient != th.To.ID || e.By != th.viewer.Actor() || e.Detail != string(r.ID) || !e.At.Equal(at) {
		t.Errorf("event: got %+v, want the viewer's reply", e)
	}
	must(t, "ReplyFileRead", c.ReplyFileRead(t.Context(), th.ID, r.ID, 2, th.viewer, at))
	if e := c.last(t, store.AttachmentRead); e.Message != th.ID || e.By != th.viewer.Actor() || e.Detail != string(r.ID)+" part 2" {
		t.Errorf("event: got %+v, want part 2 of the reply", e)
	}
	_, err = c.ReplyFile(t.Context(), th.ID, r.ID, 4, th.viewer, Noon)
	wantError(t, "ReplyFile of no such part", err, store.ErrNotFound)
	_, err = c.ReplyFile(t.Context(), th.ID, store.NewReplyID(Noon), 1, th.viewer, Noon)
	wantError(t, "ReplyFile of no such reply", err, store.ErrNotFound)
	wantError(t, "ReplyFileRead of no such part", c.ReplyFileRead(t.Context(), th.ID, r.ID, 4, th.viewer, Noon), store.ErrNotFound)
	c.wantKinds(t, th.ID, store.Accepted, store.Sent, store.Enrolled, store.Replied, store.AttachmentRead)
	c.wantStatus(t, th.ID, store.Unlocked) // it is no step
}

func replyBound(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	var want []store.ReplyID
	for n := range store.MostReplies {
		want = append(want, c.mustReply(t, th, "more", Noon.Add(time.Duration(n)*time.Second)).ID)
	}
	before := c.count(t)
	wantError(t, "Reply beyond the bound", c.Reply(t.Context(), c.reply(t, th, "more"), th.viewer, Noon), store.ErrCrowded)
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
	var got []store.ReplyID
	for _, r := range c.replies(t, th) {
		got = append(got, r.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("Replies: got %v, want %v", got, want)
	}
}

func replyRace(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), store.NotifyAsked)
	var wg sync.WaitGroup
	var mu sync.Mutex
	stored := 0
	for range 20 {
		r := c.reply(t, th, "once", files(100)...)
		r.Nonce = "the same"
		wg.Go(func() {
			err := c.Reply(t.Context(), r, th.viewer, Noon)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				stored++
			} else if !errors.Is(err, store.ErrConflict) {
				t.Errorf("Reply: %v", err)
			}
		})
	}
	wg.Wait()
	if got := len(c.replies(t, th)); stored != 1 || got != 1 || c.replyKeys(t) != 1 {
		t.Errorf("%d were stored, %d are there with %d keys, want 1", stored, got, c.replyKeys(t))
	}
	if n := len(c.events(t, store.EventFilter{Kind: store.Replied})); n != 1 {
		t.Errorf("events: got %d replied, want 1", n)
	}
	c.wantNotices(t, store.Replied)
	other := c.thread(t, Number(2), 0) // a nonce is one message's
	r := c.reply(t, other, "again")
	r.Nonce = "the same"
	must(t, "Reply to another message", c.Reply(t.Context(), r, other.viewer, Noon))
}

func replyNotAllowed(t *testing.T, c *Clinic) {
	m, hash, v := c.attached(t)
	th := thread{m, hash, v}
	before := c.count(t)
	wantError(t, "Reply", c.Reply(t.Context(), c.reply(t, th, "hello?"), v, Noon), store.ErrNotFound)
	if got := c.count(t); got != before || len(c.replies(t, th)) != 0 || c.replyKeys(t) != 0 {
		t.Errorf("got %d events more, want nothing stored", got-before)
	}
	s, err := c.Store.Message(t.Context(), hash, v, Noon)
	must(t, "Message", err)
	if s.Reply {
		t.Error("the message says that it takes replies")
	}
}

func replyOther(t *testing.T, c *Clinic) {
	th, other := c.thread(t, Number(1), 0), c.thread(t, Number(2), 0)
	r := c.mustReply(t, th, "mine", Noon, files(7)...)
	foreign := thread{th.Message, th.hash, other.viewer}
	wantError(t, "Reply by another", c.Reply(t.Context(), c.reply(t, foreign, "not mine"), other.viewer, Noon), store.ErrNotFound)
	if got := c.replies(t, foreign); len(got) != 0 {
		t.Errorf("Replies: got %d of another's, want none", len(got))
	}
	_, err := c.ReplyFile(t.Context(), th.ID, r.ID, 1, other.viewer, Noon)
	wantError(t, "ReplyFile of another's", err, store.ErrNotFound)
	_, err = c.ReplyFile(t.Context(), other.ID, r.ID, 1, other.viewer, Noon)
	wantError(t, "ReplyFile beneath another message", err, store.ErrNotFound)
	wantError(t, "ReplyFileRead beneath another message", c.ReplyFileRead(t.Context(), other.ID, r.ID, 1, other.viewer, Noon), store.ErrNotFound)
}

func replyGone(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	r := c.mustReply(t, th, "hello", Noon, files(7)...)
	want := func(what string, now time.Time, want error) {
		t.Helper()
		wantError(t, "Reply "+what, c.Reply(t.Context(), c.reply(t, th, "more"), th.viewer, now), want)
		_, err := c.ReplyFile(t.Context(), th.ID, r.ID, 1, th.viewer, now)
		wantError(t, "ReplyFile "+what, err, want)
		wantError(t, "ReplyFileRead "+what, c.ReplyFileRead(t.Context(), th.ID, r.ID, 1, th.viewer, now), want)
		list, err := c.Replies(t.Context(), th.ID, th.viewer, now)
		if err != nil || len(list) != 0 {
			t.Errorf("Replies %s: got %d, %v, want none", what, len(list), err)
		}
	}
	want("after the message's life", Noon.Add(life), store.ErrGone)
	must(t, "NotMine", c.NotMine(t.Context(), th.hash, visitor, Noon))
	want("to what is held", Noon, store.ErrHeld)
	must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, th.To.ID, Ana, Noon))
	want("after RevokeSessions", Noon, store.ErrRevoked)
	th.viewer.Epoch++
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, th.ID, Ana, Noon))
	want("after Wipe", Noon, store.ErrGone)
	if n := len(c.events(t, store.EventFilter{Kind: store.Replied})); n != 1 {
		t.Errorf("events: got %d replied, want the first alone", n)
	}
}

func replyTells(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), store.NotifyAsked)
	told := func(at time.Time, want ...store.ReplyID) {
		t.Helper()
		due, err := c.DueNotices(t.Context(), 10, lease, at)
		must(t, "DueNotices", err)
		var got []store.ReplyID
		for _, d := range due {
			if d.Kind != store.Replied || d.Message != th.ID || d.Via != store.ViaMail || d.Stale {
				t.Errorf("DueNotices: got %+v, want a mail about a reply", d)
			}
			got = append(got, store.ReplyID(d.Detail))
			must(t, "NoticeSent", c.NoticeSent(t.Context(), d.NoticeClaim, at))
		}
		if !slices.Equal(got, want) {
			t.Errorf("at %v: told of %v, want %v", at, got, want)
		}
	}
	first := c.mustReply(t, th, "one", Noon)
	told(Noon, first.ID)
	second := c.mustReply(t, th, "two", after(1))
	c.mustReply(t, th, "three", after(14)) // the mail about the second tells of it
	told(after(14))
	told(after(15), second.ID)
	third := c.mustReply(t, th, "four", after(40))
	told(after(40), third.ID)
}

func replyUntold(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), store.NotifyRead)
	c.mustReply(t, th, "one", Noon)
	c.wantNotices(t)
}

func replyWiped(t *testing.T, c *Clinic) {
	th, other := c.thread(t, Number(1), 0), c.thread(t, Number(2), 0)
	sent := files(seal.ChunkSize + 1)
	r := c.mustReply(t, th, "gone", Noon, sent...)
	f, err := c.ReplyFile(t.Context(), th.ID, r.ID, 1, th.viewer, Noon)
	must(t, "ReplyFile", err)
	stays := c.mustReply(t, other, "stays", Noon, sent...)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, th.ID, Ana, Noon))
	if n := c.replyKeys(t); n != 1 {
		t.Errorf("DataKeys: got those of %d replies, want 1", n)
	}
	for _, err := range f.Chunks {
		wantError(t, "a chunk of what was wiped", err, store.ErrGone)
	}
	_, err = c.OpenReplies(t.Context(), c.reader(), th.ID, Noon)
	wantError(t, "OpenReplies after Wipe", err, store.ErrGone)
	c.opensReply(t, c.replies(t, other)[0], func(part int) (store.SealedReplyFile, error) {
		return c.ReplyFile(t.Context(), other.ID, stays.ID, part, other.viewer, Noon)
	}, "stays", sent...)
}

func replyExpired(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	r := c.mustReply(t, th, "gone", Noon, files(7)...)
	n, err := c.Expire(t.Context(), 10, Noon.Add(life))
	if err != nil || n != 1 || c.replyKeys(t) != 0 {
		t.Errorf("Expire: got %d, %v and %d keys of replies, want 1 and none", n, err, c.replyKeys(t))
	}
	_, err = c.ReplyFile(t.Context(), th.ID, r.ID, 1, th.viewer, Noon)
	wantError(t, "ReplyFile", err, store.ErrGone)
}

func replyBoundToPlace(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	r := c.mustReply(t, th, "hello", Noon)
	s := c.replies(t, th)[0]
	key, err := c.Keys.DataKey(t.Context(), s.Key, s.Place(seal.PartKey))
	must(t, "open key", err)
	for _, move := range []func(*store.SealedReply){
		func(s *store.SealedReply) { s.ID = store.NewReplyID(Noon) },
		func(s *store.SealedReply) { s.ID = "" },
		func(s *store.SealedReply) { s.Message = store.NewMessageID(Noon) },
		func(s *store.SealedReply) { s.Message = store.MessageID(r.ID) },
		func(s *store.SealedReply) { s.Recipient = "rcp_another" },
		func(s *store.SealedReply) { s.Org += "x" },
	} {
		moved := s
		move(&moved)
		_, err := key.Open(s.Content, moved.Place(seal.PartContent))
		wantError(t, "open what was moved", err, seal.ErrTampered)
	}
}

func replyKeysRotated(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	r := c.mustReply(t, th, "hello", Noon, files(7)...)
	gone := c.thread(t, Number(2), 0)
	c.mustReply(t, gone, "gone", Noon)
	c.rotate(t, 2)
	old := c.dataKeys(t, 100)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, gone.ID, Ana, Noon))
	must(t, "ReplaceDataKeys", c.ReplaceDataKeys(t.Context(), c.rewrap(t, old)))
	left, err := c.DataKeys(t.Context(), c.Org.ID, 2, 100)
	if err != nil || len(left) != 0 || c.replyKeys(t) != 1 {
		t.Errorf("DataKeys: got %d old ones, %v and %d of replies, want none and 1", len(left), err, c.replyKeys(t))
	}
	s := c.replies(t, th)[0]
	if s.ID != r.ID || s.Key.Version != 2 {
		t.Errorf("Replies: got a key under version %d, want 2", s.Key.Version)
	}
	key, err := c.Keys.DataKey(t.Context(), s.Key, s.Place(seal.PartKey))
	must(t, "open key", err)
	_, err = key.Open(s.Content, s.Place(seal.PartContent))
	must(t, "open reply", err)
}
