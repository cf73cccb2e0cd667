package sqlite_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/storetest"
	"securetext/store/token"
)

// each is how many messages every process takes in.
const each = 60

// otherProcess names the file when the test runs as the other process.
const otherProcess = "SQLITE_TEST_FILE"

func TestTwoProcessesShareOneFile(t *testing.T) {
	path := os.Getenv(otherProcess)
	if path != "" {
		takeIn(t, storetest.NewClinic(t, reopen(t, path)))
		return
	}
	path = filepath.Join(t.TempDir(), "store.db")
	c := storetest.NewClinic(t, reopen(t, path))
	other := exec.Command(os.Args[0], "-test.run=^TestTwoProcessesShareOneFile$")
	other.Env = append(os.Environ(), otherProcess+"="+path)
	var wg sync.WaitGroup
	wg.Go(func() {
		if out, err := other.CombinedOutput(); err != nil {
			t.Errorf("other process: %v\n%s", err, out)
		}
	})
	takeIn(t, c)
	wg.Wait()
	b, err := c.Backlog(t.Context(), storetest.Noon)
	if err != nil || b.Due != 2*each {
		t.Errorf("Backlog: got %d, %v, want %d", b.Due, err, 2*each)
	}
}

// takeIn accepts messages, some of them large, and wipes now and then.
func takeIn(t *testing.T, c *storetest.Clinic) {
	t.Helper()
	for n := range each {
		var files []seal.Plaintext
		if n%4 == 0 {
			files = append(files, make(seal.Plaintext, 200<<10))
		}
		extra := c.Write(t, storetest.Number(n), seal.Plaintext("to be wiped"))
		for _, m := range []store.Message{extra, c.Write(t, storetest.Number(n), seal.Plaintext("hello"), files...)} {
			if _, err := c.Accept(t.Context(), c.Acceptance(m)); err != nil {
				t.Fatalf("Accept: %v", err)
			}
		}
		if err := c.Wipe(t.Context(), c.Org.ID, extra.ID, storetest.Ana, storetest.Noon); err != nil {
			t.Fatalf("Wipe: %v", err)
		}
	}
}

func TestS14RevokeAndWipeThroughOneHandleHoldAtOnceInTheOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	server, tool := storetest.NewClinic(t, reopen(t, path)), reopen(t, path)
	first, hash, v := signedIn(t, server, 1)
	if err := tool.RevokeSessions(t.Context(), v.Org, v.Recipient, storetest.Ana, storetest.Noon); err != nil {
		t.Fatalf("RevokeSessions: %v", err)
	}
	if _, err := server.Message(t.Context(), hash, v, storetest.Noon); !errors.Is(err, store.ErrRevoked) {
		t.Errorf("Message: got error %v, want ErrRevoked", err)
	}
	if err := server.Read(t.Context(), first, v, storetest.Noon); !errors.Is(err, store.ErrRevoked) {
		t.Errorf("Read: got error %v, want ErrRevoked", err)
	}
	second, _, v := signedIn(t, server, 2)
	if err := tool.Wipe(t.Context(), v.Org, second, storetest.Ana, storetest.Noon); err != nil {
		t.Fatalf("Wipe: %v", err)
	}
	if err := server.Read(t.Context(), second, v, storetest.Noon); !errors.Is(err, store.ErrGone) {
		t.Errorf("Read: got error %v, want ErrGone", err)
	}
}

// signedIn is a recipient who was texted a link to a message and enrolled by it.
func signedIn(t *testing.T, c *storetest.Clinic, number int) (store.MessageID, token.Hash, store.Viewer) {
	t.Helper()
	m := c.Write(t, storetest.Number(number), seal.Plaintext("hello"))
	if _, err := c.Accept(t.Context(), c.Acceptance(m)); err != nil {
		t.Fatalf("Accept: %v", err)
	}
	hash := token.New().Hash()
	due, err := c.Due(t.Context(), 10, time.Minute, storetest.Noon)
	if err != nil {
		t.Fatalf("Due: %v", err)
	}
	for _, d := range due {
		a := store.Attempt{Claim: d.Claim, Text: store.NewTextID(storetest.Noon)}
		if d.Message == m.ID && d.Kind == store.LinkText {
			a.Link = hash
		}
		if err := c.AddLinks(t.Context(), []store.Attempt{a}, storetest.Noon); err != nil {
			t.Fatalf("AddLinks: %v", err)
		}
	}
	v, err := c.Enrol(t.Context(), store.Enrolment{Link: hash, Password: "hash", Grace: time.Hour}, storetest.Noon)
	if err != nil {
		t.Fatalf("Enrol: %v", err)
	}
	return m.ID, hash, v
}
