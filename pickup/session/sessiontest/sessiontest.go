// Package sessiontest is the contract of [session.Store] as tests: every
// backend passes the same suite, so that none of them is the special one.
package sessiontest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"securetext/pickup/session"
)

// noon is when the cases begin. No backend may ask a clock of its own.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

var cases = []struct {
	name  string
	check func(*testing.T, session.Store)
}{
	{"what was saved is found", savedIsFound},
	{"an unknown key is not found", unknownIsNotFound},
	{"an idle session ends after 15 minutes", idleEnds},
	{"a session in use lives on, but for 4 hours at most", absoluteEnds},
	{"a session that ended stays ended", endedStaysEnded},
	{"a clock behind another's takes nothing away", clockBehind},
	{"a deleted session is gone, and deleting again is fine", deletedIsGone},
	{"deleting one session leaves the recipient's others", deleteLeavesOthers},
	{"deleting all ends every session of that recipient", deleteAllEndsAll},
	{"deleting all leaves other recipients and other orgs alone", deleteAllLeavesOthers},
	{"deleting all where there is none is fine", deleteAllOfNone},
	{"ids that read alike when joined are kept apart", joinedIDsApart},
	{"after deleting all, a new session can be saved", saveAfterDeleteAll},
	{"a find under way never brings back what is deleted", findBringsNothingBack},
	{"a save racing delete-all stays within reach of the next one", saveRacesDeleteAll},
	{"a list shows the recipient's sessions, newest first", listShows},
	{"a list leaves out what ended and what is not the recipient's", listLeavesOut},
	{"a list holds the newest 50", listIsShort},
	{"looking at the list keeps no session alive", listTouchesNothing},
	{"a session is ended by its handle, once or twice", endByHandle},
	{"a handle ends nothing of another recipient, or by a part of it", endWithinRecipient},
	{"a cancelled context is reported as such", cancelled},
}

// Run checks one backend. open returns an empty store that holds sessions to
// [session.PatientLimits]; each case gets its own.
func Run(t *testing.T, open func(*testing.T) session.Store) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.check(t, open(t)) })
	}
}

// made is a session of recipient, made at noon.
func made(org, recipient string) session.Session {
	return session.Session{Org: org, Recipient: recipient, Family: "family of " + recipient, Epoch: 7, Created: noon, Seen: noon, Proved: noon.Add(-time.Minute)}
}

// save saves a session of recipient and returns its key.
func save(t *testing.T, st session.Store, org, recipient string) session.Key {
	t.Helper()
	key := session.NewID().Key()
	if err := st.Save(t.Context(), key, made(org, recipient), noon); err != nil {
		t.Fatalf("Save: %v", err)
	}
	return key
}

// found wants key to be found at now.
func found(t *testing.T, st session.Store, key session.Key, now time.Time) session.Session {
	t.Helper()
	s, err := st.Find(t.Context(), key, now)
	if err != nil {
		t.Fatalf("Find at %s: %v, want the session", now.Format(time.TimeOnly), err)
	}
	return s
}

// gone wants key not to be found at now.
func gone(t *testing.T, st session.Store, key session.Key, now time.Time) {
	t.Helper()
	s, err := st.Find(t.Context(), key, now)
	if !errors.Is(err, session.ErrNotFound) {
		t.Fatalf("Find at %s: error %v, want ErrNotFound", now.Format(time.TimeOnly), err)
	}
	if s != (session.Session{}) {
		t.Errorf("Find returned a session beside ErrNotFound")
	}
}

func deleteAll(t *testing.T, st session.Store, org, recipient string) {
	t.Helper()
	if err := st.DeleteAll(t.Context(), org, recipient); err != nil {
		t.Fatalf("DeleteAll: %v", err)
	}
}

func savedIsFound(t *testing.T, st session.Store) {
	key := save(t, st, "org1", "rcp1")
	now := noon.Add(10 * time.Minute)
	s := found(t, st, key, now)
	if s.Org != "org1" || s.Recipient != "rcp1" || s.Family != "family of rcp1" || s.Epoch != 7 || !s.Created.Equal(noon) {
		t.Errorf("found %+v, want what was saved", s)
	}
	if !s.Seen.Equal(now) {
		t.Errorf("seen at %v, want now, %v", s.Seen, now)
	}
}

func unknownIsNotFound(t *testing.T, st session.Store) {
	save(t, st, "org1", "rcp1")
	gone(t, st, session.NewID().Key(), noon)
	gone(t, st, session.Key{}, noon)
}

func idleEnds(t *testing.T, st session.Store) {
	used, unused := save(t, st, "org1", "rcp1"), save(t, st, "org1", "rcp1")
	found(t, st, used, noon.Add(15*time.Minute-time.Second))
	gone(t, st, unused, noon.Add(15*time.Minute))
	found(t, st, used, noon.Add(29*time.Minute))
	gone(t, st, used, noon.Add(44*time.Minute))
}

func absoluteEnds(t *testing.T, st session.Store) {
	key := save(t, st, "org1", "rcp1")
	now := noon
	for range 23 {
		now = now.Add(10 * time.Minute)
		found(t, st, key, now)
	}
	found(t, st, key, noon.Add(4*time.Hour-time.Second))
	gone(t, st, key, noon.Add(4*time.Hour))
}

func endedStaysEnded(t *testing.T, st session.Store) {
	key := save(t, st, "org1", "rcp1")
	late := noon.Add(15 * time.Minute)
	gone(t, st, key, late)
	gone(t, st, key, late)
	save(t, st, "org1", "rcp1")
	gone(t, st, key, late)
}

func clockBehind(t *testing.T, st session.Store) {
	key := save(t, st, "org1", "rcp1")
	found(t, st, key, noon.Add(10*time.Minute))
	found(t, st, key, noon.Add(-time.Minute))
	found(t, st, key, noon.Add(24*time.Minute))
}

func deletedIsGone(t *testing.T, st session.Store) {
	key := save(t, st, "org1", "rcp1")
	for range 2 {
		if err := st.Delete(t.Context(), key); err != nil {
			t.Fatalf("Delete: %v", err)
		}
		gone(t, st, key, noon)
	}
}

func deleteLeavesOthers(t *testing.T, st session.Store) {
	phone, tablet := save(t, st, "org1", "rcp1"), save(t, st, "org1", "rcp1")
	if err := st.Delete(t.Context(), phone); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	found(t, st, tablet, noon)
	deleteAll(t, st, "org1", "rcp1")
	gone(t, st, tablet, noon)
}

func deleteAllEndsAll(t *testing.T, st session.Store) {
	var keys []session.Key
	for range 20 {
		keys = append(keys, save(t, st, "org1", "rcp1"))
	}
	for _, key := range keys[:10] {
		found(t, st, key, noon.Add(time.Minute))
	}
	deleteAll(t, st, "org1", "rcp1")
	for _, key := range keys {
		gone(t, st, key, noon.Add(time.Minute))
	}
}

func deleteAllLeavesOthers(t *testing.T, st session.Store) {
	mine, other, foreign := save(t, st, "org1", "rcp1"), save(t, st, "org1", "rcp2"), save(t, st, "org2", "rcp1")
	deleteAll(t, st, "org1", "rcp1")
	gone(t, st, mine, noon)
	found(t, st, other, noon)
	found(t, st, foreign, noon)
}

func deleteAllOfNone(t *testing.T, st session.Store) {
	deleteAll(t, st, "org1", "rcp1")
	key := save(t, st, "org1", "rcp2")
	deleteAll(t, st, "org1", "rcp1")
	found(t, st, key, noon)
}

func joinedIDsApart(t *testing.T, st session.Store) {
	pairs := [][2]string{{"a", "bc"}, {"ab", "c"}, {"a:b", "c"}, {"a", "b:c"}, {"", "abc"}, {"1:a", "b"}}
	var keys []session.Key
	for _, p := range pairs {
		keys = append(keys, save(t, st, p[0], p[1]))
	}
	for i, p := range pairs {
		deleteAll(t, st, p[0], p[1])
		gone(t, st, keys[i], noon)
		for _, key := range keys[i+1:] {
			found(t, st, key, noon)
		}
	}
}

func saveAfterDeleteAll(t *testing.T, st session.Store) {
	save(t, st, "org1", "rcp1")
	deleteAll(t, st, "org1", "rcp1")
	key := save(t, st, "org1", "rcp1")
	found(t, st, key, noon)
	deleteAll(t, st, "org1", "rcp1")
	gone(t, st, key, noon)
}

func findBringsNothingBack(t *testing.T, st session.Store) {
	for i := range 20 {
		key := save(t, st, "org1", "rcp1")
		var wg sync.WaitGroup
		for j := range 4 {
			wg.Go(func() {
				_, err := st.Find(t.Context(), key, noon.Add(time.Duration(j+1)*time.Minute))
				if err != nil && !errors.Is(err, session.ErrNotFound) {
					t.Errorf("Find: %v", err)
				}
			})
		}
		var err error
		if i%2 == 0 {
			err = st.Delete(t.Context(), key)
		} else {
			err = st.DeleteAll(t.Context(), "org1", "rcp1")
		}
		if err != nil {
			t.Errorf("delete: %v", err)
		}
		wg.Wait()
		gone(t, st, key, noon)
	}
}

func saveRacesDeleteAll(t *testing.T, st session.Store) {
	const signIns = 40
	keys := make([]session.Key, signIns)
	var wg sync.WaitGroup
	for i := range keys {
		keys[i] = session.NewID().Key()
		wg.Go(func() {
			if err := st.Save(t.Context(), keys[i], made("org1", "rcp1"), noon); err != nil {
				t.Errorf("Save: %v", err)
			}
		})
		if i%4 == 0 {
			wg.Go(func() {
				if err := st.DeleteAll(t.Context(), "org1", "rcp1"); err != nil {
					t.Errorf("DeleteAll: %v", err)
				}
			})
		}
	}
	wg.Wait()
	deleteAll(t, st, "org1", "rcp1")
	for _, key := range keys {
		gone(t, st, key, noon)
	}
}

func cancelled(t *testing.T, st session.Store) {
	key := save(t, st, "org1", "rcp1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := st.Find(ctx, key, noon)
	_, listErr := st.List(ctx, "org1", "rcp1", noon)
	calls := map[string]error{
		"Find":      err,
		"List":      listErr,
		"End":       st.End(ctx, "org1", "rcp1", key.Handle()),
		"Save":      st.Save(ctx, session.NewID().Key(), made("org1", "rcp1"), noon),
		"Delete":    st.Delete(ctx, key),
		"DeleteAll": st.DeleteAll(ctx, "org1", "rcp1"),
	}
	for name, err := range calls {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want %v", name, err, context.Canceled)
		}
	}
	if _, err := st.Find(t.Context(), key, noon); err != nil {
		t.Errorf("Find after the cancelled calls: %v, want the session", err)
	}
}
