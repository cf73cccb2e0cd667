package postgres_test

import (
	"strings"
	"testing"

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
	"attachments", "chunks", "codes", "credentials", "devices", "events", "idempotency", "lines", "links", "message_keys", "messages", "notices",
	"org_keys", "outbox", "recipients", "repeats", "senders", "smarthosts", "staff_recovery", "staff", "texts", "watches", "orgs",
}

func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, func(b *testing.B) store.Store { return fresh(b) })
}
