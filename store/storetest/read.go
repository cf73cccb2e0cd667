package storetest

import (
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

var readChecks = []check{
	{"a message comes back with all that is shown with it", messageComplete},
	{"reading is an event of the recipient, each time", readEvent},
	{"another recipient's message is not found", readOther},
	{"a wiped or expired message is gone for its reader", readGone},
	{"S14: a revoked session reads nothing", readRevoked},
	{"many readers at once are each told their own", readConcurrently},
	{"a recipient reads all messages to the number with one password", readSecondMessage},
}

func messageComplete(t *testing.T, c *Clinic) {
	m := c.Write(t, Number(1), seal.Plaintext("Your result is negative."))
	c.mustAccept(t, c.Acceptance(m))
	hash := c.linked(t, m)
	v := c.enrol(t, hash)
	s, err := c.Message(t.Context(), hash, v, Noon)
	must(t, "Message", err)
	c.opens(t, s, "Your result is negative.")
	if s.ID != m.ID || s.Org != c.Org.ID || s.Recipient != m.To.ID || s.Lang != m.Lang {
		t.Errorf("Message: got %s of %s for %s", s.ID, s.Org, s.Recipient)
	}
	if s.OrgName != c.Org.Name || s.OrgPhone != c.Org.Phone || s.SenderName != c.Sender.Name {
		t.Errorf("Message: got %q, %q, %q, want the names of org and sender", s.OrgName, s.OrgPhone, s.SenderName)
	}
	if !s.Created.Equal(m.Created) || !s.Expires.Equal(m.Expires) || len(s.Attachments) != 0 {
		t.Errorf("Message: got created %v, expires %v, %d attachments", s.Created, s.Expires, len(s.Attachments))
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Enrolled) // loading is not reading
}

func readEvent(t *testing.T, c *Clinic) {
	m, _, v := c.enrolled(t, Number(1))
	must(t, "Read", c.Read(t.Context(), m.ID, v, Noon))
	must(t, "Read again", c.Read(t.Context(), m.ID, v, Noon.Add(time.Minute)))
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Enrolled, store.Read, store.Read)
	e := c.last(t, store.Read)
	if e.By != v.Actor() || e.Recipient != m.To.ID || !e.At.Equal(Noon.Add(time.Minute)) {
		t.Errorf("event: got %+v, want the viewer's", e)
	}
	c.wantStatus(t, m.ID, store.Read)
}

func readOther(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	_, _, v := c.enrolled(t, Number(2))
	c.wantViewing(t, m, hash, v, Noon, store.ErrNotFound)
	_, err := c.Message(t.Context(), token.New().Hash(), v, Noon)
	wantError(t, "Message by no such link", err, store.ErrNotFound)
	wantError(t, "Read of no such message", c.Read(t.Context(), store.NewMessageID(Noon), v, Noon), store.ErrNotFound)
	c.wantKinds(t, m.ID, store.Accepted, store.Sent)
}

func readGone(t *testing.T, c *Clinic) {
	m, hash, v := c.attached(t, files(9)...)
	c.wantViewing(t, m, hash, v, Noon, nil)
	c.wantViewing(t, m, hash, v, Noon.Add(life), store.ErrGone)
	before := c.count(t)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	c.wantViewing(t, m, hash, v, Noon, store.ErrGone)
	if got := c.count(t); got != before+1 {
		t.Errorf("events: got %d more, want that of the wipe alone", got-before)
	}
}

func readRevoked(t *testing.T, c *Clinic) {
	m, hash, v := c.attached(t, files(9)...)
	must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, m.To.ID, Ana, Noon))
	before := c.count(t)
	c.wantViewing(t, m, hash, v, Noon, store.ErrRevoked)
	forged := v
	forged.Epoch += 7
	c.wantViewing(t, m, hash, forged, Noon, store.ErrRevoked)
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
	again, err := c.Unlocked(t.Context(), unlock(hash), Noon)
	must(t, "Unlocked", err)
	c.wantViewing(t, m, hash, again, Noon, nil)
}

func readConcurrently(t *testing.T, c *Clinic) {
	m, _, v := c.enrolled(t, Number(1))
	gone, _, ofGone := c.enrolled(t, Number(2))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, gone.ID, Ana, Noon))
	revoked, _, ofRevoked := c.enrolled(t, Number(3))
	must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, revoked.To.ID, Ana, Noon))
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { wantError(t, "Read", c.Read(t.Context(), m.ID, v, Noon), nil) })
		wg.Go(func() { wantError(t, "Read", c.Read(t.Context(), gone.ID, ofGone, Noon), store.ErrGone) })
		wg.Go(func() { wantError(t, "Read", c.Read(t.Context(), revoked.ID, ofRevoked, Noon), store.ErrRevoked) })
		wg.Go(func() { wantError(t, "Read", c.Read(t.Context(), m.ID, ofGone, Noon), store.ErrNotFound) })
	}
	wg.Wait()
	if got := len(c.events(t, store.EventFilter{Kind: store.Read})); got != 10 {
		t.Errorf("events: got %d read, want 10", got)
	}
}

func readSecondMessage(t *testing.T, c *Clinic) {
	_, _, v := c.enrolled(t, Number(1))
	m, hash := c.texted(t, Number(1))
	c.wantViewing(t, m, hash, v, Noon, nil)
}
