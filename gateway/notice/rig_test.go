package notice

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/sqlite/sqlitetest"
	"securetext/store/storetest"
)

// noon is when the messages of the tests are accepted.
var noon = storetest.Noon

const theNumber = "+12114367789"

// A rig is a clinic in a real store, with a smarthost at the other end. Its
// clock starts a minute after noon, and can be put forward.
type rig struct {
	*storetest.Clinic
	clock
	notices faulty
	peer    *peer
	log     *logBook
	metrics *prometheus.Registry
}

func newRig(t testing.TB, p *peer) *rig {
	t.Helper()
	db := sqlitetest.Open(t, filepath.Join(t.TempDir(), "notices.db"))
	r := &rig{Clinic: storetest.NewClinic(t, db), peer: p, log: &logBook{}, metrics: prometheus.NewRegistry()}
	r.clock.start, r.notices.Notices = time.Now(), db
	return r
}

// accept stores so many messages whose sender wants to hear of these steps.
func (r *rig) accept(t testing.TB, n int, notify store.Notify) []store.MessageID {
	t.Helper()
	var messages []store.Message
	var ids []store.MessageID
	for range n {
		m := r.Write(t, theNumber, seal.Plaintext("Zebulon is well."))
		m.Notify, m.EnvID = notify, "QQ314159"
		messages, ids = append(messages, m), append(ids, m.ID)
	}
	if _, err := r.Accept(t.Context(), r.Acceptance(messages...)); err != nil {
		t.Fatal(err)
	}
	return ids
}

// accepted stores so many messages, each with a notice that it was accepted.
func (r *rig) accepted(t testing.TB, n int) []store.MessageID {
	t.Helper()
	return r.accept(t, n, store.NotifyAccepted)
}

func (r *rig) smarthost(t testing.TB, change ...func(*SmarthostConfig)) *Smarthost {
	t.Helper()
	c := SmarthostConfig{Addr: r.peer.addr, Hostname: "clinic.example", User: user, Password: password, TLS: r.peer.trust}
	for _, f := range change {
		f(&c)
	}
	s, err := NewSmarthost(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (r *rig) mailer(t testing.TB, change ...func(*Config)) *Mailer {
	t.Helper()
	c := Config{
		Store: &r.notices, Keys: r.Keys, From: "Secure mail <notices@clinic.example>", Hostname: "clinic.example",
		OwnDomains: []string{"secure.text"}, Log: r.log.logger(), Now: r.now, Poll: 2 * time.Millisecond,
		Lease: 24 * time.Hour, // tests let much time pass while mails are in hand
	}
	if r.peer != nil {
		c.Sender = r.smarthost(t)
	}
	for _, f := range change {
		f(&c)
	}
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// run starts a mailer. The function it returns stops it and waits for its end;
// the end of the test does so too.
func (r *rig) run(t testing.TB, change ...func(*Config)) (stop func()) {
	t.Helper()
	m := r.mailer(t, change...)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := m.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return stop
}

// outcome is what became of the notice about a message: "sent", or why it was
// given up; empty while it waits.
func (r *rig) outcome(t testing.TB, id store.MessageID) string {
	t.Helper()
	list, err := r.Events(t.Context(), store.EventFilter{Message: id})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		switch e.Kind {
		case store.Notified:
			return "sent"
		case store.NotNotified:
			_, reason, _ := strings.Cut(e.Detail, " ")
			return reason
		}
	}
	return ""
}

// deferrals is how often a notice was put off.
func (r *rig) deferrals(id store.MessageID) int {
	return strings.Count(r.log.String(), "notice put off\" message="+string(id))
}

// until waits until notices have come to an end.
func (r *rig) until(t testing.TB, want string, ids ...store.MessageID) {
	t.Helper()
	for _, id := range ids {
		wait(t, "outcome "+want, func() bool { return r.outcome(t, id) != "" })
		if got := r.outcome(t, id); got != want {
			t.Fatalf("outcome %q, want %q; the log: %s", got, want, r.log.String())
		}
	}
}

// pass lets time pass, in steps, until something is so. On a busy machine a step
// waits for the mailer to have done what is due, so that no time is lost to it.
func (r *rig) pass(t testing.TB, step time.Duration, what string, is func() bool) {
	t.Helper()
	for range 500 {
		if is() {
			return
		}
		r.forward(step)
		at := r.now().UnixNano()
		for end := time.Now().Add(250 * time.Millisecond); r.notices.idle.Load() < at && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
	}
	t.Fatalf("let time pass in vain for %s; the log: %s", what, r.log.String())
}

func wait(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// clock runs from a minute after noon, and can be put forward.
type clock struct {
	start time.Time
	ahead atomic.Int64
}

func (c *clock) now() time.Time {
	return noon.Add(time.Minute + time.Since(c.start) + time.Duration(c.ahead.Load()))
}

func (c *clock) forward(d time.Duration) { c.ahead.Add(int64(d)) }

// logBook keeps what was logged.
type logBook struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (b *logBook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out.Write(p)
}

func (b *logBook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out.String()
}

func (b *logBook) logger() *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

// senderFunc is a Sender of one function.
type senderFunc func(ctx context.Context, to string, mail []byte) error

func (f senderFunc) Send(ctx context.Context, to string, mail []byte) error { return f(ctx, to, mail) }

// overdue stores a message that nobody reads in time. Each round its sender or its
// org's webhook is told, as the round says.
func (r *rig) overdue(t testing.TB, rounds ...store.Watched) store.MessageID {
	t.Helper()
	return r.overdueAt(t, r.Clinic, rounds...)
}

// overdueAt is overdue at a clinic of the same store.
func (r *rig) overdueAt(t testing.TB, c *storetest.Clinic, rounds ...store.Watched) store.MessageID {
	t.Helper()
	m := c.Write(t, theNumber, seal.Plaintext("Zebulon is well."))
	m.Notify, m.ReadBy = store.NotifyOverdue, noon.Add(time.Hour)
	_, err := c.Accept(t.Context(), c.Acceptance(m))
	must(t, err)
	for i, round := range rounds {
		at := noon.Add(time.Duration(i+1) * time.Hour)
		due, err := c.DueWatches(t.Context(), 10, time.Minute, at)
		if err != nil || len(due) != 1 {
			t.Fatalf("%d watches are due, %v", len(due), err)
		}
		round.Message, round.Attempt, round.Rounds, round.Overdue = m.ID, due[0].Attempt, i+1, i == 0
		if i+1 < len(rounds) {
			round.Due = at.Add(time.Hour)
		}
		must(t, c.Watched(t.Context(), round, noon))
	}
	return m.ID
}
