package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
	"securetext/store/seal/sealtest"
	"securetext/store/token"
)

var orgChecks = []check{
	{"an org comes back as it was added", orgComesBack},
	{"an org's id is its own", orgTaken},
	{"a sender comes back as it was added", senderComesBack},
	{"an address belongs to one sender of one org", senderTaken},
	{"an empty store answers, and can be written to", storeEmpty},
}

func orgComesBack(t *testing.T, c *Clinic) {
	n := c.Neighbour(t)
	got, err := c.Store.Org(t.Context(), c.Org.ID)
	must(t, "Org", err)
	if d := cmp.Diff(c.Org, got); d != "" {
		t.Errorf("Org: (-want +got)\n%s", d)
	}
	all, err := c.Orgs(t.Context())
	must(t, "Orgs", err)
	seen := map[store.OrgID]bool{}
	for _, o := range all {
		seen[o.ID] = true
	}
	if len(all) != 2 || !seen[c.Org.ID] || !seen[n.Org.ID] {
		t.Errorf("Orgs: got %d, want both", len(all))
	}
	if e := c.last(t, store.OrgAdded); e.By != Ana || !e.At.Equal(Noon) {
		t.Errorf("event: got %+v, want one by Ana", e)
	}
	_, err = c.Store.Org(t.Context(), store.NewOrgID(Noon))
	wantError(t, "Org of no such id", err, store.ErrNotFound)
}

func orgTaken(t *testing.T, c *Clinic) {
	before := c.count(t)
	err := c.AddOrg(t.Context(), c.Org, sealtest.OrgKey(t, c.Keys, c.Org.ID, 1), Ana, Noon)
	wantError(t, "AddOrg", err, store.ErrConflict)
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
}

func senderComesBack(t *testing.T, c *Clinic) {
	got, err := c.Senders(t.Context(), c.Org.ID)
	must(t, "Senders", err)
	if d := cmp.Diff([]store.Sender{c.Sender}, got); d != "" {
		t.Errorf("Senders: (-want +got)\n%s", d)
	}
	if e := c.last(t, store.SenderAdded); e.By != Ana {
		t.Errorf("event: got %+v, want one by Ana", e)
	}
}

func senderTaken(t *testing.T, c *Clinic) {
	n := c.Neighbour(t)
	for _, into := range []*Clinic{c, n} {
		s := into.newSender("Another")
		s.Email = c.Sender.Email
		wantError(t, "AddSender", into.AddSender(t.Context(), s, Ana, Noon), store.ErrConflict)
	}
	if got, err := n.Senders(t.Context(), n.Org.ID); err != nil || len(got) != 1 {
		t.Errorf("Senders: got %d, %v, want the neighbour's one", len(got), err)
	}
}

func storeEmpty(t *testing.T, c *Clinic) {
	must(t, "Ping", c.Ping(t.Context()))
	must(t, "AddLinks of none", c.AddLinks(t.Context(), nil, Noon))
	must(t, "Sent of none", c.Sent(t.Context(), nil, Noon))
	must(t, "ReplaceDataKeys of none", c.ReplaceDataKeys(t.Context(), nil))
	if n, err := c.Expire(t.Context(), 10, Noon.Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("Expire: got %d, %v", n, err)
	}
	_, err := c.Link(t.Context(), token.Hash{}, store.DeviceHash{}, Noon)
	wantError(t, "Link of the zero hash", err, store.ErrNotFound)
}
