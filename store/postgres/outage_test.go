package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/postgres"
	"securetext/store/seal"
	"securetext/store/storetest"
	"securetext/store/token"
)

// calls are some of every kind: grouped, large, shared, and reading.
func calls(tb testing.TB, c *storetest.Clinic) map[string]func(context.Context) error {
	tb.Helper()
	acceptance := func(files ...seal.Plaintext) store.Acceptance {
		return c.Acceptance(c.Write(tb, storetest.Number(1), seal.Plaintext("x"), files...))
	}
	bulky := c.Acceptance(c.Write(tb, storetest.Number(1), make(seal.Plaintext, 1<<20)))
	small, large, keyed := acceptance(), acceptance(make(seal.Plaintext, 1<<20)), acceptance()
	keyed.Idempotency = &store.Idempotency{Key: "k"}
	return map[string]func(context.Context) error{
		"Accept small": func(ctx context.Context) error { _, err := c.Accept(ctx, small); return err },
		"Accept bulky": func(ctx context.Context) error { _, err := c.Accept(ctx, bulky); return err },
		"Accept large": func(ctx context.Context) error { _, err := c.Accept(ctx, large); return err },
		"Accept keyed": func(ctx context.Context) error { _, err := c.Accept(ctx, keyed); return err },
		"Due": func(ctx context.Context) error {
			_, err := c.Due(ctx, 1, time.Minute, storetest.Noon)
			return err
		},
		"Sent": func(ctx context.Context) error {
			return c.Sent(ctx, []store.SentText{{Text: "txt_none"}}, storetest.Noon)
		},
		"Message": func(ctx context.Context) error {
			_, err := c.Message(ctx, token.Hash{}, store.Viewer{}, storetest.Noon)
			return err
		},
		"Read": func(ctx context.Context) error { return c.Read(ctx, "msg_none", store.Viewer{}, storetest.Noon) },
		"Link": func(ctx context.Context) error {
			_, err := c.Link(ctx, token.Hash{}, store.DeviceHash{}, storetest.Noon)
			return err
		},
		"Ping": c.Ping,
	}
}

func TestServerStoppedAndStartedAgain(t *testing.T) {
	cable, url := through(t, database(t, template(t)))
	clinic := storetest.NewClinic(t, open(t, url))
	all := calls(t, clinic)
	cable.cut()
	for range 2 { // the second time there is no connection left to lose
		for name, call := range all {
			started := time.Now()
			if err := call(t.Context()); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s while the server is stopped: got error %v, want ErrUnavailable", name, err)
			}
			if took := time.Since(started); took > 2*time.Second {
				t.Errorf("%s while the server is stopped: took %v", name, took)
			}
		}
	}
	cable.mend()
	for name, call := range all {
		if err := call(t.Context()); err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s after the server came back: %v", name, err)
		}
	}
}

func TestSilentServerHoldsNobodyPastTheContext(t *testing.T) {
	cable, url := through(t, database(t, template(t)))
	clinic := storetest.NewClinic(t, open(t, url))
	all := calls(t, clinic)
	cable.freeze()
	for name, call := range all {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		started := time.Now()
		err := call(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s of a silent server: got error %v", name, err)
		}
		if took := time.Since(started); took > 2*time.Second {
			t.Errorf("%s of a silent server: took %v", name, took)
		}
	}
	cable.cut()
	cable.mend()
	if err := clinic.Ping(t.Context()); err != nil {
		t.Errorf("Ping after the network came back: %v", err)
	}
	m := clinic.Write(t, storetest.Number(2), seal.Plaintext("x"))
	if _, err := clinic.Accept(t.Context(), clinic.Acceptance(m)); err != nil {
		t.Errorf("Accept after the network came back: %v", err)
	}
}

// A restart ends every connection at once, with a word or without.
func TestConnectionsEndedByTheServer(t *testing.T) {
	url := database(t, template(t))
	clinic := storetest.NewClinic(t, open(t, url))
	m := clinic.Write(t, storetest.Number(1), seal.Plaintext("x"))
	execute(t, server(t), `
		SELECT pg_terminate_backend(pid)
		  FROM pg_stat_activity
		 WHERE datname = '`+nameOf(t, url)+`'`)
	for range 20 {
		m.ID = store.NewMessageID(storetest.Noon)
		_, err := clinic.Accept(t.Context(), clinic.Acceptance(m))
		if err == nil {
			return
		}
		if !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("Accept: got error %v, want none or ErrUnavailable", err)
		}
	}
	t.Error("Accept: no connection was made anew")
}

func TestOpenUnreachable(t *testing.T) {
	cable, url := through(t, server(t))
	cable.freeze()
	started := time.Now()
	_, err := postgres.Open(t.Context(), with(t, url, "connect_timeout", "1"))
	if !errors.Is(err, store.ErrUnavailable) || time.Since(started) > 5*time.Second {
		t.Errorf("Open of a silent server: got error %v after %v, want ErrUnavailable soon", err, time.Since(started))
	}
	cable.cut()
	if _, err := postgres.Open(t.Context(), url); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Open of a stopped server: got error %v, want ErrUnavailable", err)
	}
}

func TestStatementThatWaitsTooLong(t *testing.T) {
	url := database(t, template(t))
	clinic := storetest.NewClinic(t, open(t, with(t, url, "statement_timeout", "200")))
	m := clinic.Write(t, storetest.Number(1), seal.Plaintext("x"))
	if _, err := clinic.Accept(t.Context(), clinic.Acceptance(m)); err != nil {
		t.Fatalf("Accept: %v", err)
	}
	release := lock(t, url, `LOCK recipients, events`)
	if err := clinic.RevokeSessions(t.Context(), clinic.Org.ID, m.To.ID, storetest.Ana, storetest.Noon); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("RevokeSessions: got error %v, want ErrUnavailable", err)
	}
	m.ID = store.NewMessageID(storetest.Noon)
	if _, err := clinic.Accept(t.Context(), clinic.Acceptance(m)); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Accept: got error %v, want ErrUnavailable", err)
	}
	release()
	if _, err := clinic.Accept(t.Context(), clinic.Acceptance(m)); err != nil {
		t.Errorf("Accept after the lock was let go: %v", err)
	}
}
