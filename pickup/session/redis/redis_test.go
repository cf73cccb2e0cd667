package redis

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"securetext/pickup/session"
	"securetext/pickup/session/sessiontest"
)

// open returns an empty store on the server of TEST_REDIS, with keys of its own
// so that tests share the server, and removes them afterwards.
func open(t testing.TB) *Store {
	t.Helper()
	st := openAt(t, withPrefix(testURL(t), "test-"+session.NewID().Key().String()+":"))
	if err := st.Ping(t.Context()); err != nil {
		t.Fatalf("TEST_REDIS: %v", err)
	}
	t.Cleanup(func() { removeKeys(t, st) })
	return st
}

// testURL is the server that tests use. A desk may do without one, CI may not.
func testURL(t testing.TB) string {
	t.Helper()
	where := os.Getenv("TEST_REDIS")
	if where == "" && os.Getenv("CI") == "true" {
		t.Fatal("TEST_REDIS is not set; CI must run these tests")
	}
	if where == "" {
		t.Skip("NOT TESTED on Redis: set TEST_REDIS to a server's URL, such as redis://127.0.0.1:6379/0")
	}
	return where
}

func withPrefix(url, prefix string) string {
	if strings.Contains(url, "?") {
		return url + "&prefix=" + prefix
	}
	return url + "?prefix=" + prefix
}

func openAt(t testing.TB, url string) *Store {
	t.Helper()
	st, err := Open(url, session.PatientLimits)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// keys lists what the store has written.
func keys(t testing.TB, st *Store) []string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // cleanups come here too
	var all []string
	found := st.client.Scan(ctx, 0, st.prefix+"*", 1000).Iterator()
	for found.Next(ctx) {
		all = append(all, found.Val())
	}
	if err := found.Err(); err != nil {
		t.Fatalf("scan: %v", err)
	}
	return all
}

func removeKeys(t testing.TB, st *Store) {
	for _, key := range keys(t, st) {
		if err := st.client.Del(context.WithoutCancel(t.Context()), key).Err(); err != nil {
			t.Errorf("clean up: %v", err)
		}
	}
}

func TestS13Conformance(t *testing.T) {
	sessiontest.Run(t, func(t *testing.T) session.Store { return open(t) })
}

// A stolen dump must sign nobody in: it holds the ID in no spelling.
func TestS13DumpHoldsNoID(t *testing.T) {
	st := open(t)
	now := time.Now()
	id := session.NewID()
	s := session.Session{Org: "org1", Recipient: "rcp1", Created: now, Seen: now}
	if err := st.Save(t.Context(), id.Key(), s, now); err != nil {
		t.Fatalf("Save: %v", err)
	}
	if _, err := st.Find(t.Context(), id.Key(), now.Add(time.Minute)); err != nil {
		t.Fatalf("Find: %v", err)
	}
	dump := dump(t, st)
	if !bytes.Contains(dump, []byte(id.Key().String())) {
		t.Fatal("the dump lacks the session's hash; is this the right dump?")
	}
	for _, spelling := range [][]byte{id[:], []byte(hex.EncodeToString(id[:])), cookie(id), []byte(base64.StdEncoding.EncodeToString(id[:]))} {
		if bytes.Contains(dump, spelling) {
			t.Error("the dump holds a session's ID")
		}
	}
}

// cookie is what the browser holds.
func cookie(id session.ID) []byte {
	w := httptest.NewRecorder()
	session.Patients.Set(w, id)
	return []byte(w.Result().Cookies()[0].Value)
}

// dump is every key with its value as Redis would write it to disk.
func dump(t *testing.T, st *Store) []byte {
	t.Helper()
	var all bytes.Buffer
	for _, key := range keys(t, st) {
		value, err := st.client.Dump(t.Context(), key).Result()
		if err != nil {
			t.Fatalf("dump: %v", err)
		}
		all.WriteString(key + "=" + value + "\n")
	}
	return all.Bytes()
}

// Redis ends sessions by itself, should no process ever look at them again.
func TestS13KeysExpireByThemselves(t *testing.T) {
	st := open(t)
	now := time.Now()
	s := session.Session{Org: "org1", Recipient: "rcp1", Created: now.Add(-3*time.Hour - 50*time.Minute), Seen: now}
	key := session.NewID().Key()
	if err := st.Save(t.Context(), key, s, now); err != nil {
		t.Fatalf("Save: %v", err)
	}
	wantTTL(t, st, 10*time.Minute) // of the four hours, which end before the idle limit does
	if err := st.Delete(t.Context(), key); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	s.Created = now
	if err := st.Save(t.Context(), key, s, now); err != nil {
		t.Fatalf("Save: %v", err)
	}
	wantTTL(t, st, 15*time.Minute)
	if _, err := st.Find(t.Context(), key, now.Add(10*time.Minute)); err != nil {
		t.Fatalf("Find: %v", err)
	}
	wantTTL(t, st, 15*time.Minute)
}

// wantTTL wants about ttl on the session, and four hours at most on the set.
func wantTTL(t *testing.T, st *Store, ttl time.Duration) {
	t.Helper()
	for _, key := range keys(t, st) {
		got, err := st.client.PTTL(t.Context(), key).Result()
		if err != nil {
			t.Fatalf("pttl: %v", err)
		}
		most := session.PatientLimits.Absolute
		if strings.HasPrefix(key, st.prefix+"session:") {
			most = ttl
		}
		if got > most || got < most-time.Minute {
			t.Errorf("a key lives %v, want just under %v", got, most)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	st := open(b)
	now := time.Now()
	key := session.NewID().Key()
	s := session.Session{Org: "org1", Recipient: "rcp1", Created: now, Seen: now}
	if err := st.Save(b.Context(), key, s, now); err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := st.Find(b.Context(), key, now); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// A store beside another has the same contract, and nothing of the other is in it.
func TestS13StoresBesideEachOther(t *testing.T) {
	sessiontest.Run(t, func(t *testing.T) session.Store { return open(t).Beside("staff", session.PatientLimits) })
	st := open(t)
	beside := st.Beside("staff", session.StaffLimits)
	id, now := session.NewID(), time.Now()
	s := session.Session{Org: "org1", Recipient: "x", Created: now, Seen: now}
	for _, stores := range [][2]session.Store{{st, beside}, {beside, st}} {
		if err := stores[0].Save(t.Context(), id.Key(), s, now); err != nil {
			t.Fatal(err)
		}
		if _, err := stores[1].Find(t.Context(), id.Key(), now); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("the other store's session: got error %v, want ErrNotFound", err)
		}
		if err := stores[1].DeleteAll(t.Context(), "org1", "x"); err != nil {
			t.Fatal(err)
		}
		if _, err := stores[0].Find(t.Context(), id.Key(), now); err != nil {
			t.Errorf("the other store ended it: %v", err)
		}
		if err := stores[0].Delete(t.Context(), id.Key()); err != nil {
			t.Fatal(err)
		}
	}
}
