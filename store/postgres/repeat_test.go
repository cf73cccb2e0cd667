package postgres_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/storetest"
)

// count counts the rows of a table behind the store's back.
func count(tb testing.TB, url, table string) int {
	tb.Helper()
	return ask(tb, url, "SELECT count(*) FROM "+table)
}

// again makes a message with a hash, under an id of its own.
func again(tb testing.TB, c *storetest.Clinic, n int, files ...seal.Plaintext) store.Message {
	tb.Helper()
	m := c.Write(tb, storetest.Number(n), seal.Plaintext("x"), files...)
	m.Repeat = store.RepeatHash{1, byte(n)}
	return m
}

// Both processes are given the same mails at the same time, each in another
// order, some together, some with attachments.
func TestS29TwoProcessesStoreARepeatOnce(t *testing.T) {
	const mails = 40
	url := database(t, template(t))
	one, other := open(t, url), open(t, url)
	clinic := storetest.NewClinic(t, one)
	var mu sync.Mutex
	ids := map[store.RepeatHash][]store.MessageID{}
	stored := 0
	accept := func(db store.Store, messages ...store.Message) {
		got, err := db.Accept(t.Context(), clinic.Acceptance(messages...))
		if err != nil {
			t.Errorf("Accept: %v", err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for i, m := range messages {
			ids[m.Repeat] = append(ids[m.Repeat], got.Messages[i])
			if got.Messages[i] == m.ID {
				stored++
			}
		}
	}
	var wg sync.WaitGroup
	for n := range mails {
		var files []seal.Plaintext
		if n%4 == 0 {
			files = append(files, make(seal.Plaintext, 100<<10))
		}
		for i, db := range []store.Store{one, other, one, other} {
			first, second := again(t, clinic, n, files...), again(t, clinic, (n+i)%mails)
			wg.Go(func() { accept(db, first, second) })
		}
	}
	wg.Wait()
	for _, same := range ids {
		if len(slices.Compact(same)) != 1 {
			t.Errorf("Accept: got %v for one hash, want the same", slices.Compact(same))
		}
	}
	for table, want := range map[string]int{"messages": mails, "outbox": mails, "message_keys": mails, "repeats": mails} {
		if got := count(t, url, table); got != want {
			t.Errorf("%s: got %d rows, want %d", table, got, want)
		}
	}
	if stored != mails {
		t.Errorf("Accept: %d were told that theirs is stored, want %d", stored, mails)
	}
}

// The first has not committed yet when the second's statement begins: it is not
// in the snapshot, and may still come to nothing.
func TestS29SecondWaitsForWhatBecomesOfTheFirst(t *testing.T) {
	url := database(t, template(t))
	clinic := storetest.NewClinic(t, open(t, url))
	m := again(t, clinic, 1)
	release := lock(t, url, fmt.Sprintf(`
		INSERT INTO repeats (org_id, hash, message_id, created_at)
		VALUES ('%s', '\x%x', 'msg_first', %d)`, m.Org, m.Repeat, storetest.Noon.UnixMicro()))
	done := make(chan store.Stored)
	go func() {
		stored, err := clinic.Accept(t.Context(), clinic.Acceptance(m))
		if err != nil {
			t.Errorf("Accept: %v", err)
		}
		done <- stored
	}()
	select {
	case <-done:
		t.Error("Accept: did not wait for the first")
	case <-time.After(100 * time.Millisecond):
	}
	release() // which takes it back
	if stored := <-done; stored.Replayed || stored.Messages[0] != m.ID {
		t.Errorf("Accept: got %+v, want the message", stored)
	}
}

func TestExpireForgetsRepeats(t *testing.T) {
	url := database(t, template(t))
	clinic := storetest.NewClinic(t, open(t, url))
	if _, err := clinic.Accept(t.Context(), clinic.Acceptance(again(t, clinic, 1))); err != nil {
		t.Fatalf("Accept: %v", err)
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{store.RepeatLife - time.Second, 1}, {store.RepeatLife, 0}} {
		if _, err := clinic.Expire(t.Context(), 1, storetest.Noon.Add(c.after)); err != nil {
			t.Fatalf("Expire: %v", err)
		}
		if got := count(t, url, "repeats"); got != c.want {
			t.Errorf("repeats after %v: got %d, want %d", c.after, got, c.want)
		}
	}
}
