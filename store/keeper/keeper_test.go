package keeper

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/store"
	"securetext/store/audit"
	"securetext/store/merkle"
	"securetext/store/notary"
	"securetext/store/seal"
	"securetext/store/sqlite/sqlitetest"
	"securetext/store/storetest"
)

// clocked is a clinic's store with a keeper and a notary on one clock.
type clocked struct {
	*storetest.Clinic
	*Keeper
	registry *prometheus.Registry
	now      time.Time
	notary   *notary.Notary
	key      *merkle.Key
}

func newClocked(t *testing.T) *clocked {
	t.Helper()
	db := sqlitetest.Open(t, filepath.Join(t.TempDir(), "store.db"))
	c := &clocked{Clinic: storetest.NewClinic(t, db), registry: prometheus.NewRegistry(), now: storetest.Noon, key: merkle.NewKey([32]byte{1})}
	var err error
	c.Keeper, err = New(Config{
		Store: db, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Metrics: c.registry,
		Now: func() time.Time { return c.now }, Rest: time.Nanosecond,
	})
	if err == nil {
		c.notary, err = notary.New(notary.Config{Store: db, Keys: []*merkle.Key{c.key}, Origin: "log.example", Now: func() time.Time { return c.now }})
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// metric is the value of a metric, with a label if one is given.
func (c *clocked) metric(t *testing.T, name, label string) float64 {
	t.Helper()
	families, err := c.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && (label == "" || m.GetLabel()[0].GetValue() == label) {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	t.Fatalf("no metric %s of %q", name, label)
	return 0
}

func (c *clocked) seal(t *testing.T) {
	t.Helper()
	if err := c.notary.Seal(t.Context()); err != nil {
		t.Fatalf("Seal: %v", err)
	}
}

// After six years nothing is left of a message; its events go a round later, and the
// log is whole.
func TestS33RecordsGoAfterSixYears(t *testing.T) {
	c := newClocked(t)
	for i := range 5 {
		m := c.Write(t, storetest.Number(i), seal.Plaintext("x"))
		if _, err := c.Accept(t.Context(), c.Acceptance(m)); err != nil {
			t.Fatal(err)
		}
	}
	c.seal(t)
	c.now = storetest.Noon.Add(31 * 24 * time.Hour)
	if n, err := c.Expire(t.Context(), 10, c.now); err != nil || n != 5 {
		t.Fatalf("Expire: got %d, %v", n, err)
	}
	c.seal(t)
	c.now = c.now.Add(store.MinKeep + time.Hour)
	for range 2 {
		if err := c.round(t.Context()); err != nil {
			t.Fatalf("round: %v", err)
		}
		c.seal(t)
	}
	if list, err := c.Messages(t.Context(), store.MessageFilter{}); err != nil || len(list) != 0 {
		t.Errorf("Messages: got %d, %v, want none", len(list), err)
	}
	events, err := c.Events(t.Context(), store.EventFilter{})
	if err != nil || len(events) == 0 {
		t.Fatalf("Events: %v", err)
	}
	for _, e := range events {
		if e.At.Before(c.now.Add(-time.Minute)) {
			t.Errorf("Events: %s of %v is still there", e.Kind, e.At)
		}
	}
	report, err := audit.Verifier{Store: c.Clinic.Store, Keys: []*merkle.Key{c.key}}.Verify(t.Context())
	if err != nil || report.Removed < 10 || report.Events != int64(len(events)) {
		t.Errorf("Verify: got %+v, %v", report, err)
	}
	for what, want := range map[string]float64{"messages": 5, "recipients": 5, "events": float64(report.Removed)} {
		if got := c.metric(t, "securetext_retention_removed_total", what); got != want {
			t.Errorf("removed %v %s, want %v", got, what, want)
		}
	}
}

func TestMetricsTellHowFarBehindItIs(t *testing.T) {
	c := newClocked(t)
	m := c.Write(t, storetest.Number(1), seal.Plaintext("x"))
	if _, err := c.Accept(t.Context(), c.Acceptance(m)); err != nil {
		t.Fatal(err)
	}
	c.now = m.Expires.Add(time.Minute)
	if got := c.metric(t, "securetext_retention_content_seconds", ""); got != 60 {
		t.Errorf("content is behind by %v s, want 60", got)
	}
}

// broken is a store that is away.
type broken struct{ Config }

func (broken) Orgs(context.Context) ([]store.Org, error) { return nil, store.ErrUnavailable }

func TestARoundThatFailsIsNotTold(t *testing.T) {
	c := newClocked(t)
	c.now = c.now.Add(time.Hour)
	c.Config.Store = struct {
		store.Retention
		broken
	}{Retention: c.Clinic.Store}
	if err := c.round(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("round: got %v", err)
	}
	if got := c.metric(t, "securetext_retention_round_seconds", ""); got != 3600 {
		t.Errorf("the last round was %v s ago, want 3600", got)
	}
}
