package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
	"securetext/store/seal"
)

var inboxChecks = []check{
	{"a recipient's messages are listed newest first, up to the limit", inboxOrder},
	{"the list tells what was read", inboxRead},
	{"the list has nothing of another recipient's, or of a revoked session's", inboxOwn},
	{"S11, S12: what is wiped, expired or held is not listed", inboxReadable},
	{"a message is not listed, nor loaded by its id, before its text went out", inboxTexted},
	{"a message comes back by its id as it does by its link", messageByID},
}

func (c *Clinic) inbox(tb testing.TB, v store.Viewer, now time.Time) []store.MessageID {
	tb.Helper()
	list, err := c.Inbox(tb.Context(), v, now, 100)
	must(tb, "Inbox", err)
	var ids []store.MessageID
	for _, l := range list {
		ids = append(ids, l.ID)
	}
	return ids
}

func inboxOrder(t *testing.T, c *Clinic) {
	first, _, v := c.enrolled(t, Number(1))
	want := []store.MessageID{first.ID}
	for n := range 4 {
		m := c.Write(t, Number(1), nil)
		m.Created = Noon.Add(time.Duration(n+1) * time.Minute)
		c.mustAccept(t, c.Acceptance(m))
		c.linked(t, m)
		want = append([]store.MessageID{m.ID}, want...)
	}
	if d := cmp.Diff(want, c.inbox(t, v, Noon)); d != "" {
		t.Errorf("Inbox: (-want +got)\n%s", d)
	}
	some, err := c.Inbox(t.Context(), v, Noon, 2)
	must(t, "Inbox", err)
	if len(some) != 2 || some[0].ID != want[0] || !some[0].Created.Equal(Noon.Add(4*time.Minute)) || some[0].SenderName != c.Sender.Name {
		t.Errorf("Inbox: got %+v, want the newest two, with sender and time", some)
	}
}

func inboxRead(t *testing.T, c *Clinic) {
	m, _, v := c.enrolled(t, Number(1))
	other, _ := c.texted(t, Number(1))
	must(t, "Read", c.Read(t.Context(), m.ID, v, Noon))
	list, err := c.Inbox(t.Context(), v, Noon, 100)
	must(t, "Inbox", err)
	for _, l := range list {
		if l.Read != (l.ID == m.ID) {
			t.Errorf("Inbox: got read %t of message %s, want that of %s alone, not of %s", l.Read, l.ID, m.ID, other.ID)
		}
	}
	if len(list) != 2 {
		t.Errorf("Inbox: got %d, want 2", len(list))
	}
}

func inboxOwn(t *testing.T, c *Clinic) {
	m, _, v := c.enrolled(t, Number(1))
	other, _, w := c.enrolled(t, Number(2))
	if got := c.inbox(t, v, Noon); !slices.Equal(got, []store.MessageID{m.ID}) {
		t.Errorf("Inbox: got %v, want %s", got, m.ID)
	}
	_, err := c.MessageByID(t.Context(), other.ID, v, Noon)
	wantError(t, "MessageByID of another's", err, store.ErrNotFound)
	must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, m.To.ID, Ana, Noon))
	if got := c.inbox(t, v, Noon); len(got) != 0 {
		t.Errorf("Inbox after RevokeSessions: got %v, want none", got)
	}
	if got := c.inbox(t, w, Noon); !slices.Equal(got, []store.MessageID{other.ID}) {
		t.Errorf("Inbox: got %v, want %s", got, other.ID)
	}
}

func inboxReadable(t *testing.T, c *Clinic) {
	wiped, _, v := c.enrolled(t, Number(1))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, wiped.ID, Ana, Noon))
	held, hash := c.texted(t, Number(1))
	kept, _ := c.texted(t, Number(1))
	must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon))
	if got := c.inbox(t, v, Noon); !slices.Equal(got, []store.MessageID{kept.ID}) {
		t.Errorf("Inbox: got %v, want %s", got, kept.ID)
	}
	c.release(t, held, Noon.Add(time.Minute))
	if got := c.inbox(t, v, Noon); len(got) != 2 {
		t.Errorf("Inbox after ReleaseMessage: got %v, want both", got)
	}
	if got := c.inbox(t, v, Noon.Add(life)); len(got) != 0 {
		t.Errorf("Inbox after the messages' life: got %v, want none", got)
	}
}

func inboxTexted(t *testing.T, c *Clinic) {
	m, _, v := c.enrolled(t, Number(1))
	later := c.Write(t, Number(1), seal.Plaintext("for next week"), files(9)...)
	later.SendAt = Noon.Add(time.Hour)
	c.mustAccept(t, c.Acceptance(later))
	if got := c.inbox(t, v, Noon); !slices.Equal(got, []store.MessageID{m.ID}) {
		t.Errorf("Inbox: got %v, want %s", got, m.ID)
	}
	_, err := c.MessageByID(t.Context(), later.ID, v, Noon)
	wantError(t, "MessageByID", err, store.ErrNotFound)
	_, err = c.AttachmentByID(t.Context(), later.ID, seal.FirstAttachment, v, Noon)
	wantError(t, "AttachmentByID", err, store.ErrNotFound)
}

func messageByID(t *testing.T, c *Clinic) {
	m, hash, v := c.attached(t, files(9)...)
	byLink, err := c.Message(t.Context(), hash, v, Noon)
	must(t, "Message", err)
	byID, err := c.MessageByID(t.Context(), m.ID, v, Noon)
	must(t, "MessageByID", err)
	if d := cmp.Diff(byLink, byID); d != "" {
		t.Errorf("MessageByID: (-by link +by id)\n%s", d)
	}
	a, err := c.AttachmentByID(t.Context(), m.ID, seal.FirstAttachment, v, Noon)
	must(t, "AttachmentByID", err)
	chunks := 0
	for _, err := range a.Chunks {
		must(t, "Chunks", err)
		chunks++
	}
	if a.ID != m.ID || a.Size != 9 || chunks != 1 {
		t.Errorf("AttachmentByID: got %d bytes of %s in %d chunks", a.Size, a.ID, chunks)
	}
	_, err = c.AttachmentByID(t.Context(), m.ID, 99, v, Noon)
	wantError(t, "AttachmentByID of no such part", err, store.ErrNotFound)
}
