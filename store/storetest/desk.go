package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
	"securetext/store/seal"
)

var deskChecks = []check{
	{"credentials are listed, those that are over too, and never a secret", credentialsListed},
	{"a recipient's state is told without their number's key being opened", recipientsTold},
	{"messages are found by their reference", messagesByReference},
	{"events can be paged from the newest on", eventsFromTheNewest},
	{"S33: what changes nothing in the store is on record all the same", recordWrites},
}

func credentialsListed(t *testing.T, c *Clinic) {
	p, k := c.appPassword(t, "horse"), c.apiKey(t, "key", Noon.Add(time.Hour))
	must(t, "RevokeCredential", c.RevokeCredential(t.Context(), c.Org.ID, p.ID, Ana, Noon.Add(time.Minute)))
	got, err := c.Credentials(t.Context(), c.Org.ID)
	must(t, "Credentials", err)
	slices.SortFunc(got, func(a, b store.Credential) int { return strings.Compare(a.Label, b.Label) })
	want := []store.Credential{
		{ID: p.ID, Sender: c.Sender.ID, Label: "front desk", Scopes: []string{}, Created: Noon, Revoked: Noon.Add(time.Minute)},
		{ID: k.ID, Sender: c.Sender.ID, APIKey: true, Label: "lab system", Scopes: k.Scopes, Created: Noon, Expires: Noon.Add(time.Hour)},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("Credentials: (-want +got)\n%s", d)
	}
}

func recipientsTold(t *testing.T, c *Clinic) {
	sent := c.accept(t, Number(1), Number(2))
	must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, sent[0].To.ID, Ana, Noon))
	must(t, "Refuse", c.Refuse(t.Context(), c.Org.ID, sent[1].To, store.Blocked, Ana, Noon.Add(time.Hour)))
	got, err := c.Recipients(t.Context(), c.Org.ID, []store.RecipientID{sent[0].To.ID, sent[1].To.ID, "rcp_nobody"})
	must(t, "Recipients", err)
	if len(got) != 2 {
		t.Fatalf("Recipients: got %d, want the two there are", len(got))
	}
	for _, r := range got {
		first := r.ID == sent[0].To.ID
		want := store.RecipientInfo{ID: r.ID, Org: c.Org.ID, NumberKey: r.NumberKey, Number: r.Number, Family: r.ID, Created: Noon}
		if first {
			want.Epoch = 1
		} else {
			want.Refused, want.Since = store.Blocked, Noon.Add(time.Hour)
		}
		if d := cmp.Diff(want, r); d != "" || r.Locked() {
			t.Errorf("Recipients: (-want +got)\n%s", d)
		}
		number := Number(2)
		if first {
			number = Number(1)
		}
		c.opensNumber(t, r.NumberKey, r.Number, r.Place(), number)
	}
	must(t, "Refuse", c.Refuse(t.Context(), c.Org.ID, sent[0].To, store.Landline, Ana, Noon.Add(2*time.Hour)))
	m := c.writeTo(t, c.Person(t, Number(1), "M"))
	one, err := c.Recipients(t.Context(), c.Org.ID, []store.RecipientID{m.To.ID})
	must(t, "Recipients", err)
	if len(one) != 1 || one[0].Family != sent[0].To.ID || len(one[0].Person) == 0 || one[0].Refused != store.Landline || !one[0].Since.Equal(Noon.Add(2*time.Hour)) {
		t.Errorf("Recipients: got %+v, want one who shares a number that gets no texts", one)
	}
	none, err := c.Recipients(t.Context(), c.Org.ID, nil)
	if must(t, "Recipients of none", err); len(none) != 0 {
		t.Errorf("Recipients of none: got %d", len(none))
	}
}

func messagesByReference(t *testing.T, c *Clinic) {
	m := c.Write(t, Number(1), seal.Plaintext("x"))
	m.Reference = "lab-7"
	c.mustAccept(t, c.Acceptance(m))
	c.accept(t, Number(1))
	got, err := c.Messages(t.Context(), store.MessageFilter{Org: c.Org.ID, Reference: "lab-7"})
	must(t, "Messages", err)
	if len(got) != 1 || got[0].ID != m.ID {
		t.Errorf("Messages: got %d, want the one of that reference", len(got))
	}
}

func eventsFromTheNewest(t *testing.T, c *Clinic) {
	c.accept(t, Number(1), Number(2), Number(3))
	up := c.events(t, store.EventFilter{Org: c.Org.ID})
	slices.Reverse(up)
	var down []store.Event
	for before := int64(0); len(down) < len(up); before = down[len(down)-1].Seq {
		some := c.events(t, store.EventFilter{Org: c.Org.ID, Newest: true, Before: before, Limit: 2})
		if len(some) == 0 {
			break
		}
		down = append(down, some...)
	}
	if d := cmp.Diff(up, down, cmp.Comparer(func(a, b store.Event) bool { return a == b })); d != "" {
		t.Errorf("Events from the newest on: (-want +got)\n%s", d)
	}
}

func recordWrites(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	s := c.setUp(t, "Rosa Diaz")
	for _, e := range []store.Event{
		{Recipient: m.To.ID, Kind: store.SessionEnded, Detail: "0123456789abcdef"},
		{Kind: store.StaffSignedOut, Detail: string(s.ID)},
		{Kind: store.Exported, Detail: "csv"},
	} {
		e.Org, e.By, e.At = c.Org.ID, staffOf(s), Noon.Add(time.Hour)
		must(t, "Record", c.Record(t.Context(), e))
		got := c.last(t, e.Kind)
		if got.Seq = 0; got != e {
			t.Errorf("Record: got %+v, want %+v", got, e)
		}
	}
	before := c.count(t)
	wantError(t, "Record of what has a change", c.Record(t.Context(), store.Event{Org: c.Org.ID, Kind: store.Wiped, At: Noon}), store.ErrConflict)
	wantError(t, "Record of no org", c.Record(t.Context(), store.Event{Org: "org_x", Kind: store.Exported, At: Noon}), store.ErrNotFound)
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
}
