package postgres_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"securetext/store"
	"securetext/store/postgres"
	"securetext/store/storetest"
)

func TestSeveralProcessesStartAtOnce(t *testing.T) {
	url := database(t, "")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			db, err := postgres.Open(t.Context(), url)
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			if err := db.Ping(t.Context()); err != nil {
				t.Errorf("Ping: %v", err)
			}
			db.Close()
		})
	}
	wg.Wait()
	storetest.NewClinic(t, open(t, url))
}

func TestNewerSchemaIsRefused(t *testing.T) {
	url := database(t, template(t))
	execute(t, url, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (1000, true)`)
	if _, err := postgres.Open(t.Context(), url); !errors.Is(err, store.ErrNewerSchema) {
		t.Errorf("Open: got error %v, want ErrNewerSchema", err)
	}
}

func TestUnreadableURLIsNotQuoted(t *testing.T) {
	_, err := postgres.Open(t.Context(), "postgres://user:hunter2@host:notaport/db")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Open: got error %v, want one without the password", err)
	}
}

// What was answered must outlive a crash, whatever the database's own default.
func TestCommitsAreSynchronous(t *testing.T) {
	url := database(t, template(t))
	execute(t, url, "ALTER DATABASE "+nameOf(t, url)+" SET synchronous_commit = off")
	for _, u := range []string{url, with(t, url, "synchronous_commit", "off")} {
		got, err := open(t, u).Show(t.Context(), "synchronous_commit")
		if err != nil || got != "on" {
			t.Errorf("synchronous_commit: got %q, %v, want on", got, err)
		}
	}
}
