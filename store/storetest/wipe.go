package storetest

import (
	"slices"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

var wipeChecks = []check{
	{"S22: a wipe destroys key and content, and keeps the events", wipeKeepsEvents},
	{"a message can be wiped once", wipeTwice},
	{"a wiped message's text is cancelled even while it is being sent", wipeWhileSending},
	{"a wipe of one message leaves its neighbours alone", wipeLeavesOthers},
}

func wipeKeepsEvents(t *testing.T, c *Clinic) {
	m, hash, v := c.attached(t, files(seal.ChunkSize*2)...)
	at := Noon.Add(time.Hour)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, at))
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Enrolled, store.Wiped)
	if e := c.last(t, store.Wiped); e.By != Ana || e.Recipient != m.To.ID || !e.At.Equal(at) {
		t.Errorf("event: got %+v, want one by Ana about the recipient", e)
	}
	info := c.info(t, m.ID)
	if !info.Wiped.Equal(at) || !info.Expired.IsZero() || info.Status != store.Unlocked {
		t.Errorf("Messages: got wiped %v, expired %v, status %s", info.Wiped, info.Expired, info.Status)
	}
	for _, k := range c.dataKeys(t, 100) {
		if k.Message == m.ID {
			t.Error("DataKeys: the message's key is still there")
		}
	}
	c.wantViewing(t, m, hash, v, at, store.ErrGone)
}

func wipeTwice(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	wantError(t, "Wipe again", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon), store.ErrNotFound)
	wantError(t, "Wipe of no such message", c.Wipe(t.Context(), c.Org.ID, store.NewMessageID(Noon), Ana, Noon), store.ErrNotFound)
	c.wantKinds(t, m.ID, store.Accepted, store.Wiped)
}

func wipeWhileSending(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	x := c.begin(t, Noon)[0]
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	must(t, "Retry", c.Retry(t.Context(), store.Retry{Claim: x.Claim(), Text: x.Text, Reason: "x", Due: Noon}, Noon))
	if due := c.due(t, Noon.Add(time.Hour)); len(due) != 0 {
		t.Errorf("Due: got %d rows, want none", len(due))
	}
	// The provider had taken it all the same, and says so.
	must(t, "Sent", c.Sent(t.Context(), []store.SentText{x.sent()}, Noon))
	must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextDelivered), Noon))
	if got := c.link(t, x.Link, Noon).State; got != store.LinkWiped {
		t.Errorf("Link: got state %d, want wiped", got)
	}
}

func wipeLeavesOthers(t *testing.T, c *Clinic) {
	sent := files(1000)
	wiped, _, _ := c.attached(t, sent...)
	m := c.Write(t, Number(1), seal.Plaintext("stays"), sent...)
	c.mustAccept(t, c.Acceptance(m))
	hash := c.linked(t, m)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, wiped.ID, Ana, Noon))
	v := store.Viewer{Org: c.Org.ID, Recipient: m.To.ID, Addr: home}
	s, err := c.Message(t.Context(), hash, v, Noon)
	must(t, "Message", err)
	c.opens(t, s, "stays")
	c.opensAttachment(t, hash, 1, v, sent[0])
}

var expireChecks = []check{
	{"messages whose life is over are wiped, up to the limit", expireUpToLimit},
	{"a message that was wiped before does not expire", expireNotWiped},
}

func expireUpToLimit(t *testing.T, c *Clinic) {
	old := c.accept(t, Number(1), Number(2), Number(3))
	young := c.Write(t, Number(4), seal.Plaintext("x"))
	young.Expires = Noon.Add(2 * life)
	c.mustAccept(t, c.Acceptance(young))
	at := Noon.Add(life + time.Second)
	var got []int
	for range 3 {
		n, err := c.Expire(t.Context(), 2, at)
		must(t, "Expire", err)
		got = append(got, n)
	}
	if !slices.Equal(got, []int{2, 1, 0}) {
		t.Errorf("Expire: got %v, want 2, 1 and 0", got)
	}
	for _, m := range old {
		c.wantKinds(t, m.ID, store.Accepted, store.Expired)
		if info := c.info(t, m.ID); !info.Expired.Equal(at) || !info.Wiped.Equal(at) {
			t.Errorf("Messages: got wiped %v, expired %v", info.Wiped, info.Expired)
		}
		wantError(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, at), store.ErrNotFound)
	}
	c.wantKinds(t, young.ID, store.Accepted)
	messages := 0
	for _, k := range c.dataKeys(t, 100) {
		if k.Message != "" {
			messages++
		}
	}
	if messages != 1 {
		t.Errorf("DataKeys: got those of %d messages, want 1", messages)
	}
}

func expireNotWiped(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	n, err := c.Expire(t.Context(), 10, Noon.Add(2*life))
	if err != nil || n != 0 {
		t.Errorf("Expire: got %d, %v, want none", n, err)
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Wiped)
}
