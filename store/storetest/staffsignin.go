package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/store"
)

var staffSignInChecks = []check{
	{"S32: a code of the app is good once, and no older one after it", staffCodeOnce},
	{"S32: with a second factor the password alone signs nobody in", staffNeedsSecond},
	{"S32: a recovery code is good once", staffRecoveryOnce},
	{"S32: of many sign-ins by one code one succeeds", staffCodeRace},
	{"S32: nobody signs in by what was verified before it changed, or while suspended", staffStale},
	{"S32: wrong passwords cost time, those of known browsers apart", staffTries},
	{"S32: after too many in a row unknown browsers are locked out, known ones are not", staffLocked},
}

func (c *Clinic) signIn(s store.Staff) store.StaffSignIn {
	return store.StaffSignIn{Org: c.Org.ID, ID: s.ID, Epoch: s.Epoch, Verified: "phc"}
}

// signInErr is the error of a sign-in.
func (c *Clinic) signInErr(tb testing.TB, in store.StaffSignIn, now time.Time) error {
	tb.Helper()
	_, err := c.StaffSignedIn(tb.Context(), in, store.Actor{Kind: store.ByStaff, ID: string(in.ID)}, now)
	return err
}

func staffCodeOnce(t *testing.T, c *Clinic) {
	s := c.setUp(t, "Rosa Diaz")
	in := c.signIn(s)
	in.Step = 100
	wantError(t, "the code that was shown at set-up", c.signInErr(t, in, Noon), store.ErrConflict)
	in.Step = 102
	who, err := c.StaffSignedIn(t.Context(), in, staffOf(s), Noon.Add(time.Minute))
	must(t, "StaffSignedIn", err)
	if who.ID != s.ID || who.Epoch != s.Epoch || !who.SignedIn.Equal(Noon.Add(time.Minute)) {
		t.Errorf("StaffSignedIn: got %+v", who)
	}
	if e := c.last(t, store.StaffSignedIn); e.By != staffOf(s) || e.Detail != string(s.ID)+" app" {
		t.Errorf("event: got %+v, want one by the person", e)
	}
	wantError(t, "the same code again", c.signInErr(t, in, Noon), store.ErrConflict)
	in.Step = 101
	wantError(t, "an older code", c.signInErr(t, in, Noon), store.ErrConflict)
	in.Step = 103
	must(t, "the next code", c.signInErr(t, in, Noon))
}

func staffNeedsSecond(t *testing.T, c *Clinic) {
	s := c.setUp(t, "Rosa Diaz")
	wantError(t, "the password alone", c.signInErr(t, c.signIn(s), Noon), store.ErrConflict)
	plain, i := c.added(t, "Omar Haddad")
	plain, err := c.SetUpStaff(t.Context(), i.Hash, store.Proofs{Password: "phc"}, staffOf(plain), Noon)
	must(t, "SetUpStaff", err)
	must(t, "the password of who has no second factor", c.signInErr(t, c.signIn(plain), Noon))
}

func staffRecoveryOnce(t *testing.T, c *Clinic) {
	s := c.setUp(t, "Rosa Diaz")
	in := c.signIn(s)
	in.Recovery = store.RecoveriesOf(c.index, s.ID, "three")
	wantError(t, "a code that nobody has", c.signInErr(t, in, Noon), store.ErrConflict)
	in.Recovery = store.RecoveriesOf(c.index, s.ID, "one")
	must(t, "a recovery code", c.signInErr(t, in, Noon))
	if got := c.member(t, s.ID).Recovery; got != 1 {
		t.Errorf("codes left: got %d, want 1", got)
	}
	wantError(t, "the same again", c.signInErr(t, in, Noon), store.ErrConflict)
	other := c.setUp(t, "Omar Haddad")
	theirs := c.signIn(other)
	theirs.Recovery = store.RecoveriesOf(c.index, s.ID, "two")
	wantError(t, "another person's code", c.signInErr(t, theirs, Noon), store.ErrConflict)
}

func staffCodeRace(t *testing.T, c *Clinic) {
	s := c.setUp(t, "Rosa Diaz")
	in := c.signIn(s)
	in.Step = 200
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			switch err := c.signInErr(t, in, Noon); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, store.ErrConflict):
				t.Errorf("StaffSignedIn: got error %v, want ErrConflict", err)
			}
		})
	}
	wg.Wait()
	if got := won.Load(); got != 1 {
		t.Errorf("%d signed in, want one", got)
	}
}

func staffStale(t *testing.T, c *Clinic) {
	ctx := t.Context()
	s := c.setUp(t, "Rosa Diaz")
	in := c.signIn(s)
	in.Step = 101
	s, err := c.SetProofs(ctx, c.Org.ID, s.ID, store.Proofs{Password: "new", Epoch: s.Epoch}, staffOf(s), Noon)
	must(t, "SetProofs", err)
	in.Epoch = s.Epoch
	wantError(t, "the password of before", c.signInErr(t, in, Noon), store.ErrConflict)
	in.Verified = "new"
	must(t, "SuspendStaff", c.SuspendStaff(ctx, c.Org.ID, s.ID, true, Ana, Noon))
	wantError(t, "while suspended", c.signInErr(t, in, Noon), store.ErrConflict)
	must(t, "SuspendStaff", c.SuspendStaff(ctx, c.Org.ID, s.ID, false, Ana, Noon))
	wantError(t, "looked up before the suspension", c.signInErr(t, in, Noon), store.ErrConflict)
	in.Rehash, in.Epoch = "stronger", c.member(t, s.ID).Epoch
	must(t, "StaffSignedIn", c.signInErr(t, in, Noon))
	if got := c.member(t, s.ID).Password; got != "stronger" {
		t.Error("the rehash was not stored")
	}
}

// tryStaff is the error of a try.
func (c *Clinic) tryStaff(tb testing.TB, s store.Staff, known bool, now time.Time) error {
	tb.Helper()
	return c.TryStaff(tb.Context(), c.Org.ID, s.ID, known, now)
}

func staffTries(t *testing.T, c *Clinic) {
	s := c.setUp(t, "Rosa Diaz")
	for range store.FreeTries {
		must(t, "TryStaff", c.tryStaff(t, s, false, Noon))
		must(t, "StaffSignInFailed", c.StaffSignInFailed(t.Context(), c.Org.ID, s.ID, visitor, Noon))
	}
	wantError(t, "TryStaff at once", c.tryStaff(t, s, false, Noon), store.ErrThrottled)
	if e := c.last(t, store.StaffSignInFailed); e.By != visitor || e.Detail != string(s.ID) {
		t.Errorf("event: got %+v, want one by the visitor", e)
	}
	must(t, "TryStaff of a known browser", c.tryStaff(t, s, true, Noon))
	must(t, "TryStaff a second later", c.tryStaff(t, s, false, Noon.Add(time.Second)))
	wantError(t, "TryStaff another second later", c.tryStaff(t, s, false, Noon.Add(2*time.Second)), store.ErrThrottled)

	in := c.signIn(s)
	in.Step, in.Known = 101, true
	must(t, "StaffSignedIn by a known browser", c.signInErr(t, in, Noon))
	wantError(t, "TryStaff of strangers after it", c.tryStaff(t, s, false, Noon.Add(2*time.Second)), store.ErrThrottled)
	in.Step, in.Known = 102, false
	must(t, "StaffSignedIn by another", c.signInErr(t, in, Noon.Add(time.Hour)))
	must(t, "TryStaff of strangers after it", c.tryStaff(t, s, false, Noon.Add(time.Hour)))
	wantError(t, "TryStaff of nobody", c.TryStaff(t.Context(), c.Org.ID, store.NewStaffID(Noon), false, Noon), store.ErrNotFound)
}

func staffLocked(t *testing.T, c *Clinic) {
	s, now := c.setUp(t, "Rosa Diaz"), Noon
	for range store.LockAfter {
		now = now.Add(store.MaxDelay)
		must(t, "TryStaff", c.tryStaff(t, s, false, now))
	}
	for range 3 {
		now = now.Add(store.MaxDelay)
		wantError(t, "TryStaff after so many", c.tryStaff(t, s, false, now), store.ErrLocked)
	}
	must(t, "TryStaff of a known browser", c.tryStaff(t, s, true, now))
	must(t, "InviteStaff", c.InviteStaff(t.Context(), c.Org.ID, s.ID, newInvite(now), Ana, now))
	must(t, "TryStaff after a new link", c.tryStaff(t, s, false, now))
}
