package notary_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"securetext/store"
	"securetext/store/audit"
	"securetext/store/merkle"
	"securetext/store/notary"
	"securetext/store/sqlite/sqlitetest"
	"securetext/store/storetest"
)

var key = merkle.NewKey([32]byte{1})

// desk is a store with a clinic, and a clock.
type desk struct {
	*storetest.Clinic
	mu  sync.Mutex
	now time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	s := sqlitetest.Open(t, filepath.Join(t.TempDir(), "store.db"))
	return &desk{Clinic: storetest.NewClinic(t, s), now: storetest.Noon}
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) later(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// event writes one.
func (d *desk) event(t *testing.T) {
	t.Helper()
	id := store.NewKeyID(d.clock())
	p := store.AppPassword{ID: id, Org: d.Org.ID, Sender: d.Sender.ID, Hash: store.HashSecret(string(id))}
	if err := d.AddAppPassword(t.Context(), p, storetest.Ana, d.clock()); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) config() notary.Config {
	return notary.Config{
		Store: d.Store, Keys: []*merkle.Key{key}, Origin: "log.example", Now: d.clock,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Poll: time.Millisecond,
	}
}

func (d *desk) checkpoints(t *testing.T) []store.StoredCheckpoint {
	t.Helper()
	list, err := d.Checkpoints(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// run runs a notary until what is awaited has come, and ends it.
func (d *desk) run(t *testing.T, c notary.Config, what string, done func() bool) {
	t.Helper()
	n, err := notary.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := n.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	defer running.Wait()
	defer stop()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func TestS34ACheckpointIsSignedOnceAMinuteAtMostAndOnlyOfWhatIsNew(t *testing.T) {
	d := newDesk(t)
	var signed []int
	for minute := range 4 {
		for range 3 { // rounds within the minute
			d.run(t, d.config(), "all have places", func() bool {
				s, err := d.LogState(t.Context())
				return err == nil && s.Waiting == 0 && (minute > 0 || len(d.checkpoints(t)) > 0)
			})
			if minute != 2 { // in which nothing happens
				d.event(t)
			}
			d.later(20 * time.Second)
		}
		signed = append(signed, len(d.checkpoints(t)))
	}
	if signed[0] != 1 || signed[3] > 4 {
		t.Errorf("checkpoints by minute: %v, want one a minute at most", signed)
	}
	var last time.Time
	for _, c := range d.checkpoints(t) {
		if !last.IsZero() && c.At.Sub(last) < time.Minute {
			t.Errorf("a checkpoint at %v, after one at %v", c.At, last)
		}
		last = c.At
	}
}

// Before the first event there is nothing to sign, and nothing wrong.
func TestAnEmptyLogIsNoFault(t *testing.T) {
	d := newDesk(t)
	c := d.config()
	c.Store = sqlitetest.Open(t, filepath.Join(t.TempDir(), "empty.db"))
	n, err := notary.New(c)
	if err == nil {
		err = n.Seal(t.Context())
	}
	if err != nil {
		t.Errorf("Seal: %v", err)
	}
}

func TestS34WhatWasSealedCanBeVerified(t *testing.T) {
	d := newDesk(t)
	n, err := notary.New(d.config())
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		d.event(t)
		d.later(time.Second)
		if err := n.Seal(t.Context()); err != nil {
			t.Fatalf("Seal: %v", err)
		}
		if err := n.Seal(t.Context()); err != nil {
			t.Fatalf("Seal of nothing new: %v", err)
		}
	}
	r, err := audit.Verifier{Store: d.Store, Keys: []*merkle.Key{key}}.Verify(t.Context())
	if err != nil || r.Checkpoints != 5 || r.Unproved != 0 || r.Events != 7 {
		t.Errorf("Verify: got %+v, %v", r, err)
	}
}

func TestS34EightNotariesMakeOneLog(t *testing.T) {
	d := newDesk(t)
	var all sync.WaitGroup
	for range 8 {
		n, err := notary.New(d.config())
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for range 5 {
				d.event(t)
				if err := n.Seal(t.Context()); err != nil {
					t.Errorf("Seal: %v", err)
				}
			}
		})
	}
	all.Wait()
	r, err := audit.Verifier{Store: d.Store, Keys: []*merkle.Key{key}}.Verify(t.Context())
	if err != nil || r.Events != 42 || r.Unproved != 0 {
		t.Errorf("Verify: got %+v, %v, want 42 events", r, err)
	}
}

func TestS34AnotherKeySignsNothing(t *testing.T) {
	d := newDesk(t)
	seal := func(c notary.Config) error {
		t.Helper()
		d.event(t)
		n, err := notary.New(c)
		if err != nil {
			t.Fatal(err)
		}
		return n.Seal(t.Context())
	}
	if err := seal(d.config()); err != nil {
		t.Fatal(err)
	}
	other := d.config()
	next := merkle.NewKey([32]byte{2})
	other.Keys = []*merkle.Key{next}
	if err := seal(other); !errors.Is(err, notary.ErrTampered) {
		t.Errorf("Seal by another key: got %v, want ErrTampered", err)
	}
	other.Keys = []*merkle.Key{next, key}
	if err := seal(other); err != nil {
		t.Errorf("Seal by the next key, with the former one: %v", err)
	}
	if r, err := (audit.Verifier{Store: d.Store, Keys: other.Keys}).Verify(t.Context()); err != nil {
		t.Errorf("Verify by both: %+v, %v", r, err)
	}
	lost := d.config()
	last := merkle.NewKey([32]byte{3})
	lost.Keys, lost.Former = []*merkle.Key{last}, []merkle.PublicKey{next.Public()}
	if err := seal(lost); err != nil {
		t.Errorf("Seal when the former key is lost: %v", err)
	}
	v := audit.Verifier{Store: d.Store, Keys: lost.Keys, Lost: []merkle.PublicKey{next.Public(), key.Public()}}
	if r, err := v.Verify(t.Context()); err != nil || r.Checkpoints != 3 {
		t.Errorf("Verify when former keys are lost: %+v, %v", r, err)
	}
}

func TestS34ALogBehindWhatAFileKnowsIsNotSigned(t *testing.T) {
	d := newDesk(t)
	path := filepath.Join(t.TempDir(), "checkpoints")
	seen, err := notary.LastInFile(path, key.Public())
	if err != nil || seen.Size != 0 {
		t.Fatalf("LastInFile of none: %+v, %v", seen, err)
	}
	ahead := merkle.Checkpoint{Origin: "log.example", Size: 1000, At: storetest.Noon}
	signed, err := key.Sign(ahead)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 { // more than is read at once
		if err := notary.ToFile("host", path).Push(t.Context(), ahead, signed); err != nil {
			t.Fatal(err)
		}
	}
	c := d.config()
	if c.Seen, err = notary.LastInFile(path, key.Public()); err != nil || c.Seen != ahead {
		t.Fatalf("LastInFile: %+v, %v", c.Seen, err)
	}
	if all, err := notary.InFile(path, key.Public()); err != nil || len(all) != 200 {
		t.Errorf("InFile: got %d, %v", len(all), err)
	}
	if _, err := notary.LastInFile(path, merkle.NewKey([32]byte{9}).Public()); err == nil {
		t.Error("LastInFile: another's checkpoints are taken")
	}
	broken := prometheus.NewRegistry()
	c.Metrics = broken
	d.run(t, c, "the metric says so", func() bool {
		page := httptest.NewRecorder()
		promhttp.HandlerFor(broken, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
		return strings.Contains(page.Body.String(), "securetext_log_broken 1\n")
	})
	if n := len(d.checkpoints(t)); n != 0 {
		t.Errorf("%d checkpoints were signed", n)
	}
}

func TestS34AnEventThatWaitsIsNotBehindACheckpointsTime(t *testing.T) {
	// 2,500 events of an hour ago have no places yet: a checkpoint in the middle must
	// not make those behind it look as if they were inserted.
	d := newDesk(t)
	for range 2500 {
		d.event(t)
	}
	d.later(time.Hour)
	if _, err := d.Sequence(t.Context(), 1000, key.Mark, d.clock()); err != nil {
		t.Fatal(err)
	}
	c := d.config()
	c.Checkpoint = time.Nanosecond
	d.run(t, c, "all is signed", func() bool {
		d.later(time.Millisecond)
		last, err := d.LastCheckpoint(t.Context())
		return err == nil && last.Size == 2502
	})
	if n := len(d.checkpoints(t)); n < 2 {
		t.Errorf("got %d checkpoints, want some in the middle", n)
	}
	if r, err := (audit.Verifier{Store: d.Store, Keys: []*merkle.Key{key}}).Verify(t.Context()); err != nil {
		t.Errorf("Verify: %+v, %v", r, err)
	}
}
