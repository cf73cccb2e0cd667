package storetest

import (
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var linkChecks = []check{
	{"a link tells all that the first page needs", linkComplete},
	{"S03: looking at a link a hundred times changes nothing", linkNoEffect},
	{"a link says whether the message is there, wiped or expired", linkStates},
	{"a link that nobody made is not found", linkUnknown},
	{"S03: a link is recorded as opened once for people and once for bots", openedOnce},
}

func linkComplete(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	l := c.link(t, hash, Noon.Add(time.Hour))
	if l.Org != c.Org.ID || l.OrgName != c.Org.Name || l.OrgPhone != c.Org.Phone {
		t.Errorf("Link: got org %s, %q, %q", l.Org, l.OrgName, l.OrgPhone)
	}
	if l.Message != m.ID || l.Recipient != m.To.ID || l.Lang != m.Lang || l.State != store.LinkLive || l.Password != "" {
		t.Errorf("Link: got %s for %s, want the live message, no password set", l.Message, l.Recipient)
	}
	if !l.Texted.Equal(Noon) || !l.Expires.Equal(m.Expires) {
		t.Errorf("Link: got texted %v, expires %v", l.Texted, l.Expires)
	}
	c.opensNumber(t, l.NumberKey, l.Number, l.Place(), Number(1))
	c.enrol(t, hash)
	if got := c.link(t, hash, Noon).Password; got != phc {
		t.Error("Link: the password's hash is not the one that was set")
	}
}

func linkNoEffect(t *testing.T, c *Clinic) {
	_, hash, v := c.enrolled(t, Number(1))
	c.send(t, Noon)
	before, link := c.count(t), c.link(t, hash, Noon)
	for range 100 {
		if _, err := c.Link(t.Context(), hash, store.DeviceHash{}, Noon); err != nil {
			t.Fatalf("Link: %v", err)
		}
		if _, err := c.Message(t.Context(), hash, v, Noon); err != nil {
			t.Fatalf("Message: %v", err)
		}
	}
	if after := c.count(t); after != before {
		t.Errorf("events: got %d more", after-before)
	}
	if got := c.link(t, hash, Noon); got.State != link.State || got.Password != link.Password || !got.Texted.Equal(link.Texted) {
		t.Error("Link: something changed")
	}
	if b := c.backlog(t, Noon.Add(time.Hour)); b.Due != 0 {
		t.Errorf("Backlog: got %d due", b.Due)
	}
}

func linkStates(t *testing.T, c *Clinic) {
	wiped, hashOfWiped := c.texted(t, Number(1))
	_, hash := c.texted(t, Number(2))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, wiped.ID, Ana, Noon))
	for _, when := range []struct {
		hash token.Hash
		now  time.Time
		want store.LinkState
	}{
		{hash, Noon.Add(life - time.Second), store.LinkLive},
		{hash, Noon.Add(life), store.LinkExpired}, // by the clock alone
		{hashOfWiped, Noon, store.LinkWiped},
		{hashOfWiped, Noon.Add(life), store.LinkWiped},
	} {
		if got := c.link(t, when.hash, when.now).State; got != when.want {
			t.Errorf("Link after %v: got state %d, want %d", when.now.Sub(Noon), got, when.want)
		}
	}
	_, err := c.Expire(t.Context(), 10, Noon.Add(life))
	must(t, "Expire", err)
	if got := c.link(t, hash, Noon.Add(life)).State; got != store.LinkExpired {
		t.Errorf("Link after Expire: got state %d, want expired", got)
	}
}

func linkUnknown(t *testing.T, c *Clinic) {
	_, err := c.Link(t.Context(), token.New().Hash(), store.DeviceHash{}, Noon)
	wantError(t, "Link", err, store.ErrNotFound)
}

func openedOnce(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	for range 3 {
		must(t, "Opened by a bot", c.Opened(t.Context(), hash, bot, Noon))
	}
	c.wantStatus(t, m.ID, store.Sent)
	for range 3 {
		must(t, "Opened by a person", c.Opened(t.Context(), hash, visitor, Noon))
	}
	must(t, "Opened by a bot again", c.Opened(t.Context(), hash, bot, Noon))
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Opened, store.Opened)
	if e := c.last(t, store.Opened); e.By != visitor || e.Recipient != m.To.ID {
		t.Errorf("event: got %+v, want the visitor at the recipient's link", e)
	}
	c.wantStatus(t, m.ID, store.Opened)
}
