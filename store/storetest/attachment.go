package storetest

import (
	"bytes"
	"crypto/rand"
	"testing"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

var attachmentChecks = []check{
	{"attachments of every size come back as they were", attachmentsRoundTrip},
	{"a large attachment to several recipients comes back from each", attachmentForSeveral},
	{"a message knows its attachments' parts and sizes, in order", attachmentsListed},
	{"an attachment that is not there is not found", attachmentUnknown},
	{"a walk over chunks may be left early", chunksLeftEarly},
	{"reading an attachment is an event that names the part", attachmentReadEvent},
}

func files(sizes ...int) []seal.Plaintext {
	var all []seal.Plaintext
	for _, n := range sizes {
		p := make(seal.Plaintext, n)
		rand.Read(p)
		all = append(all, p)
	}
	return all
}

// attached is a recipient who may read a message with the files.
func (c *Clinic) attached(tb testing.TB, files ...seal.Plaintext) (store.Message, token.Hash, store.Viewer) {
	tb.Helper()
	m := c.Write(tb, Number(1), seal.Plaintext("see attached"), files...)
	c.mustAccept(tb, c.Acceptance(m))
	hash := c.linked(tb, m)
	return m, hash, c.enrol(tb, hash)
}

func (c *Clinic) opensAttachment(tb testing.TB, hash token.Hash, part int, v store.Viewer, want seal.Plaintext) {
	tb.Helper()
	a, err := c.Attachment(tb.Context(), hash, part, v, Noon)
	must(tb, "Attachment", err)
	if a.Part != part || a.Size != int64(len(want)) {
		tb.Errorf("Attachment: got part %d of %d bytes, want part %d of %d", a.Part, a.Size, part, len(want))
	}
	key, err := c.Keys.DataKey(tb.Context(), a.Key, a.Place(0))
	must(tb, "open data key", err)
	opensChunks(tb, key, a, want)
}

func opensChunks(tb testing.TB, key seal.Key, a store.SealedAttachment, want seal.Plaintext) {
	tb.Helper()
	var got bytes.Buffer
	must(tb, "OpenChunks", key.OpenChunks(&got, a.Chunks, a.Size, a.Sealed.Place(a.Part)))
	if !bytes.Equal(got.Bytes(), want) {
		tb.Errorf("part %d: got %d bytes that differ from the %d sealed", a.Part, got.Len(), len(want))
	}
}

func attachmentsRoundTrip(t *testing.T, c *Clinic) {
	sent := files(0, 1, seal.ChunkSize-1, seal.ChunkSize, seal.ChunkSize+1, 5*seal.ChunkSize/2)
	_, hash, v := c.attached(t, sent...)
	for i, want := range sent {
		c.opensAttachment(t, hash, seal.FirstAttachment+i, v, want)
	}
}

func attachmentForSeveral(t *testing.T, c *Clinic) {
	sent := files(5 << 20)
	var messages []store.Message
	for n := range 3 {
		messages = append(messages, c.Write(t, Number(n), seal.Plaintext("scan"), sent...))
	}
	c.mustAccept(t, c.Acceptance(messages...))
	for _, x := range c.send(t, Noon) {
		c.opensAttachment(t, x.Link, seal.FirstAttachment, c.enrol(t, x.Link), sent[0])
	}
}

func attachmentsListed(t *testing.T, c *Clinic) {
	_, hash, v := c.attached(t, files(7, 0, 100_000)...)
	s, err := c.Message(t.Context(), hash, v, Noon)
	must(t, "Message", err)
	want := []store.AttachmentInfo{{Part: 1, Size: 7}, {Part: 2, Size: 0}, {Part: 3, Size: 100_000}}
	if len(s.Attachments) != len(want) {
		t.Fatalf("Attachments: got %v, want %v", s.Attachments, want)
	}
	for i := range want {
		if s.Attachments[i] != want[i] {
			t.Errorf("Attachments: got %v, want %v", s.Attachments, want)
		}
	}
}

func attachmentUnknown(t *testing.T, c *Clinic) {
	m, hash, v := c.attached(t, files(7)...)
	_, err := c.Attachment(t.Context(), hash, 2, v, Noon)
	wantError(t, "Attachment of no such part", err, store.ErrNotFound)
	wantError(t, "AttachmentRead of no such part", c.AttachmentRead(t.Context(), m.ID, 2, v, Noon), store.ErrNotFound)
	_, err = c.Attachment(t.Context(), token.New().Hash(), 1, v, Noon)
	wantError(t, "Attachment by no such link", err, store.ErrNotFound)
}

func chunksLeftEarly(t *testing.T, c *Clinic) {
	sent := files(4 * seal.ChunkSize)
	_, hash, v := c.attached(t, sent...)
	for range 20 { // more often than a pool has connections
		a, err := c.Attachment(t.Context(), hash, 1, v, Noon)
		must(t, "Attachment", err)
		for _, err := range a.Chunks {
			must(t, "first chunk", err)
			break
		}
	}
	c.opensAttachment(t, hash, 1, v, sent[0])
}

func attachmentReadEvent(t *testing.T, c *Clinic) {
	m, _, v := c.attached(t, files(7, 8)...)
	must(t, "AttachmentRead", c.AttachmentRead(t.Context(), m.ID, 2, v, Noon))
	e := c.last(t, store.AttachmentRead)
	if e.Message != m.ID || e.Recipient != m.To.ID || e.By != v.Actor() || e.Detail != "part 2" {
		t.Errorf("event: got %+v, want part 2 read by the viewer", e)
	}
}
