package storetest

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/seal/sealtest"
)

var staffPasskeyChecks = []check{
	{"S32: a passkey of staff comes back as it was added, and is one person's", staffPasskeyComesBack},
	{"S32: a passkey signs in, and not by a counter that does not go up", staffPasskeySignsIn},
	{"S32: of many sign-ins by one signature of a passkey that counts one succeeds", staffPasskeyRace},
	{"S32: no passkey of who is suspended, changed or reset signs in", staffPasskeyStale},
	{"S32: as many passkeys as there may be, and none by a session that was ended", staffPasskeyBounds},
	{"S32: a removed passkey ends the sessions; the last way in stays", staffPasskeyRemoved},
	{"S22: a passkey can be wrapped under the org's next key", staffPasskeyRewrapped},
}

var ceremonyChecks = []check{
	{"S32: a ceremony is good once, in its browser, for its purpose and its time", ceremonyOnce},
	{"S32: of many who end a ceremony at once one succeeds", ceremonyRace},
	{"ceremonies that nobody ended are forgotten", ceremonyForgotten},
}

// staffPasskey is a person's, really sealed, by a number.
func (c *Clinic) staffPasskey(s store.Staff, n byte, counter int64) store.StaffPasskey {
	p := store.StaffPasskey{
		ID: store.NewPasskeyID(Noon), Org: s.Org, Staff: s.ID, Handle: store.CredentialOf(append([]byte(s.ID), n)),
		Counter: counter, Name: "Key on the ring", Created: Noon,
	}
	p.Key, p.Record = seal.DataKey{Version: 1, Wrapped: seal.Ciphertext("key")}, seal.Ciphertext("record")
	return p
}

// withStaffPasskey adds one.
func (c *Clinic) withStaffPasskey(tb testing.TB, s store.Staff, n byte, counter int64) store.StaffPasskey {
	tb.Helper()
	p := c.staffPasskey(s, n, counter)
	p, err := p.Seal(tb.Context(), c.Keys, []byte("passkey"))
	must(tb, "Seal", err)
	must(tb, "AddStaffPasskey", c.AddStaffPasskey(tb.Context(), p, s.Epoch, staffOf(s), Noon))
	return p
}

// byPasskey signs in by one, whose counter says so much.
func (c *Clinic) byPasskey(tb testing.TB, s store.Staff, p store.StaffPasskey, counter int64) (store.Staff, error) {
	tb.Helper()
	u := store.StaffPasskeyUse{Org: s.Org, ID: s.ID, Epoch: s.Epoch, Passkey: p.ID, Counter: counter}
	return c.StaffSignedInByPasskey(tb.Context(), u, staffOf(s), Noon.Add(time.Minute))
}

func staffPasskeyComesBack(t *testing.T, c *Clinic) {
	ctx := t.Context()
	s := c.setUp(t, "Rosa Diaz", store.RoleAdmin)
	p := c.withStaffPasskey(t, s, 1, 7)
	if e := c.last(t, store.StaffPasskeyAdded); e.By != staffOf(s) || e.Detail != string(s.ID)+" "+string(p.ID) {
		t.Errorf("event: got %+v, want one by the person that names the passkey", e)
	}
	a, found, err := c.StaffByPasskey(ctx, p.Handle)
	must(t, "StaffByPasskey", err)
	list, err := c.StaffPasskeys(ctx, c.Org.ID, s.ID)
	must(t, "StaffPasskeys", err)
	if d := cmp.Diff([]store.StaffPasskey{p, p}, append(list, found)); d != "" {
		t.Errorf("passkeys: (-want +got)\n%s", d)
	}
	if a.ID != s.ID || a.Passkeys != 1 || a.Epoch != s.Epoch {
		t.Errorf("StaffByPasskey: got %+v", a.Staff)
	}
	other := c.setUp(t, "Omar Haddad")
	taken := c.staffPasskey(other, 1, 0)
	taken.Handle = p.Handle
	wantError(t, "AddStaffPasskey with another's", c.AddStaffPasskey(ctx, taken, other.Epoch, Ana, Noon), store.ErrConflict)
	_, _, err = c.StaffByPasskey(ctx, store.CredentialHash{})
	wantError(t, "StaffByPasskey of none", err, store.ErrNotFound)
}

func staffPasskeySignsIn(t *testing.T, c *Clinic) {
	s := c.setUp(t, "Rosa Diaz")
	counts, never := c.withStaffPasskey(t, s, 1, 7), c.withStaffPasskey(t, s, 2, 0)
	for _, use := range []struct {
		p     store.StaffPasskey
		count int64
		want  error
	}{{counts, 8, nil}, {counts, 8, store.ErrConflict}, {counts, 0, store.ErrConflict}, {counts, 9, nil}, {never, 0, nil}, {never, 0, nil}, {never, 1, nil}, {never, 0, store.ErrConflict}} {
		before := len(c.events(t, store.EventFilter{Org: c.Org.ID}))
		who, err := c.byPasskey(t, s, use.p, use.count)
		wantError(t, "StaffSignedInByPasskey", err, use.want)
		kind, detail := store.StaffSignedIn, string(s.ID)+" passkey"
		if use.want != nil {
			kind, detail = store.StaffPasskeyRefused, string(s.ID)+" "+string(use.p.ID)
		} else if who.ID != s.ID || who.Epoch != s.Epoch || !who.SignedIn.Equal(Noon.Add(time.Minute)) {
			t.Errorf("StaffSignedInByPasskey: got %+v", who)
		}
		if e := c.last(t, kind); e.Detail != detail || e.By != staffOf(s) || len(c.events(t, store.EventFilter{Org: c.Org.ID})) != before+1 {
			t.Errorf("counter %d: got event %+v, want one that says %q", use.count, e, detail)
		}
	}
	other := c.setUp(t, "Omar Haddad")
	_, err := c.byPasskey(t, other, counts, 100)
	wantError(t, "another's passkey", err, store.ErrNotFound)
}

func staffPasskeyRace(t *testing.T, c *Clinic) {
	s := c.setUp(t, "Rosa Diaz")
	p := c.withStaffPasskey(t, s, 1, 7)
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			switch _, err := c.byPasskey(t, s, p, 8); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, store.ErrConflict):
				t.Errorf("StaffSignedInByPasskey: got error %v, want ErrConflict", err)
			}
		})
	}
	wg.Wait()
	if got := won.Load(); got != 1 {
		t.Errorf("%d signed in, want one", got)
	}
}

func staffPasskeyStale(t *testing.T, c *Clinic) {
	ctx, org := t.Context(), c.Org.ID
	for what, change := range map[string]func(store.Staff) error{
		"revoked":   func(s store.Staff) error { return c.RevokeStaff(ctx, org, s.ID, Ana, Noon) },
		"suspended": func(s store.Staff) error { return c.SuspendStaff(ctx, org, s.ID, true, Ana, Noon) },
		"invited":   func(s store.Staff) error { return c.InviteStaff(ctx, org, s.ID, newInvite(Noon), Ana, Noon) },
	} {
		s := c.setUp(t, "Rosa Diaz")
		p := c.withStaffPasskey(t, s, 1, 0)
		must(t, what, change(s))
		_, err := c.byPasskey(t, s, p, 0)
		wantError(t, what+", as they were looked up", err, store.ErrConflict)
		now := c.member(t, s.ID)
		_, err = c.byPasskey(t, now.Staff, p, 0)
		wantError(t, what+", as they are", err, map[string]error{"suspended": store.ErrConflict, "invited": store.ErrNotFound}[what])
		if what == "invited" && (now.SetUp || now.Passkeys != 0) {
			t.Errorf("a new set-up link leaves %d passkeys", now.Passkeys)
		}
	}
}

func staffPasskeyBounds(t *testing.T, c *Clinic) {
	ctx := t.Context()
	s := c.setUp(t, "Rosa Diaz")
	for n := range store.MostPasskeys {
		c.withStaffPasskey(t, s, byte(n), 0)
	}
	wantError(t, "one too many", c.AddStaffPasskey(ctx, c.staffPasskey(s, 100, 0), s.Epoch, Ana, Noon), store.ErrConflict)
	other := c.setUp(t, "Omar Haddad")
	p := c.staffPasskey(other, 1, 0)
	wantError(t, "by a session that was ended", c.AddStaffPasskey(ctx, p, other.Epoch-1, Ana, Noon), store.ErrRevoked)
	p.Staff = store.NewStaffID(Noon)
	wantError(t, "of nobody", c.AddStaffPasskey(ctx, p, other.Epoch, Ana, Noon), store.ErrNotFound)
}

func staffPasskeyRemoved(t *testing.T, c *Clinic) {
	ctx, org := t.Context(), c.Org.ID
	s := c.setUp(t, "Rosa Diaz")
	one, two := c.withStaffPasskey(t, s, 1, 0), c.withStaffPasskey(t, s, 2, 0)
	_, err := c.RemoveStaffPasskey(ctx, org, s.ID, one.ID, s.Epoch-1, Ana, Noon)
	wantError(t, "by a session that was ended", err, store.ErrRevoked)
	got, err := c.RemoveStaffPasskey(ctx, org, s.ID, one.ID, s.Epoch, staffOf(s), Noon)
	must(t, "RemoveStaffPasskey", err)
	if got.Epoch <= s.Epoch || got.Passkeys != 1 {
		t.Errorf("RemoveStaffPasskey: got %+v, want an epoch that was raised and one passkey", got)
	}
	if e := c.last(t, store.StaffPasskeyRemoved); e.By != staffOf(s) || e.Detail != string(s.ID)+" "+string(one.ID) {
		t.Errorf("event: got %+v", e)
	}
	_, err = c.RemoveStaffPasskey(ctx, org, s.ID, one.ID, got.Epoch, Ana, Noon)
	wantError(t, "again", err, store.ErrNotFound)
	_, err = c.RemoveStaffPasskey(ctx, org, s.ID, two.ID, got.Epoch, staffOf(s), Noon)
	must(t, "RemoveStaffPasskey beside a password", err)

	guest := c.vouchedIn(t, "guest@lakeside.example", store.RoleSender)
	last := c.withStaffPasskey(t, guest, 1, 0)
	must(t, "RemoveProvider", c.RemoveProvider(ctx, org, Ana, Noon))
	guest = c.member(t, guest.ID).Staff
	_, err = c.RemoveStaffPasskey(ctx, org, guest.ID, last.ID, guest.Epoch, Ana, Noon)
	wantError(t, "the last way in", err, store.ErrConflict)
	if list, err := c.StaffPasskeys(ctx, org, guest.ID); err != nil || len(list) != 1 {
		t.Errorf("StaffPasskeys: got %d, %v, want it to be there still", len(list), err)
	}
}

func staffPasskeyRewrapped(t *testing.T, c *Clinic) {
	ctx := t.Context()
	p := c.withStaffPasskey(t, c.setUp(t, "Rosa Diaz"), 1, 0)
	c.withProvider(t, true)
	must(t, "AddOrgKey", c.AddOrgKey(ctx, sealtest.OrgKey(t, c.Keys, c.Org.ID, 2), Ana, Noon))
	c.Keys.Forget(string(c.Org.ID))
	stored, err := c.DataKeys(ctx, c.Org.ID, 2, 10)
	must(t, "DataKeys", err)
	for i, k := range stored {
		stored[i].Key, _, err = c.Keys.RewrapData(ctx, k.Key, k.Place())
		must(t, "RewrapData", err)
	}
	must(t, "ReplaceDataKeys", c.ReplaceDataKeys(ctx, stored))
	list, err := c.StaffPasskeys(ctx, c.Org.ID, p.Staff)
	must(t, "StaffPasskeys", err)
	provider, err := c.Provider(ctx, c.Org.ID)
	must(t, "Provider", err)
	if !slices.Equal([]int{len(stored), list[0].Key.Version, provider.Key.Version}, []int{3, 2, 2}) { // the person's secret is the third
		t.Fatalf("got %d keys, and versions %d and %d, want 2", len(stored), list[0].Key.Version, provider.Key.Version)
	}
	if got, err := list[0].Open(ctx, c.Keys); err != nil || string(got) != "passkey" {
		t.Errorf("Open: got %v", err)
	}
	list[0].Staff = store.NewStaffID(Noon)
	if _, err := list[0].Open(ctx, c.Keys); err == nil {
		t.Error("the passkey opens as another person's")
	}
	if got, err := provider.Open(ctx, c.Keys); err != nil || string(got) != "settings" {
		t.Errorf("Open: got %v", err)
	}
}

func ceremonyOnce(t *testing.T, c *Clinic) {
	ctx := t.Context()
	one := store.Ceremony{
		Browser: store.BrowserHash{1}, Purpose: store.ToVouch, Org: c.Org.ID, Staff: "stf_x", Value: [32]byte{7}, Back: "/messages", Begun: Noon,
	}
	begin := func() { t.Helper(); must(t, "BeginCeremony", c.BeginCeremony(ctx, one)) }
	late := Noon.Add(store.ChallengeLife)
	begin()
	_, err := c.EndCeremony(ctx, store.BrowserHash{2}, Noon, store.ToVouch)
	wantError(t, "in another browser", err, store.ErrGone)
	got, err := c.EndCeremony(ctx, one.Browser, late.Add(-time.Second), store.ToVouch)
	must(t, "EndCeremony", err)
	if d := cmp.Diff(one, got); d != "" {
		t.Errorf("EndCeremony: (-want +got)\n%s", d)
	}
	_, err = c.EndCeremony(ctx, one.Browser, Noon, store.ToVouch)
	wantError(t, "a second time", err, store.ErrGone)
	begin()
	_, err = c.EndCeremony(ctx, one.Browser, late, store.ToVouch)
	wantError(t, "too late", err, store.ErrGone)
	begin()
	_, err = c.EndCeremony(ctx, one.Browser, Noon, store.ToSignIn)
	wantError(t, "for something else", err, store.ErrGone)
	_, err = c.EndCeremony(ctx, one.Browser, Noon, store.ToVouch)
	wantError(t, "once it was taken for something else", err, store.ErrGone)
	begin()
	one.Value = [32]byte{8}
	begin()
	if got, err := c.EndCeremony(ctx, one.Browser, Noon, store.ToVouch); err != nil || got.Value != one.Value {
		t.Errorf("EndCeremony: got %v, %v, want the newer", got.Value, err)
	}
}

func ceremonyRace(t *testing.T, c *Clinic) {
	one := store.Ceremony{Browser: store.BrowserHash{1}, Purpose: store.ToSignIn, Begun: Noon}
	must(t, "BeginCeremony", c.BeginCeremony(t.Context(), one))
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			switch _, err := c.EndCeremony(t.Context(), one.Browser, Noon, store.ToSignIn); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, store.ErrGone):
				t.Errorf("EndCeremony: got error %v, want ErrGone", err)
			}
		})
	}
	wg.Wait()
	if got := won.Load(); got != 1 {
		t.Errorf("%d ended it, want one", got)
	}
}

func ceremonyForgotten(t *testing.T, c *Clinic) {
	ctx := t.Context()
	one := store.Ceremony{Browser: store.BrowserHash{1}, Purpose: store.ToSignIn, Begun: Noon}
	must(t, "BeginCeremony", c.BeginCeremony(ctx, one))
	_, err := c.Expire(ctx, 100, Noon.Add(store.ChallengeLife))
	must(t, "Expire", err)
	_, err = c.EndCeremony(ctx, one.Browser, Noon, store.ToSignIn)
	wantError(t, "EndCeremony after Expire", err, store.ErrGone)
}
