package console_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/gateway/limit"
	"securetext/pickup/password"
	"securetext/pickup/session"
	"securetext/pickup/session/memory"
	"securetext/sms"
	"securetext/sms/courier"
	"securetext/store"
	"securetext/store/person"
	"securetext/store/seal"
	"securetext/store/sqlite"
	"securetext/store/token"
	"securetext/web/console"
	"securetext/web/idp"
)

var (
	noon     = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	operator = store.Actor{Kind: store.ByOperator, ID: "ana"}
)

const (
	number    = "+12015550147"
	longWords = "five otters swim in line"
	short     = "walnut 9 tea"
)

// office is a console with two orgs behind it, on a real store, and its clock.
type office struct {
	testing.TB
	store     *sqlite.DB
	people    session.Store
	patients  session.Store
	keys      *seal.Keyring
	index     seal.Index
	passwords *password.Hasher
	server    *httptest.Server
	metrics   *prometheus.Registry
	own       org
	other     org
	site      *console.Console
	file      string // of the store

	mu     sync.Mutex
	log    bytes.Buffer
	now    time.Time
	nudge  int
	drafts []console.Draft // those that were sent
	away   atomic.Bool     // the store of sessions is
	whom   person.Name     // for whom the next messages are
}

// org is one with a sender and somebody of each role.
type org struct {
	store.Org
	sender, spare        store.Sender
	sends, rules, audits store.Staff
	another              store.Staff // whom others do things to
	message              store.Message
	link                 token.Token // of the message
	patient              store.Viewer
	reply                store.ReplyID // to the message, with a picture
	phrase               store.PhraseID
	credential           store.KeyID
	hold                 store.HoldID // lifted
	alert                store.AlertID
	ask                  store.AskID // of the second admin, to read the message
	second               store.Staff
}

// furnished is a store with both orgs in it, as a file, and the keys to it. It is
// made once: to migrate and to fill it takes longer than most tests.
var furnished = sync.OnceValue(func() (f struct {
	file        []byte
	own, other  org
	root, index seal.Key
	passwords   *password.Hasher
}) {
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	dir, err := os.MkdirTemp("", "console")
	check(err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "store.db")
	db, err := sqlite.Open(context.Background(), path)
	check(err)
	f.root, f.index = seal.NewKey(), seal.NewKey()
	f.passwords, err = password.New(password.Default, password.Pepper{1})
	check(err)
	o := &office{store: db, keys: seal.NewKeyring(db, f.root), index: seal.NewIndex(f.index), now: noon}
	f.own, err = o.addOrg("Lakeside Family Clinic", "lakeside")
	check(err)
	f.other, err = o.addOrg("Hillside Lab", "hillside")
	check(err)
	check(db.Close())
	f.file, err = os.ReadFile(path)
	check(err)
	return f
})

// newOffice starts a console.
func newOffice(t testing.TB) *office {
	t.Helper()
	from, file := furnished(), filepath.Join(t.TempDir(), "store.db")
	must(t, "copy store", os.WriteFile(file, from.file, 0o600))
	db, err := sqlite.Open(t.Context(), file)
	must(t, "open store", err)
	t.Cleanup(func() { db.Close() })
	o := &office{
		TB: t, store: db, people: memory.New(session.StaffLimits), patients: memory.New(session.PatientLimits),
		keys: seal.NewKeyring(db, from.root), index: seal.NewIndex(from.index), passwords: from.passwords, now: noon,
		metrics: prometheus.NewRegistry(), own: from.own, other: from.other, file: file,
	}
	o.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.site.Handler().ServeHTTP(w, r)
	}))
	o.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	o.server.StartTLS()
	t.Cleanup(o.server.Close)
	o.atHome()
	o.site, err = console.New(console.Config{
		Store: db, Sessions: sometimes{o.people, &o.away}, Patients: o.patients, Keys: o.keys, Index: o.index, Passwords: o.passwords, Desk: o,
		Limiter: limit.NewMemory(1000), Providers: idp.New(http.DefaultTransport, true, o.clock), URL: o.server.URL, Log: slog.New(slog.NewJSONHandler(o, nil)), Metrics: o.metrics, Now: o.clock,
	})
	must(t, "console.New", err)
	return o
}

// atHome has the console reached by a name, since browsers make passkeys for nothing
// else.
func (o *office) atHome() {
	_, port, err := net.SplitHostPort(o.server.Listener.Addr().String())
	must(o, "port", err)
	o.server.URL = "https://localhost:" + port
	by := o.server.Client().Transport.(*http.Transport)
	by.TLSClientConfig.ServerName = "example.com" // whom the certificate is for
	by.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, o.server.Listener.Addr().String())
	}
}

func must(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// sometimes is a store of sessions that may be away.
type sometimes struct {
	session.Store
	away *atomic.Bool
}

func (s sometimes) Find(ctx context.Context, key session.Key, now time.Time) (session.Session, error) {
	if s.away.Load() {
		return session.Session{}, session.ErrUnavailable
	}
	return s.Store.Find(ctx, key, now)
}

func (s sometimes) Save(ctx context.Context, key session.Key, one session.Session, now time.Time) error {
	if s.away.Load() {
		return session.ErrUnavailable
	}
	return s.Store.Save(ctx, key, one, now)
}

// clock is the office's.
func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) later(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

// Write keeps what the console logs.
func (o *office) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.Write(p)
}

func (o *office) logged() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.String()
}

// The office is its own desk. What the real one does is tried where it is wired.

func (o *office) Status(ctx context.Context, id store.OrgID, m store.MessageID) (console.Status, error) {
	events, err := o.store.Events(ctx, store.EventFilter{Org: id, Message: m})
	if err != nil || len(events) == 0 {
		return console.Status{}, errors.Join(err, store.ErrNotFound)
	}
	s := console.Status{ID: m, Kind: store.Status(events), Created: events[0].At, Expires: events[0].At.Add(14 * 24 * time.Hour)}
	for _, step := range store.Ladder(events) {
		s.Steps = append(s.Steps, console.Step{Kind: step.Kind, At: step.At})
	}
	for _, e := range events {
		s.Events = append(s.Events, console.StatusEvent{Kind: e.Kind, At: e.At, Detail: e.Detail})
	}
	return s, nil
}

func (o *office) Compose(ctx context.Context, d console.Draft, dryRun bool) (store.MessageID, []console.Complaint, error) {
	if !strings.HasPrefix(d.To, "+1") {
		return "", []console.Complaint{{Field: "to", Why: "not a phone number: it has letters in it"}, {Why: "Something else"}}, nil
	}
	if dryRun {
		return "", nil, nil
	}
	o.mu.Lock()
	o.drafts = append(o.drafts, d)
	o.mu.Unlock()
	m, err := o.compose(d.Sender.Org, d.Sender.ID, d.To, d.Options["reference"], d.By)
	return m.ID, nil, err
}

func (o *office) Extend(ctx context.Context, m store.MessageInfo, span string, by store.Actor, now time.Time) (string, error) {
	life, err := time.ParseDuration(span)
	if err != nil {
		return "must be hours", nil
	}
	return "", o.store.Extend(ctx, m.Org, m.ID, now.Add(life), by, now)
}

func (o *office) Preview(g store.Org, kind sms.Kind, lang string) (string, error) {
	url, err := sms.ParsePublicURL("https://msg.example")
	must(o, "ParsePublicURL", err)
	return courier.Preview(g, kind, cmp.Or(lang, g.Lang), url)
}

func (o *office) Languages() []string { return []string{"en", "es"} }

func (o *office) NewAppPassword() (string, store.SecretHash) {
	secret := token.New().Secret()
	return secret, store.HashSecret(secret)
}

func (o *office) NewAPIKey(now time.Time, test bool) (string, store.KeyID, store.SecretHash) {
	id, secret := store.NewKeyID(now), token.New().Secret()
	return "st_live_" + string(id) + "_" + secret, id, store.HashSecret(secret)
}

func (o *office) Nudge() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.nudge++
}
