package notice

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/store"
	"securetext/store/seal"
)

// noon is when the notices of the tests are queued.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const theNumber = "+12114367789"

// A rig is a clinic whose notices wait in a queue, with a smarthost at the other
// end. Its clock starts a minute after noon, and can be put forward.
type rig struct {
	queue
	clock
	peer    *peer
	log     logBook
	org     store.Org
	keys    *seal.Keyring
	metrics *prometheus.Registry
	written int
}

func newRig(t testing.TB, p *peer) *rig {
	t.Helper()
	source := orgKeys{}
	r := &rig{peer: p, keys: seal.NewKeyring(source, seal.NewKey()), metrics: prometheus.NewRegistry()}
	r.clock.start = time.Now()
	r.org = store.Org{ID: "org_1", Name: "Lakeside Clinic", Lang: "en", Policy: store.Policy{Confirm: store.ConfirmAlways}}
	source["org_1"] = r.keys.NewOrgKey("org_1", 1)
	return r
}

// orgKeys is where stored org keys come from.
type orgKeys map[string]seal.OrgKey

func (s orgKeys) OrgKey(_ context.Context, org string, _ int) (seal.OrgKey, error) {
	if k, ok := s[org]; ok {
		return k, nil
	}
	return seal.OrgKey{}, store.ErrNotFound
}

// notice is one about a step of a new message.
func (r *rig) notice(t testing.TB, kind store.Kind, detail string) store.DueNotice {
	t.Helper()
	r.written++
	d := store.DueNotice{
		Kind: kind, Detail: detail, At: noon, Org: r.org,
		Sender:  store.Sender{ID: "snd_1", Org: r.org.ID, Email: "reyes@lakeside.example"},
		Message: store.MessageID(fmt.Sprintf("msg_0%d", r.written)), Reference: "visit 12",
		Created: noon.Add(-10 * time.Minute), Queued: noon, Recipient: "rcp_1",
	}
	key, wrapped, err := r.keys.NewDataKey(t.Context(), d.Place())
	if err != nil {
		t.Fatal(err)
	}
	d.NumberKey, d.Number = wrapped, key.Seal(seal.Plaintext(theNumber), d.Place())
	return d
}

// failed queues so many notices of failed messages.
func (r *rig) failed(t testing.TB, n int) []*row {
	t.Helper()
	rows := make([]*row, n)
	for i := range rows {
		rows[i] = r.add(r.notice(t, store.Failed, "twilio_30005"))
	}
	return rows
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
		Store: &r.queue, Keys: r.keys, From: "Secure mail <notices@clinic.example>", Hostname: "clinic.example",
		OwnDomains: []string{"secure.text"}, Log: r.log.logger(), Now: r.now, Poll: 2 * time.Millisecond,
	}
	for _, f := range change {
		f(&c)
	}
	if c.Sender == nil {
		c.Sender = r.smarthost(t)
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

// until waits until a notice has come to an end.
func (r *rig) until(t testing.TB, want string, rows ...*row) {
	t.Helper()
	for _, w := range rows {
		wait(t, "outcome "+want, func() bool { got, _ := r.outcome(w); return got != "" })
		if got, _ := r.outcome(w); got != want {
			t.Fatalf("outcome %q, want %q; the log: %s", got, want, r.log.String())
		}
	}
}

// pass lets time pass, in steps, until something is so.
func (r *rig) pass(t testing.TB, step time.Duration, what string, is func() bool) {
	t.Helper()
	for range 500 {
		if is() {
			return
		}
		r.forward(step)
		time.Sleep(15 * time.Millisecond)
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
