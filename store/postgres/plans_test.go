package postgres_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/postgres"
	"securetext/store/storetest"
)

// many is how many messages the plans are tried on, all of one org: each with a
// watch that is due, and with a text that is to be asked about.
const many = 100_000

// fill fills a database behind the store's back.
const fill = `
	INSERT INTO recipients (id, org_id, key_version, key_wrapped, number, created_at)
	SELECT 'rcp_' || n, '%[1]s', 1, '', '', 0 FROM generate_series(1, %[2]d) n;
	INSERT INTO messages (id, org_id, sender_id, recipient_id, lang, reference, content, created_at, expires_at, notify)
	SELECT 'msg_' || n, '%[1]s', '', 'rcp_' || n, 'en', '', '', 0, %[3]d + 1000000000, 8 FROM generate_series(1, %[2]d) n;
	INSERT INTO message_keys (message_id, org_id, version, wrapped)
	SELECT 'msg_' || n, '%[1]s', 1, '' FROM generate_series(1, %[2]d) n;
	INSERT INTO watches (message_id, texted_at, remind, read_by, due_at)
	SELECT 'msg_' || n, 0, '24 72', 0, %[3]d - n FROM generate_series(1, %[2]d) n;
	INSERT INTO texts (id, org_id, outbox_id, message_id, recipient_id, kind, state, provider_id, created_at, updated_at, check_at)
	SELECT 'txt_' || n, '%[1]s', n, 'msg_' || n, 'rcp_' || n, 'link', 'sent', 'SM' || n, 0, 0, %[3]d - n FROM generate_series(1, %[2]d) n;
	INSERT INTO events (org_id, message_id, recipient_id, kind, actor_kind, actor_id, addr, detail, at)
	SELECT '%[1]s', 'msg_' || n, 'rcp_' || n, 'accepted', 'sender', 'snd_' || n %% 1000, '', '', 0 FROM generate_series(1, %[2]d) n;
	INSERT INTO tallies (org_id, measure, span, subject, n)
	SELECT '%[1]s', 'sent', n / 1000, 'snd_' || n %% 1000, 1 FROM generate_series(1, %[2]d) n;
	INSERT INTO outbox (org_id, message_id, recipient_id, kind, due_at, created_at)
	SELECT '%[1]s', 'msg_' || n, 'rcp_' || n, 'reminder', %[3]d, 0 FROM generate_series(1, %[2]d, 10) n`

// What runs all day finds its rows by an index, whether or not the server has
// looked at the tables since they grew.
func TestRowsLookedAtDoNotGrowWithTheTables(t *testing.T) {
	url := database(t, template(t))
	c := storetest.NewClinic(t, open(t, url))
	execute(t, url, fmt.Sprintf(fill, c.Org.ID, many, storetest.Noon.UnixMicro()))
	for _, looked := range []string{"before", "after"} {
		if looked == "after" {
			execute(t, url, "ANALYZE")
		}
		wantTouched(t, url, "DueWatches "+looked, 1000, func(db *postgres.DB) error {
			due, err := db.DueWatches(t.Context(), 100, time.Hour, storetest.Noon)
			return wantLen(err, len(due), 100)
		})
		wantTouched(t, url, "Unreported "+looked, 1000, func(db *postgres.DB) error {
			list, err := db.Unreported(t.Context(), 100, time.Hour, storetest.Noon)
			return wantLen(err, len(list), 100)
		})
		wantTouched(t, url, "Messages of a number "+looked, 1000, func(db *postgres.DB) error {
			list, err := db.Messages(t.Context(), store.MessageFilter{Org: c.Org.ID, Recipient: "rcp_5"})
			return wantLen(err, len(list), 1)
		})
		wantTouched(t, url, "Events of a sender "+looked, 1000, func(db *postgres.DB) error {
			list, err := db.Events(t.Context(), store.EventFilter{Org: c.Org.ID, Person: "snd_5", Newest: true, Limit: 50})
			return wantLen(err, len(list), 50)
		})
		wantTouched(t, url, "Tallies of a day "+looked, 2500, func(db *postgres.DB) error {
			list, err := db.Tallies(t.Context(), store.TallyFilter{
				Org: c.Org.ID, Measures: []store.Measure{store.TallySent}, Since: time.UnixMicro(50), Until: time.UnixMicro(51),
			})
			return wantLen(err, len(list), 1000)
		})
		wantTouched(t, url, "Thread "+looked, 1000, func(db *postgres.DB) error {
			list, err := db.Thread(t.Context(), "msg_5", store.Viewer{Org: c.Org.ID, Recipient: "rcp_5", Epoch: 1}, storetest.Noon, 100)
			return wantLen(err, len(list), 0)
		})
		wantTouched(t, url, "MayRemind "+looked, 1000, func(db *postgres.DB) error {
			_, err := db.MayRemind(t.Context(), store.Claim{Outbox: 50}, storetest.Noon)
			return err
		})
		wantTouched(t, url, "Refuse "+looked, 1000, func(db *postgres.DB) error {
			return db.Refuse(t.Context(), c.Org.ID, store.Recipient{ID: "rcp_501"}, store.OptedOut, storetest.Ana, storetest.Noon)
		})
		wantTouched(t, url, "Read "+looked, 2000, func(db *postgres.DB) error {
			readMany(t, db, c.Org.ID)
			return nil
		})
	}
	left := count(t, url, "watches WHERE message_id IN (SELECT message_id FROM events WHERE kind = 'read')")
	if left != 0 {
		t.Errorf("watches: got %d of messages that were read, want none", left)
	}
}

func wantLen(err error, got, want int) error {
	if err == nil && got != want {
		return fmt.Errorf("got %d, want %d", got, want)
	}
	return err
}

// readMany reads a hundred messages, some of them in one statement.
func readMany(t *testing.T, db *postgres.DB, org store.OrgID) {
	var wg sync.WaitGroup
	for n := 1; n <= 100; n++ {
		wg.Go(func() {
			v := store.Viewer{Org: org, Recipient: store.RecipientID(fmt.Sprint("rcp_", n))}
			if err := db.Read(t.Context(), store.MessageID(fmt.Sprint("msg_", n)), v, storetest.Noon); err != nil {
				t.Errorf("Read: %v", err)
			}
		})
	}
	wg.Wait()
}

// wantTouched checks how many rows the server looked at for f. It knows once the
// connections that did it are closed.
func wantTouched(t *testing.T, url, what string, most int, f func(*postgres.DB) error) {
	t.Helper()
	const rows = `SELECT sum(seq_tup_read + COALESCE(idx_tup_fetch, 0)) FROM pg_stat_user_tables WHERE relname <> 'goose_db_version'`
	db, err := postgres.Open(t.Context(), with(t, url, "application_name", "touching"))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	before := ask(t, url, rows)
	if err := f(db); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	for ask(t, url, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'touching' AND datname = current_database()") > 0 {
		time.Sleep(10 * time.Millisecond)
	}
	if n := ask(t, url, rows) - before; n == 0 || n > most {
		t.Errorf("%s: looked at %d rows, want some, at most %d", what, n, most)
	}
}
