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
	"securetext/store/token"
)

var staffChecks = []check{
	{"S32: a person comes back as they were added, and their address is theirs alone", staffComesBack},
	{"S32: a set-up link is good once, for its time, and not for who is suspended", staffSetUpOnce},
	{"S32: of many who use a set-up link at once one succeeds", staffSetUpRace},
	{"S32: a new set-up link forgets all that the person proved themselves by", staffInvited},
	{"S32: what changes a person ends their sessions, and is on record", staffChanged},
	{"S14: a session that was ended sets no other proofs", staffOutrun},
	{"S22: a person's secret can be wrapped under the org's next key", staffRewrapped},
}

// newInvite is a set-up link that is good for its usual time.
func newInvite(now time.Time) store.Invite {
	return store.Invite{Hash: token.New().Hash(), Until: now.Add(store.InviteLife)}
}

func (c *Clinic) newStaff(name string, roles ...store.Role) store.Staff {
	id := store.NewStaffID(Noon)
	return store.Staff{ID: id, Org: c.Org.ID, Email: string(id) + "@lakeside.example", Name: name, Roles: roles, Created: Noon}
}

// added adds a person, who has the link to set up by.
func (c *Clinic) added(tb testing.TB, name string, roles ...store.Role) (store.Staff, store.Invite) {
	tb.Helper()
	s, i := c.newStaff(name, roles...), newInvite(Noon)
	must(tb, "AddStaff", c.AddStaff(tb.Context(), s, i, Ana, Noon))
	return s, i
}

// proofs are a password and a second factor, with two codes for when it is lost.
func (c *Clinic) proofs(tb testing.TB, s store.Staff) store.Proofs {
	tb.Helper()
	key, wrapped, err := c.Keys.NewDataKey(tb.Context(), s.Place())
	must(tb, "NewDataKey", err)
	return store.Proofs{
		Password: "phc", Key: wrapped, Secret: key.Seal(seal.Plaintext("totp"), s.Place()), Step: 100,
		Recovery: []store.RecoveryHash{store.RecoveryOf(c.index, s.ID, "one"), store.RecoveryOf(c.index, s.ID, "two")},
	}
}

// setUp is a person who can sign in, with both factors.
func (c *Clinic) setUp(tb testing.TB, name string, roles ...store.Role) store.Staff {
	tb.Helper()
	s, i := c.added(tb, name, roles...)
	s, err := c.SetUpStaff(tb.Context(), i.Hash, c.proofs(tb, s), staffOf(s), Noon)
	must(tb, "SetUpStaff", err)
	return s
}

// staffOf is a person as events name them.
func staffOf(s store.Staff) store.Actor { return store.Actor{Kind: store.ByStaff, ID: string(s.ID)} }

// member is a person as the store has them.
func (c *Clinic) member(tb testing.TB, id store.StaffID) store.Account {
	tb.Helper()
	a, err := c.StaffMember(tb.Context(), c.Org.ID, id)
	must(tb, "StaffMember", err)
	return a
}

func staffComesBack(t *testing.T, c *Clinic) {
	ctx := t.Context()
	s, i := c.added(t, "Rosa Diaz", store.RoleAdmin, store.RoleAuditor)
	c.Neighbour(t).added(t, "Somebody Else", store.RoleAdmin)
	s.Invited, s.Epoch = i.Until, c.member(t, s.ID).Epoch
	byEmail, err := c.StaffByEmail(ctx, s.Email)
	must(t, "StaffByEmail", err)
	byInvite, err := c.StaffByInvite(ctx, i.Hash, Noon)
	must(t, "StaffByInvite", err)
	list, err := c.Personnel(ctx, c.Org.ID)
	must(t, "Personnel", err)
	got := append(list, byEmail.Staff, byInvite.Staff, c.member(t, s.ID).Staff)
	if d := cmp.Diff([]store.Staff{s, s, s, s}, got); d != "" {
		t.Errorf("staff: (-want +got)\n%s", d)
	}
	if e := c.last(t, store.StaffAdded); e.By != Ana || e.Detail != string(s.ID)+" admin auditor" {
		t.Errorf("event: got %+v, want one by Ana that names the person and their roles", e)
	}
	again := c.Neighbour(t).newStaff("Rosa Diaz")
	again.Email = s.Email
	wantError(t, "AddStaff with the same address", c.AddStaff(ctx, again, newInvite(Noon), Ana, Noon), store.ErrConflict)
	_, err = c.StaffByEmail(ctx, "nobody@lakeside.example")
	wantError(t, "StaffByEmail of nobody", err, store.ErrNotFound)
	_, err = c.StaffByInvite(ctx, token.Hash{}, Noon)
	wantError(t, "StaffByInvite of no link", err, store.ErrNotFound)
}

func staffSetUpOnce(t *testing.T, c *Clinic) {
	ctx := t.Context()
	s, i := c.added(t, "Rosa Diaz", store.RoleAdmin)
	for _, when := range []time.Time{i.Until, i.Until.Add(time.Hour)} {
		_, err := c.StaffByInvite(ctx, i.Hash, when)
		wantError(t, "StaffByInvite too late", err, store.ErrGone)
		_, err = c.SetUpStaff(ctx, i.Hash, c.proofs(t, s), staffOf(s), when)
		wantError(t, "SetUpStaff too late", err, store.ErrGone)
	}
	must(t, "SuspendStaff", c.SuspendStaff(ctx, c.Org.ID, s.ID, true, Ana, Noon))
	_, err := c.SetUpStaff(ctx, i.Hash, c.proofs(t, s), staffOf(s), Noon)
	wantError(t, "SetUpStaff of who is suspended", err, store.ErrNotFound)
	must(t, "SuspendStaff", c.SuspendStaff(ctx, c.Org.ID, s.ID, false, Ana, Noon))

	done, err := c.SetUpStaff(ctx, i.Hash, c.proofs(t, s), staffOf(s), i.Until.Add(-time.Second))
	must(t, "SetUpStaff", err)
	if !done.SetUp || !done.Second || done.Recovery != 2 || !done.Invited.IsZero() {
		t.Errorf("SetUpStaff: got %+v, want a person with both factors and two codes", done)
	}
	if e := c.last(t, store.StaffSetUp); e.By != staffOf(s) || e.Detail != string(s.ID) {
		t.Errorf("event: got %+v, want one by the person", e)
	}
	_, err = c.StaffByInvite(ctx, i.Hash, Noon)
	wantError(t, "StaffByInvite once it was used", err, store.ErrNotFound)
	_, err = c.SetUpStaff(ctx, i.Hash, c.proofs(t, s), staffOf(s), Noon)
	wantError(t, "SetUpStaff again", err, store.ErrNotFound)
}

func staffSetUpRace(t *testing.T, c *Clinic) {
	s, i := c.added(t, "Rosa Diaz", store.RoleAdmin)
	var won atomic.Int32
	var wg sync.WaitGroup
	for n := range 32 {
		p := c.proofs(t, s)
		p.Password = string(rune('a' + n))
		wg.Go(func() {
			switch _, err := c.SetUpStaff(t.Context(), i.Hash, p, staffOf(s), Noon); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, store.ErrNotFound):
				t.Errorf("SetUpStaff: got error %v, want ErrNotFound", err)
			}
		})
	}
	wg.Wait()
	if got := won.Load(); got != 1 {
		t.Errorf("%d succeeded, want one", got)
	}
}

func staffInvited(t *testing.T, c *Clinic) {
	ctx := t.Context()
	s, i := c.setUp(t, "Rosa Diaz", store.RoleAdmin), newInvite(Noon)
	must(t, "InviteStaff", c.InviteStaff(ctx, c.Org.ID, s.ID, i, Ana, Noon))
	got := c.member(t, s.ID)
	if got.SetUp || got.Second || got.Recovery != 0 || got.Password != "" || got.Epoch <= s.Epoch || !got.Invited.Equal(i.Until) {
		t.Errorf("StaffMember: got %+v, want one who has nothing but a link", got.Staff)
	}
	if e := c.last(t, store.StaffInvited); e.By != Ana || e.Detail != string(s.ID) {
		t.Errorf("event: got %+v, want one by Ana", e)
	}
	_, err := c.StaffSignedIn(ctx, store.StaffSignIn{Org: c.Org.ID, ID: s.ID, Epoch: got.Epoch, Verified: "phc", Step: 101}, staffOf(s), Noon)
	wantError(t, "StaffSignedIn with the old password", err, store.ErrConflict)
	_, err = c.SetProofs(ctx, c.Org.ID, s.ID, store.Proofs{Password: "new", Epoch: got.Epoch}, staffOf(s), Noon)
	wantError(t, "SetProofs of who is not set up", err, store.ErrNotFound)
}

func staffOutrun(t *testing.T, c *Clinic) {
	ctx, org := t.Context(), c.Org.ID
	for what, end := range map[string]func(store.Staff) error{
		"revoked":   func(s store.Staff) error { return c.RevokeStaff(ctx, org, s.ID, Ana, Noon) },
		"suspended": func(s store.Staff) error { return c.SuspendStaff(ctx, org, s.ID, true, Ana, Noon) },
		"resumed": func(s store.Staff) error {
			return errors.Join(c.SuspendStaff(ctx, org, s.ID, true, Ana, Noon), c.SuspendStaff(ctx, org, s.ID, false, Ana, Noon))
		},
	} {
		s := c.setUp(t, "Rosa Diaz", store.RoleAdmin)
		must(t, what, end(s))
		before := c.member(t, s.ID)
		_, err := c.SetProofs(ctx, org, s.ID, store.Proofs{Password: "theirs", Epoch: s.Epoch}, staffOf(s), Noon)
		wantError(t, "SetProofs of one who was "+what, err, store.ErrRevoked)
		if after := c.member(t, s.ID); after.Password != before.Password || after.Epoch != before.Epoch {
			t.Errorf("%s: the proofs were changed all the same", what)
		}
	}
}

func staffChanged(t *testing.T, c *Clinic) {
	ctx, org := t.Context(), c.Org.ID
	s := c.setUp(t, "Rosa Diaz", store.RoleAdmin)
	for _, change := range []struct {
		kind store.Kind
		ends bool
		do   func() error
	}{
		{store.StaffRolesSet, false, func() error { return c.SetRoles(ctx, org, s.ID, []store.Role{store.RoleSender}, Ana, Noon) }},
		{store.StaffProofsSet, true, func() error {
			_, err := c.SetProofs(ctx, org, s.ID, store.Proofs{Password: "other", Epoch: c.member(t, s.ID).Epoch}, Ana, Noon)
			return err
		}},
		{store.StaffRevoked, true, func() error { return c.RevokeStaff(ctx, org, s.ID, Ana, Noon) }},
		{store.StaffSuspended, true, func() error { return c.SuspendStaff(ctx, org, s.ID, true, Ana, Noon) }},
		{store.StaffResumed, true, func() error { return c.SuspendStaff(ctx, org, s.ID, false, Ana, Noon) }},
	} {
		before := c.member(t, s.ID).Epoch
		must(t, string(change.kind), change.do())
		if raised := c.member(t, s.ID).Epoch > before; raised != change.ends {
			t.Errorf("%s: the epoch was raised: %v, want %v", change.kind, raised, change.ends)
		}
		if e := c.last(t, change.kind); e.By != Ana {
			t.Errorf("%s: got event %+v, want one by Ana", change.kind, e)
		}
	}
	got := c.member(t, s.ID)
	if !slices.Equal(got.Roles, []store.Role{store.RoleSender}) || got.Password != "other" || !got.Second || got.Recovery != 2 {
		t.Errorf("StaffMember: got %+v", got.Staff)
	}
	wantError(t, "SuspendStaff again", c.SuspendStaff(ctx, org, s.ID, false, Ana, Noon), store.ErrConflict)
	nobody := store.NewStaffID(Noon)
	wantError(t, "SuspendStaff of nobody", c.SuspendStaff(ctx, org, nobody, true, Ana, Noon), store.ErrNotFound)
}

func staffRewrapped(t *testing.T, c *Clinic) {
	ctx := t.Context()
	s := c.setUp(t, "Rosa Diaz")
	must(t, "AddOrgKey", c.AddOrgKey(ctx, sealtest.OrgKey(t, c.Keys, c.Org.ID, 2), Ana, Noon))
	c.Keys.Forget(string(c.Org.ID))
	stored, err := c.DataKeys(ctx, c.Org.ID, 2, 10)
	must(t, "DataKeys", err)
	if len(stored) != 1 || stored[0].Recipient != store.RecipientID(s.ID) {
		t.Fatalf("DataKeys: got %d, want the person's", len(stored))
	}
	stored[0].Key, _, err = c.Keys.RewrapData(ctx, stored[0].Key, stored[0].Place())
	must(t, "RewrapData", err)
	must(t, "ReplaceDataKeys", c.ReplaceDataKeys(ctx, stored))
	got := c.member(t, s.ID)
	if got.Key.Version != 2 {
		t.Errorf("the key's version: got %d, want 2", got.Key.Version)
	}
	c.opensNumber(t, got.Key, got.Secret, got.Place(), "totp")
}
