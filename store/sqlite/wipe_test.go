package sqlite_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/storetest"
)

// holds reports whether the file or its log holds the bytes.
func holds(tb testing.TB, path string, b []byte) bool {
	tb.Helper()
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + suffix)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			tb.Fatal(err)
		}
		if bytes.Contains(data, b) {
			return true
		}
	}
	return false
}

func TestS22NothingOfWhatIsWipedStaysOnDisk(t *testing.T) {
	for _, wipe := range []struct {
		name string
		how  func(*storetest.Clinic, store.Message) error
	}{
		{"wiped", func(c *storetest.Clinic, m store.Message) error {
			return c.Wipe(t.Context(), m.Org, m.ID, storetest.Ana, storetest.Noon)
		}},
		{"expired", func(c *storetest.Clinic, m store.Message) error {
			_, err := c.Expire(t.Context(), 10, m.Expires)
			return err
		}},
	} {
		t.Run(wipe.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			c := storetest.NewClinic(t, reopen(t, path))
			m := c.Write(t, storetest.Number(1), seal.Plaintext("positive"), make(seal.Plaintext, 300<<10))
			scan := slices.Collect(m.Attachments[0].Chunks) // sealed once, so that it is known
			m.Attachments[0].Chunks = slices.Values(scan)
			if _, err := c.Accept(t.Context(), c.Acceptance(m)); err != nil {
				t.Fatalf("Accept: %v", err)
			}
			// A chunk is spread over pages: its beginning is enough.
			parts := [][]byte{m.Key.Wrapped, m.Content, scan[0][:100]}
			for _, p := range parts {
				if !holds(t, path, p) {
					t.Fatal("what was accepted is not on the disk")
				}
			}
			// A reader that is done does not keep the log from being emptied.
			if _, err := c.Messages(t.Context(), store.MessageFilter{}); err != nil {
				t.Fatalf("Messages: %v", err)
			}
			if err := wipe.how(c, m); err != nil {
				t.Fatalf("%s: %v", wipe.name, err)
			}
			for _, p := range parts {
				if holds(t, path, p) {
					t.Error("what was wiped is still on the disk")
				}
			}
			if info, err := os.Stat(path + "-wal"); err != nil || info.Size() != 0 {
				t.Errorf("log: got %d bytes, %v, want none", info.Size(), err)
			}
		})
	}
}
