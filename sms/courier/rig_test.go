package courier_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/sms/twilio"
	"securetext/sms/twilio/twiliofake"
	"securetext/store"
	"securetext/store/seal"
	"securetext/store/sqlite/sqlitetest"
	"securetext/store/storetest"
)

const (
	sid       = "AC00000000000000000000000000000000"
	authToken = "sesame"
	publicURL = "https://clinic.example"
)

// A rig is a clinic in a real store, with the fake at the other end of the line
// and its callbacks taken in. Its clock starts at noon, and can be put forward.
type rig struct {
	*storetest.Clinic
	*clock
	index  seal.Index // of codes
	fake   *twiliofake.Fake
	sender *twilio.Twilio
	log    *logBook
	path   string // of the store's file
	heard  func() *courier.Receipts
}

func newRig(t testing.TB, change ...func(*twilio.Config)) *rig {
	t.Helper()
	r := &rig{clock: &clock{start: time.Now()}, index: seal.NewIndex(seal.NewKey()), log: &logBook{}, path: filepath.Join(t.TempDir(), "texts.db")}
	db := sqlitetest.Open(t, r.path)
	r.Clinic = storetest.NewClinic(t, db)
	r.fake = twiliofake.New(twiliofake.Account{SID: sid, AuthToken: authToken}, r.now, nil)
	api, hook := httptest.NewServer(r.fake), httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.heard().ServeHTTP(w, req)
	}))
	r.heard = func() *courier.Receipts { return r.receipts(r.Store) }
	c := twilio.Config{
		AccountSID: sid, AuthToken: authToken, From: "+15550000001", BaseURL: api.URL,
		CallbackURL: hook.URL + "/callbacks/twilio",
	}
	for _, f := range change {
		f(&c)
	}
	sender, err := twilio.New(c)
	if err != nil {
		t.Fatal(err)
	}
	r.sender = sender
	t.Cleanup(func() { r.fake.Close(); api.Close(); hook.Close() })
	return r
}

func (r *rig) receipts(s store.Outbox) *courier.Receipts {
	return &courier.Receipts{Store: s, Listener: r.sender, Log: r.log.logger(), Now: r.now}
}

// roads are those of all orgs, in the order in which they are tried.
type roads []courier.Road

// through is one road, without limits.
func through(s sms.Sender) roads { return roads{{Line: s.Name(), Sender: s, Check: 5 * time.Minute}} }

func (r roads) Of(string) []courier.Road { return r }

func (r roads) Sandbox() courier.Road { return courier.Road{Line: "sandbox"} }

func (r roads) Named(line string) (courier.Road, bool) {
	for _, road := range r {
		if road.Line == line {
			return road, true
		}
	}
	return courier.Road{}, false
}

// accept stores a message to each number, and returns their ids.
func (r *rig) accept(t testing.TB, numbers ...int) []store.MessageID {
	t.Helper()
	var messages []store.Message
	var ids []store.MessageID
	for _, n := range numbers {
		m := r.Write(t, storetest.Number(n), seal.Plaintext("Your result is ready."))
		messages, ids = append(messages, m), append(ids, m.ID)
	}
	if _, err := r.Accept(t.Context(), r.Acceptance(messages...)); err != nil {
		t.Fatal(err)
	}
	return ids
}

func (r *rig) config(change ...func(*courier.Config)) courier.Config {
	c := courier.Config{
		Store: r.Store, Directory: r.Store, Keys: r.Keys, Index: r.index, Roads: through(r.sender), PublicURL: publicURL,
		Log: r.log.logger(), Now: r.now, Poll: 5 * time.Millisecond,
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

// run starts a courier. The function it returns stops it and waits for its end;
// the end of the test does so too.
func (r *rig) run(t testing.TB, change ...func(*courier.Config)) (stop func()) {
	t.Helper()
	c, err := courier.New(r.config(change...))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := c.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return stop
}

func (r *rig) status(t testing.TB, id store.MessageID) store.Kind {
	t.Helper()
	list, err := r.Messages(t.Context(), store.MessageFilter{ID: id})
	if err != nil || len(list) != 1 {
		t.Fatalf("Messages: %d, %v", len(list), err)
	}
	return list[0].Status
}

// until waits until the messages have a status.
func (r *rig) until(t testing.TB, want store.Kind, ids ...store.MessageID) {
	t.Helper()
	for _, id := range ids {
		wait(t, "status "+string(want), func() bool { return r.status(t, id) == want })
	}
}

// events returns the kinds and details of a message's events.
func (r *rig) events(t testing.TB, id store.MessageID) string {
	t.Helper()
	list, err := r.Events(t.Context(), store.EventFilter{Message: id})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range list {
		all = append(all, strings.TrimSuffix(string(e.Kind)+":"+e.Detail, ":"))
	}
	return strings.Join(all, " ")
}

func (r *rig) untilEvent(t testing.TB, id store.MessageID, want string) {
	t.Helper()
	wait(t, "event "+want, func() bool { return strings.Contains(r.events(t, id), want) })
}

func wait(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// leaps is a lease for tests that let much time pass while texts are in hand.
const leaps = 24 * time.Hour

// pass lets minutes pass until something is so, each time the courier is quiet.
func (r *rig) pass(t testing.TB, what string, is func() bool) {
	t.Helper()
	for range 300 {
		if is() {
			return
		}
		for before := -1; before != r.log.len(); time.Sleep(40 * time.Millisecond) {
			before = r.log.len()
		}
		r.forward(5 * time.Minute)
	}
	t.Fatalf("let time pass in vain for %s; the log ends:\n%s", what, r.log.tail())
}

// clock runs from noon, and can be put forward.
type clock struct {
	start time.Time
	ahead atomic.Int64
}

func (c *clock) now() time.Time {
	return storetest.Noon.Add(time.Since(c.start) + time.Duration(c.ahead.Load()))
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

func (b *logBook) len() int { return len(b.String()) }

func (b *logBook) logger() *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

// senderFunc is a sender of one function, that cannot be asked what went out.
type senderFunc func(context.Context, sms.Text) (sms.Receipt, error)

func (senderFunc) Name() string { return "func" }

func (f senderFunc) Send(ctx context.Context, t sms.Text) (sms.Receipt, error) { return f(ctx, t) }

// tail is the end of the log, for a failing test to show.
func (b *logBook) tail() string {
	s := b.String()
	return s[max(0, len(s)-4000):]
}
