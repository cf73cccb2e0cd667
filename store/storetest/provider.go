package storetest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
	"securetext/store/seal"
)

var providerChecks = []check{
	{"S32: an org's provider comes back as it was set, and its domains are one org's", providerComesBack},
	{"S32: passwords go only while an admin is left for when the provider is away", providerSpare},
	{"S32: another provider, or none, forgets whom the former one vouched for", providerForgets},
}

var vouchedChecks = []check{
	{"S32: who is vouched for is made once, and found by their identity alone", vouchedMade},
	{"S32: an address binds nobody but who has it here, and was not bound", vouchedBound},
	{"S32: roles are those that the provider says; one that is lost ends the sessions", vouchedRoles},
	{"S32: who is not let in is on record, with the reason", vouchedRefused},
	{"S32: of many first sign-ins at once one makes the person", vouchedRace},
}

// withProvider sets one for the clinic.
func (c *Clinic) withProvider(tb testing.TB, passwords bool) store.Provider {
	tb.Helper()
	p, err := store.SealProvider(tb.Context(), c.Keys, c.Org.ID, []byte("settings"))
	must(tb, "SealProvider", err)
	p.Domains, p.Passwords, p.Set = []string{"lakeside.example", string(c.Org.ID) + ".example"}, passwords, Noon
	must(tb, "SetProvider", c.SetProvider(tb.Context(), p, false, Ana, Noon))
	return p
}

// introduction is somebody with that address for whom the provider vouches, whose
// identity is made of it, as a sender.
func (c *Clinic) introduction(email string, roles ...store.Role) store.Introduction {
	return store.Introduction{
		Org: c.Org.ID, Under: Noon, Identity: store.IdentityOf(c.Org.ID, "https://idp.example", email), Email: email,
		Name: "Guest", Roles: roles, Given: true, New: store.NewStaffID(Noon),
	}
}

// vouchedIn is somebody who came by the provider.
func (c *Clinic) vouchedIn(tb testing.TB, email string, roles ...store.Role) store.Staff {
	tb.Helper()
	if _, err := c.Provider(tb.Context(), c.Org.ID); errors.Is(err, store.ErrNotFound) {
		c.withProvider(tb, true)
	}
	s, err := c.SignInVouched(tb.Context(), c.introduction(email, roles...), visitor, Noon)
	must(tb, "SignInVouched", err)
	return s
}

func providerComesBack(t *testing.T, c *Clinic) {
	ctx := t.Context()
	_, err := c.Provider(ctx, c.Org.ID)
	wantError(t, "Provider of an org without one", err, store.ErrNotFound)
	s := c.setUp(t, "Rosa Diaz", store.RoleAdmin)
	p := c.withProvider(t, true)
	if e := c.last(t, store.ProviderSet); e.By != Ana {
		t.Errorf("event: got %+v, want one by Ana", e)
	}
	if c.member(t, s.ID).Epoch <= s.Epoch {
		t.Error("sessions of before it was set go on")
	}
	byOrg, err := c.Provider(ctx, c.Org.ID)
	must(t, "Provider", err)
	byDomain, err := c.ProviderFor(ctx, "lakeside.example")
	must(t, "ProviderFor", err)
	slices.Sort(p.Domains)
	if d := cmp.Diff([]store.Provider{p, p}, []store.Provider{byOrg, byDomain}); d != "" {
		t.Errorf("provider: (-want +got)\n%s", d)
	}
	other := store.Provider{Org: c.Neighbour(t).Org.ID, Key: p.Key, Record: p.Record, Domains: []string{"lakeside.example"}, Passwords: true}
	wantError(t, "SetProvider with another org's domain", c.SetProvider(ctx, other, false, Ana, Noon), store.ErrConflict)
	p.Domains = []string{"shore.example"}
	must(t, "SetProvider", c.SetProvider(ctx, p, false, Ana, Noon))
	_, err = c.ProviderFor(ctx, "lakeside.example")
	wantError(t, "ProviderFor a domain that was taken away", err, store.ErrNotFound)
	must(t, "RemoveProvider", c.RemoveProvider(ctx, c.Org.ID, Ana, Noon))
	wantError(t, "RemoveProvider again", c.RemoveProvider(ctx, c.Org.ID, Ana, Noon), store.ErrNotFound)
	if e := c.last(t, store.ProviderRemoved); e.By != Ana {
		t.Errorf("event: got %+v, want one by Ana", e)
	}
}

func providerSpare(t *testing.T, c *Clinic) {
	ctx := t.Context()
	p := store.Provider{Org: c.Org.ID, Key: seal.DataKey{Version: 1, Wrapped: seal.Ciphertext("k")}, Record: seal.Ciphertext("r")}
	wantError(t, "without anybody", c.SetProvider(ctx, p, false, Ana, Noon), store.ErrConflict)
	c.setUp(t, "Omar Haddad", store.RoleAuditor)
	plain, i := c.added(t, "Ana Reyes", store.RoleAdmin)
	plain, err := c.SetUpStaff(ctx, i.Hash, store.Proofs{Password: "phc"}, staffOf(plain), Noon)
	must(t, "SetUpStaff", err)
	wantError(t, "with an admin of one factor", c.SetProvider(ctx, p, false, Ana, Noon), store.ErrConflict)
	c.withStaffPasskey(t, plain, 1, 0)
	must(t, "with an admin who has a passkey", c.SetProvider(ctx, p, false, Ana, Noon))
	must(t, "SuspendStaff", c.SuspendStaff(ctx, c.Org.ID, plain.ID, true, Ana, Noon))
	wantError(t, "with one who is suspended", c.SetProvider(ctx, p, false, Ana, Noon), store.ErrConflict)
	spare := c.setUp(t, "Rosa Diaz", store.RoleAdmin)
	must(t, "with an admin who has an app", c.SetProvider(ctx, p, false, Ana, Noon))
	_, err = c.SignInVouched(ctx, c.introduction(spare.Email, store.RoleAdmin), visitor, Noon)
	wantError(t, "the admin who is kept for when it is away", err, store.ErrConflict)
	must(t, "SetProvider", c.SetProvider(ctx, store.Provider{Org: p.Org, Key: p.Key, Record: p.Record, Passwords: true}, false, Ana, Noon))
	_, err = c.SignInVouched(ctx, c.introduction(spare.Email, store.RoleAdmin), visitor, Noon)
	must(t, "SignInVouched", err)
	wantError(t, "with an admin for whom it vouches", c.SetProvider(ctx, p, false, Ana, Noon), store.ErrConflict)
}

func providerForgets(t *testing.T, c *Clinic) {
	ctx := t.Context()
	s := c.vouchedIn(t, "guest@lakeside.example", store.RoleSender)
	p, err := c.Provider(ctx, c.Org.ID)
	must(t, "Provider", err)
	must(t, "SetProvider", c.SetProvider(ctx, p, false, Ana, Noon))
	if got := c.member(t, s.ID); !got.Vouched || got.Epoch <= s.Epoch {
		t.Errorf("other settings of one provider: got %+v, want the person bound, and signed out", got.Staff)
	}
	before := c.member(t, s.ID).Epoch
	must(t, "SetProvider anew", c.SetProvider(ctx, p, true, Ana, Noon))
	if got := c.member(t, s.ID); got.Vouched || got.SetUp || got.Epoch <= before {
		t.Errorf("another provider: got %+v, want nobody bound", got.Staff)
	}
	s = c.vouchedIn(t, "guest@lakeside.example", store.RoleSender)
	must(t, "RemoveProvider", c.RemoveProvider(ctx, c.Org.ID, Ana, Noon))
	if got := c.member(t, s.ID); got.Vouched || got.SetUp || got.Epoch <= s.Epoch {
		t.Errorf("no provider: got %+v, want nobody bound, and signed out", got.Staff)
	}
	_, err = c.SignInVouched(ctx, c.introduction("guest@lakeside.example", store.RoleSender), visitor, Noon)
	wantError(t, "SignInVouched without a provider", err, store.ErrGone)
}

func vouchedMade(t *testing.T, c *Clinic) {
	ctx := t.Context()
	s := c.vouchedIn(t, "guest@lakeside.example", store.RoleSender, store.RoleAuditor)
	if !s.Vouched || !s.SetUp || s.Name != "Guest" || !slices.Equal(s.Roles, []store.Role{store.RoleSender, store.RoleAuditor}) || !s.SignedIn.Equal(Noon) {
		t.Errorf("SignInVouched: got %+v", s)
	}
	if e := c.last(t, store.StaffAdded); e.By.Kind != store.BySystem || e.By.ID != store.ByProvider || e.Detail != string(s.ID)+" sender auditor" {
		t.Errorf("event: got %+v", e)
	}
	if e := c.last(t, store.StaffSignedIn); e.By.Kind != store.ByStaff || e.By.ID != string(s.ID) || e.By.Addr != visitor.Addr || e.Detail != string(s.ID)+" provider" {
		t.Errorf("event: got %+v", e)
	}
	moved := c.introduction("guest@lakeside.example", store.RoleSender, store.RoleAuditor)
	moved.Email, moved.New = "married@lakeside.example", ""
	again, err := c.SignInVouched(ctx, moved, visitor, Noon)
	must(t, "SignInVouched with another address", err)
	moved.Email = ""
	unverified, err := c.SignInVouched(ctx, moved, visitor, Noon)
	must(t, "SignInVouched with none", err)
	if again.ID != s.ID || unverified.ID != s.ID || again.Email != "guest@lakeside.example" {
		t.Errorf("got %s and %s, want the same person", again.ID, unverified.ID)
	}
	heir := c.introduction("heir@lakeside.example", store.RoleSender)
	heir.Email = "guest@lakeside.example" // which somebody else has by now
	_, err = c.SignInVouched(ctx, heir, visitor, Noon)
	wantError(t, "another identity with their address", err, store.ErrConflict)
}

func vouchedBound(t *testing.T, c *Clinic) {
	ctx := t.Context()
	s := c.setUp(t, "Rosa Diaz", store.RoleAdmin)
	c.withProvider(t, true)
	in := c.introduction(s.Email)
	in.Given, in.Roles, in.New = false, nil, ""
	nameless := in
	nameless.Email = ""
	_, err := c.SignInVouched(ctx, nameless, visitor, Noon)
	wantError(t, "without an address", err, store.ErrConflict)
	if c.member(t, s.ID).Vouched {
		t.Fatal("somebody was bound by no address")
	}
	got, err := c.SignInVouched(ctx, in, visitor, Noon)
	must(t, "SignInVouched", err)
	if got.ID != s.ID || !got.Vouched || !slices.Equal(got.Roles, s.Roles) {
		t.Errorf("SignInVouched: got %+v, want the person with the roles that they have here", got)
	}
	if e := c.last(t, store.StaffVouched); e.Detail != string(s.ID) || e.By.ID != store.ByProvider {
		t.Errorf("event: got %+v", e)
	}
	waits, i := c.added(t, "Omar Haddad", store.RoleAuditor)
	if _, err := c.SignInVouched(ctx, c.introduction(waits.Email, store.RoleAuditor), visitor, Noon); err != nil {
		t.Errorf("SignInVouched of who did not set up: %v", err)
	}
	_, err = c.StaffByInvite(ctx, i.Hash, Noon)
	wantError(t, "their set-up link", err, store.ErrNotFound)
	theirs := c.Neighbour(t).setUp(t, "Tom Lee", store.RoleAdmin)
	_, err = c.SignInVouched(ctx, c.introduction(theirs.Email, store.RoleSender), visitor, Noon)
	wantError(t, "an address of another org's", err, store.ErrConflict)
	must(t, "InviteStaff", c.InviteStaff(ctx, c.Org.ID, s.ID, newInvite(Noon), Ana, Noon))
	if got := c.member(t, s.ID); got.Vouched || got.SetUp {
		t.Errorf("a new set-up link: got %+v, want nothing to sign in by", got.Staff)
	}
}

func vouchedRoles(t *testing.T, c *Clinic) {
	ctx := t.Context()
	s := c.vouchedIn(t, "guest@lakeside.example", store.RoleSender)
	more, err := c.SignInVouched(ctx, c.introduction(s.Email, store.RoleSender, store.RoleAdmin), visitor, Noon)
	must(t, "SignInVouched with more", err)
	if more.Epoch != s.Epoch || !more.Has(store.RoleAdmin) {
		t.Errorf("one more role: got %+v, want it, and sessions to go on", more)
	}
	if e := c.last(t, store.StaffRolesSet); e.Detail != string(s.ID)+" sender admin" || e.By.ID != store.ByProvider {
		t.Errorf("event: got %+v", e)
	}
	less, err := c.SignInVouched(ctx, c.introduction(s.Email, store.RoleSender), visitor, Noon)
	must(t, "SignInVouched with fewer", err)
	if less.Epoch <= more.Epoch || less.Has(store.RoleAdmin) {
		t.Errorf("one role less: got %+v, want it gone, and sessions with it", less)
	}
	before := len(c.events(t, store.EventFilter{Org: c.Org.ID, Kind: store.StaffRolesSet}))
	same, err := c.SignInVouched(ctx, c.introduction(s.Email, store.RoleSender), visitor, Noon)
	must(t, "SignInVouched with the same", err)
	if same.Epoch != less.Epoch || len(c.events(t, store.EventFilter{Org: c.Org.ID, Kind: store.StaffRolesSet})) != before {
		t.Error("the same roles were set again")
	}
	_, err = c.SignInVouched(ctx, c.introduction(s.Email), visitor, Noon)
	wantError(t, "SignInVouched with none", err, store.ErrConflict)
	if got := c.member(t, s.ID); len(got.Roles) != 0 || got.Epoch <= same.Epoch {
		t.Errorf("no role: got %+v, want none, and sessions gone", got.Staff)
	}
	if e := c.last(t, store.StaffRefused); e.Detail != string(s.ID)+" roles" || e.By != visitor {
		t.Errorf("event: got %+v", e)
	}
}

func vouchedRefused(t *testing.T, c *Clinic) {
	ctx := t.Context()
	c.withProvider(t, true)
	stranger := c.introduction("stranger@lakeside.example", store.RoleSender)
	stranger.New = ""
	_, err := c.SignInVouched(ctx, stranger, visitor, Noon)
	wantError(t, "a stranger where people must be here", err, store.ErrConflict)
	if e := c.last(t, store.StaffRefused); e.Detail != "unknown" || e.By != visitor {
		t.Errorf("event: got %+v", e)
	}
	_, err = c.SignInVouched(ctx, c.introduction("stranger@lakeside.example"), visitor, Noon)
	wantError(t, "a stranger without roles", err, store.ErrConflict)
	if _, err := c.StaffByEmail(ctx, "stranger@lakeside.example"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a person was made for whom there is no role: %v", err)
	}
	s := c.vouchedIn(t, "guest@lakeside.example", store.RoleSender)
	must(t, "SuspendStaff", c.SuspendStaff(ctx, c.Org.ID, s.ID, true, Ana, Noon))
	_, err = c.SignInVouched(ctx, c.introduction(s.Email, store.RoleSender), visitor, Noon)
	wantError(t, "who is suspended", err, store.ErrConflict)
	if e := c.last(t, store.StaffRefused); e.Detail != string(s.ID)+" suspended" {
		t.Errorf("event: got %+v", e)
	}
	old := c.introduction("other@lakeside.example", store.RoleSender)
	old.Under = Noon.Add(-time.Second)
	_, err = c.SignInVouched(ctx, old, visitor, Noon)
	wantError(t, "by settings that are others by now", err, store.ErrGone)
}

func vouchedRace(t *testing.T, c *Clinic) {
	c.withProvider(t, true)
	var wg sync.WaitGroup
	for range 8 {
		in := c.introduction("guest@lakeside.example", store.RoleSender)
		wg.Go(func() {
			if _, err := c.SignInVouched(t.Context(), in, visitor, Noon); err != nil {
				t.Errorf("SignInVouched: %v", err)
			}
		})
	}
	wg.Wait()
	if list, err := c.Personnel(t.Context(), c.Org.ID); err != nil || len(list) != 1 {
		t.Errorf("Personnel: got %d, %v, want one", len(list), err)
	}
}
