package storetest

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"securetext/store"
)

var smarthostChecks = []check{
	{"the smarthosts of all orgs come back as they were added", smarthostsComeBack},
	{"a smarthost's id is its own", smarthostTaken},
	{"a smarthost removed is known no more", smarthostRemoved},
}

func (c *Clinic) smarthost() store.Smarthost {
	return store.Smarthost{
		ID: store.NewKeyID(Noon), Org: c.Org.ID, Label: "Exchange Online",
		Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")},
		Certs:    []string{"00ff", "11ee"}, Domains: []string{"lakeside.example", "lab.example"},
	}
}

func (c *Clinic) wantSmarthosts(tb testing.TB, want ...store.Smarthost) {
	tb.Helper()
	got, err := c.Smarthosts(tb.Context())
	must(tb, "Smarthosts", err)
	byID := cmpopts.SortSlices(func(x, y store.Smarthost) bool { return x.ID < y.ID })
	if d := cmp.Diff(want, got, byID, cmp.Comparer(func(x, y netip.Prefix) bool { return x == y })); d != "" {
		tb.Errorf("Smarthosts: (-want +got)\n%s", d)
	}
}

func smarthostsComeBack(t *testing.T, c *Clinic) {
	n := c.Neighbour(t)
	full := c.smarthost()
	bare := store.Smarthost{ID: store.NewKeyID(Noon), Org: n.Org.ID, Label: "", Certs: []string{"22dd"}}
	for _, s := range []store.Smarthost{full, bare} {
		must(t, "AddSmarthost", c.AddSmarthost(t.Context(), s, Ana, Noon))
	}
	c.wantSmarthosts(t, full, bare)
	if e := c.last(t, store.SmarthostAdded); e.By != Ana || e.Detail != string(full.ID) {
		t.Errorf("event: got %+v, want one by Ana that names it", e)
	}
}

func smarthostTaken(t *testing.T, c *Clinic) {
	n := c.Neighbour(t)
	s := c.smarthost()
	must(t, "AddSmarthost", c.AddSmarthost(t.Context(), s, Ana, Noon))
	for _, org := range []store.OrgID{c.Org.ID, n.Org.ID} {
		again := s
		again.Org = org
		wantError(t, "AddSmarthost", c.AddSmarthost(t.Context(), again, Ana, Noon), store.ErrConflict)
	}
	c.wantSmarthosts(t, s)
}

func smarthostRemoved(t *testing.T, c *Clinic) {
	gone, stays := c.smarthost(), c.smarthost()
	must(t, "AddSmarthost", c.AddSmarthost(t.Context(), gone, Ana, Noon))
	must(t, "AddSmarthost", c.AddSmarthost(t.Context(), stays, Ana, Noon))
	must(t, "RemoveSmarthost", c.RemoveSmarthost(t.Context(), c.Org.ID, gone.ID, Ana, Noon))
	c.wantSmarthosts(t, stays)
	if e := c.last(t, store.SmarthostRemoved); e.By != Ana || e.Detail != string(gone.ID) {
		t.Errorf("event: got %+v, want one by Ana that names it", e)
	}
	wantError(t, "RemoveSmarthost again", c.RemoveSmarthost(t.Context(), c.Org.ID, gone.ID, Ana, Noon), store.ErrNotFound)
}
