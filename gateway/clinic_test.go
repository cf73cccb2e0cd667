package gateway

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/seal/sealtest"
	"securetext/store/sqlite/sqlitetest"
	"securetext/store/storetest"
	"securetext/store/token"
)

// clinic is an org with a sender, on a real store, and the intake before it.
type clinic struct {
	*Intake
	db       store.Store
	org      store.Org
	sender   store.Sender
	password string
	apiKey   string

	passwordID store.KeyID
	log        *logBuffer
	metrics    *prometheus.Registry
	nudges     atomic.Int64
}

var operator = store.Actor{Kind: store.ByOperator, ID: "ana"}

func newClinic(tb testing.TB, sendAs ...string) *clinic {
	tb.Helper()
	db := sqlitetest.Open(tb, filepath.Join(tb.TempDir(), "test.db"))
	return joinClinic(tb, db, seal.NewKeyring(db, seal.NewKey()), "reyes@lakeside.example", sendAs...)
}

// joinClinic adds a clinic to a store.
func joinClinic(tb testing.TB, db store.Store, keys *seal.Keyring, email string, sendAs ...string) *clinic {
	tb.Helper()
	c := &clinic{db: db, log: new(logBuffer), metrics: prometheus.NewRegistry()}
	log := slog.New(slog.NewJSONHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c.Intake = &Intake{
		Store: db, Directory: db, Verdicts: db, Keys: keys, Index: seal.NewIndex(seal.NewKey()),
		Nudge: func() { c.nudges.Add(1) }, Now: time.Now, Log: log, Metrics: NewMetrics(c.metrics),
	}
	now := time.Now()
	c.org = store.Org{
		ID: store.NewOrgID(now), Name: "Lakeside Clinic", SMSName: "Lakeside", Phone: "555-0100",
		Region: "US", Lang: "en", Life: 14 * 24 * time.Hour, Created: now,
	}
	must(tb, db.AddOrg(tb.Context(), c.org, sealtest.OrgKey(tb, keys, c.org.ID, 1), operator, now))
	c.sender = store.Sender{
		ID: store.NewSenderID(now), Org: c.org.ID, Email: email, Name: "Dr Reyes", SendAs: sendAs, Created: now,
	}
	must(tb, db.AddSender(tb.Context(), c.sender, operator, now))
	c.password = c.addPassword(tb)
	c.apiKey = c.addKey(tb, store.ScopeSend, store.ScopeRead)
	return c
}

func (c *clinic) addPassword(tb testing.TB) string {
	tb.Helper()
	shown, hash := NewAppPassword()
	c.passwordID = store.NewKeyID(time.Now())
	must(tb, c.db.AddAppPassword(tb.Context(), store.AppPassword{
		ID: c.passwordID, Org: c.org.ID, Sender: c.sender.ID, Label: "Outlook", Hash: hash,
	}, operator, time.Now()))
	return shown
}

func (c *clinic) addKey(tb testing.TB, scopes ...string) string {
	tb.Helper()
	shown, id, hash := NewAPIKey(time.Now())
	must(tb, c.db.AddAPIKey(tb.Context(), store.APIKey{
		ID: id, Org: c.org.ID, Sender: c.sender.ID, Label: "lab", Hash: hash, Scopes: scopes,
	}, operator, time.Now()))
	return shown
}

// addTestKey makes a key of the sandbox.
func (c *clinic) addTestKey(tb testing.TB, scopes ...string) string {
	tb.Helper()
	shown, id, hash := NewTestAPIKey(time.Now())
	must(tb, c.db.AddAPIKey(tb.Context(), store.APIKey{
		ID: id, Org: c.org.ID, Sender: c.sender.ID, Label: "lab", Hash: hash, Scopes: scopes, Test: true,
	}, operator, time.Now()))
	return shown
}

// setPolicy is in force at once.
func (c *clinic) setPolicy(tb testing.TB, p store.Policy) {
	tb.Helper()
	storetest.SetPolicy(tb, c.db, c.org.ID, p)
	c.Intake.orgs.Forget()
}

// refuse stops texts to a number.
func (c *clinic) refuse(tb testing.TB, written string, why store.Refusal) {
	tb.Helper()
	r, err := c.recipient(tb.Context(), c.org.ID, Target{Number: number(tb, written)})
	must(tb, err)
	must(tb, c.db.Refuse(tb.Context(), c.org.ID, r, why, operator, time.Now()))
}

// addSender registers another address of the clinic.
func (c *clinic) addSender(tb testing.TB, email string) store.Sender {
	tb.Helper()
	s := store.Sender{ID: store.NewSenderID(time.Now()), Org: c.org.ID, Email: email, Name: "Dr Who", Created: time.Now()}
	must(tb, c.db.AddSender(tb.Context(), s, operator, time.Now()))
	return s
}

// refusals is how often something was refused for a reason.
func (c *clinic) refusals(tb testing.TB, via Via, reason string) (n float64) {
	tb.Helper()
	families, err := c.metrics.Gather()
	must(tb, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if f.GetName() == "securetext_gateway_refusals_total" && labels["via"] == string(via) && labels["reason"] == reason {
				n += m.GetCounter().GetValue()
			}
		}
	}
	return n
}

// opened is a message as its patient reads it.
type opened struct {
	store.Sealed
	store.Content
	number string
	files  [][]byte
}

// read texts all that is due and opens it as the patients would, in the order
// in which it was accepted.
func (c *clinic) read(tb testing.TB) []opened {
	tb.Helper()
	now := time.Now().Add(time.Second)
	due, err := c.db.Due(tb.Context(), 1000, time.Minute, now)
	must(tb, err)
	var list []opened
	for _, d := range due {
		link := token.New()
		must(tb, c.db.AddLinks(tb.Context(), []store.Attempt{{Claim: d.Claim, Text: store.NewTextID(now), Link: link.Hash()}}, now))
		key, err := c.Keys.DataKey(tb.Context(), d.NumberKey, d.Place())
		must(tb, err)
		number, err := key.Open(d.Number, d.Place())
		must(tb, err)
		o := c.open(tb, link.Hash(), store.Viewer{Org: d.Org, Recipient: d.Recipient}, now)
		o.number = string(number)
		list = append(list, o)
	}
	return list
}

func (c *clinic) open(tb testing.TB, link token.Hash, v store.Viewer, now time.Time) opened {
	tb.Helper()
	sealed, err := c.db.Message(tb.Context(), link, v, now)
	must(tb, err)
	key, err := c.Keys.DataKey(tb.Context(), sealed.Key, sealed.Place(seal.PartKey))
	must(tb, err)
	plain, err := key.Open(sealed.Content, sealed.Place(seal.PartContent))
	must(tb, err)
	o := opened{Sealed: sealed}
	o.Content, err = store.ParseContent(plain)
	must(tb, err)
	for _, a := range o.Content.Attachments {
		stored, err := c.db.Attachment(tb.Context(), link, a.Part, v, now)
		must(tb, err)
		var b bytes.Buffer
		must(tb, key.OpenChunks(&b, stored.Chunks, stored.Size, sealed.Place(a.Part)))
		o.files = append(o.files, b.Bytes())
	}
	return o
}

// serveSMTP runs a door on a free port of this machine; change may set it up.
func (c *clinic) serveSMTP(tb testing.TB, change func(*SMTP)) (addr string, stop func() error) {
	tb.Helper()
	s := &SMTP{
		Intake: c.Intake, Hostname: "mx.secure.text", Domains: []string{"secure.text", "clinic.example"},
		TLS: &tls.Config{Certificates: []tls.Certificate{certificate()}}, Limits: DefaultSMTPLimits, Log: c.Log,
	}
	s.Limits.TryDelay = 10 * time.Millisecond
	if change != nil {
		change(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, l) }()
	stop = sync.OnceValue(func() error { cancel(); return <-done })
	tb.Cleanup(func() { stop() })
	return l.Addr().String(), stop
}

// certificate is for 127.0.0.1, and trusted by nobody.
var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx.secure.text"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// logBuffer keeps what was logged.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
