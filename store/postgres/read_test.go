package postgres_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"securetext/store"
	"securetext/store/storetest"
)

// A reading that waited for its message recalls what was queued meanwhile.
func TestReadRecallsAReminderQueuedMeanwhile(t *testing.T) {
	url := database(t, template(t))
	c := storetest.NewClinic(t, open(t, url))
	m := c.Write(t, storetest.Number(1), nil)
	m.Remind = store.DefaultRemind
	if _, err := c.Accept(t.Context(), c.Acceptance(m)); err != nil {
		t.Fatalf("Accept: %v", err)
	}
	minder, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer minder.Close(t.Context())
	if _, err := minder.Exec(t.Context(), `BEGIN; UPDATE messages SET lang = lang; UPDATE watches SET reminded = 1;
		INSERT INTO outbox (org_id, message_id, recipient_id, kind, due_at, created_at)
		SELECT org_id, id, recipient_id, 'reminder', 0, 0 FROM messages`); err != nil {
		t.Fatalf("remind: %v", err)
	}
	done := make(chan error)
	go func() {
		done <- c.Read(t.Context(), m.ID, store.Viewer{Org: m.Org, Recipient: m.To.ID}, storetest.Noon)
	}()
	for count(t, url, "pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()") == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := minder.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatalf("commit: %v", err)
	}
	if err := <-done; err != nil {
		t.Errorf("Read: %v", err)
	}
	if n := count(t, url, "outbox WHERE kind = 'reminder'"); n != 0 {
		t.Errorf("outbox: got %d reminders, want none", n)
	}
}
