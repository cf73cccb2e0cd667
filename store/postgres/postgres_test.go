package postgres_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"securetext/store"
	"securetext/store/storetest"
)

// TestStore gives the cases, which run one after another, one database that is
// emptied between them: making one takes longer than a case.
func TestStore(t *testing.T) {
	url := database(t, template(t))
	storetest.Run(t, func(t *testing.T) store.Store {
		execute(t, url, "DELETE FROM "+strings.Join(tables, "; DELETE FROM "))
		return open(t, url)
	})
}

// tables are all of the schema, those that others refer to last.
var tables = []string{
	"alert_rules", "alerts", "ask_messages", "asks", "attachments", "challenges", "chunks", "codes", "credentials", "devices", "drafts", "events", "forgotten", "holds", "idempotency", "lines", "links", "lookout_state",
	"log_checkpoints", "log_gaps", "log_leaves", "log_pushes", "log_state", "log_tiles", "message_keys", "messages", "notices",
	"number_hashes", "org_keys", "org_logos", "org_versions", "outbox", "passkeys", "phone_keys", "recipients", "removals", "repeats", "replies", "senders", "smarthosts", "ceremonies", "provider_domains", "providers", "staff_passkeys", "staff_places", "staff_recovery", "staff", "tallies", "texts", "watches", "orgs",
}

func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, func(b *testing.B) store.Store { return fresh(b) })
}

func TestS34Tampering(t *testing.T) {
	url := database(t, template(t))
	storetest.Tamper(t, func(t *testing.T) (store.Store, storetest.Superuser) {
		execute(t, url, "DELETE FROM "+strings.Join(tables, "; DELETE FROM "))
		return open(t, url), storetest.Superuser{
			OwnSeq: `INSERT INTO events (seq, org_id, kind, actor_kind, actor_id, addr, detail, at) OVERRIDING SYSTEM VALUE`,
			Do: func(query string, args ...any) {
				conn, err := pgx.Connect(t.Context(), url)
				if err != nil {
					t.Fatalf("connect: %v", err)
				}
				defer conn.Close(t.Context())
				if _, err := conn.Exec(t.Context(), query, args...); err != nil {
					t.Fatalf("%s: %v", query, err)
				}
			},
		}
	})
}
