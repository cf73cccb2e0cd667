package sessiontest

import (
	"slices"
	"testing"
	"time"

	"securetext/pickup/session"
)

// saveAt saves a session of org1's rcp1, made at a time, and returns its key.
func saveAt(t *testing.T, st session.Store, at time.Time, label string) session.Key {
	t.Helper()
	s := made("org1", "rcp1")
	s.Created, s.Seen, s.Label = at, at, label
	key := session.NewID().Key()
	if err := st.Save(t.Context(), key, s, at); err != nil {
		t.Fatalf("Save: %v", err)
	}
	return key
}

// list is what org1's rcp1 sees at now.
func list(t *testing.T, st session.Store, now time.Time) []session.Listed {
	t.Helper()
	l, err := st.List(t.Context(), "org1", "rcp1", now)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	return l
}

// wantList wants exactly the keys' sessions to be listed, in that order.
func wantList(t *testing.T, st session.Store, now time.Time, keys ...session.Key) {
	t.Helper()
	var got, want []session.Handle
	for _, l := range list(t, st, now) {
		got = append(got, l.Handle)
	}
	for _, key := range keys {
		want = append(want, key.Handle())
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v at %s, want %v", got, now.Format(time.TimeOnly), want)
	}
}

func end(t *testing.T, st session.Store, org, recipient string, h session.Handle) {
	t.Helper()
	if err := st.End(t.Context(), org, recipient, h); err != nil {
		t.Fatalf("End: %v", err)
	}
}

func listShows(t *testing.T, st session.Store) {
	wantList(t, st, noon)
	phone := saveAt(t, st, noon, "Safari on iPhone")
	laptop := saveAt(t, st, noon.Add(time.Minute), "Firefox on Windows")
	tablet := saveAt(t, st, noon.Add(2*time.Minute), "")
	now := noon.Add(5 * time.Minute)
	if s := found(t, st, phone, now); s.Label != "Safari on iPhone" {
		t.Errorf("Find: label %q, want what was saved", s.Label)
	}
	wantList(t, st, now, tablet, laptop, phone)
	for i, want := range []session.Listed{
		{Handle: tablet.Handle(), Label: "", Created: noon.Add(2 * time.Minute), Seen: noon.Add(2 * time.Minute)},
		{Handle: laptop.Handle(), Label: "Firefox on Windows", Created: noon.Add(time.Minute), Seen: noon.Add(time.Minute)},
		{Handle: phone.Handle(), Label: "Safari on iPhone", Created: noon, Seen: now},
	} {
		got := list(t, st, now)[i]
		if got.Label != want.Label || got.Epoch != 7 || !got.Created.Equal(want.Created) || !got.Seen.Equal(want.Seen) {
			t.Errorf("listed %+v, want %+v and epoch 7", got, want)
		}
	}
}

func listLeavesOut(t *testing.T, st session.Store) {
	idle, deleted, live := saveAt(t, st, noon, ""), saveAt(t, st, noon.Add(time.Minute), ""), saveAt(t, st, noon.Add(2*time.Minute), "")
	save(t, st, "org1", "rcp2")
	save(t, st, "org2", "rcp1")
	save(t, st, "org1r", "cp1")
	if err := st.Delete(t.Context(), deleted); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	wantList(t, st, noon.Add(15*time.Minute-time.Second), live, idle)
	wantList(t, st, noon.Add(15*time.Minute), live)
	deleteAll(t, st, "org1", "rcp1")
	wantList(t, st, noon.Add(2*time.Minute))
}

func listIsShort(t *testing.T, st session.Store) {
	var keys []session.Key
	for i := range 70 {
		keys = append(keys, saveAt(t, st, noon.Add(time.Duration(i)*time.Second), ""))
	}
	now := noon.Add(2 * time.Minute)
	slices.Reverse(keys)
	wantList(t, st, now, keys[:session.MaxListed]...)
	for _, key := range keys[:60] {
		if err := st.Delete(t.Context(), key); err != nil {
			t.Fatalf("Delete: %v", err)
		}
	}
	wantList(t, st, now, keys[60:]...)
}

func listTouchesNothing(t *testing.T, st session.Store) {
	key := saveAt(t, st, noon, "")
	wantList(t, st, noon.Add(14*time.Minute), key)
	gone(t, st, key, noon.Add(15*time.Minute))
}

func endByHandle(t *testing.T, st session.Store) {
	phone, tablet := save(t, st, "org1", "rcp1"), save(t, st, "org1", "rcp1")
	for range 2 {
		end(t, st, "org1", "rcp1", phone.Handle())
		gone(t, st, phone, noon)
		found(t, st, tablet, noon)
		wantList(t, st, noon, tablet)
	}
	deleteAll(t, st, "org1", "rcp1")
	gone(t, st, tablet, noon)
}

func endWithinRecipient(t *testing.T, st session.Store) {
	mine, other, foreign := save(t, st, "org1", "rcp1"), save(t, st, "org1", "rcp2"), save(t, st, "org2", "rcp1")
	for _, h := range []session.Handle{
		other.Handle(), foreign.Handle(), "", mine.Handle()[:8], session.Handle(mine.String()), "*", session.Key{}.Handle(),
	} {
		end(t, st, "org1", "rcp1", h)
	}
	found(t, st, mine, noon)
	found(t, st, other, noon)
	found(t, st, foreign, noon)
}
