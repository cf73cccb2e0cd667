package sqlite

import (
	"database/sql"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"modernc.org/sqlite"

	"securetext/store"
	"securetext/store/seal"
)

// letter is a message as far as its size goes.
func letter(now time.Time, size int) store.Acceptance {
	key := seal.DataKey{Version: 1, Wrapped: []byte("wrapped")}
	return store.Acceptance{At: now, Messages: []store.Message{{
		ID: store.NewMessageID(now), Org: "org_1", Sender: "snd_1",
		To:      store.Recipient{ID: "rcp_1", Key: key, Number: []byte("sealed")},
		Created: now, Expires: now.Add(time.Hour), Key: key, Content: make([]byte, size),
	}}}
}

func TestS25FullDiskIsToldApart(t *testing.T) {
	db := openFile(t, filepath.Join(t.TempDir(), "store.db"))
	err := db.Change(t.Context(), "test", func(tx *sql.Tx) error {
		_, err := tx.Exec(`PRAGMA max_page_count = 100`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{small, 1 << 20} {
		var err error
		for range 100 {
			if _, err = db.Accept(t.Context(), letter(time.Now(), size)); err != nil {
				break
			}
		}
		if !errors.Is(err, store.ErrFull) {
			t.Errorf("Accept of %d bytes: got error %v, want ErrFull", size, err)
		}
	}
}

func TestS25NearlyFullDiskTakesNoMessages(t *testing.T) {
	db := openFile(t, filepath.Join(t.TempDir(), "store.db"))
	a := letter(time.Now(), 10)
	if _, err := db.Accept(t.Context(), a); err != nil {
		t.Fatalf("Accept: %v", err)
	}
	db.reserve = math.MaxUint64
	if _, err := db.Accept(t.Context(), letter(time.Now(), 10)); !errors.Is(err, store.ErrFull) {
		t.Errorf("Accept: got error %v, want ErrFull", err)
	}
	if err := db.Wipe(t.Context(), "org_1", a.Messages[0].ID, store.Actor{Kind: store.ByOperator}, time.Now()); err != nil {
		t.Errorf("Wipe: %v", err)
	}
}

func TestNoDriverErrorLeaves(t *testing.T) {
	db := openFile(t, filepath.Join(t.TempDir(), "store.db"))
	err := db.Change(t.Context(), "test", func(tx *sql.Tx) error {
		_, err := tx.Exec(`SELECT 'a name' FROM nowhere`)
		return err
	})
	var driver *sqlite.Error
	if err == nil || errors.As(err, &driver) || strings.Contains(err.Error(), "nowhere") {
		t.Errorf("Change: got %v, want an error that gives nothing away", err)
	}
}

func TestAcceptAfterCloseIsUnavailable(t *testing.T) {
	db := openFile(t, filepath.Join(t.TempDir(), "store.db"))
	if err := db.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if _, err := db.Accept(t.Context(), letter(time.Now(), 10)); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Accept: got error %v, want ErrUnavailable", err)
	}
}
