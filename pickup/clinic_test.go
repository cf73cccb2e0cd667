package pickup_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/pickup"
	"securetext/pickup/password"
	"securetext/pickup/session"
	"securetext/pickup/session/memory"
	"securetext/sms"
	"securetext/store"
	"securetext/store/person"
	"securetext/store/seal"
	"securetext/store/seal/sealtest"
	"securetext/store/sqlite"
	"securetext/store/sqlite/sqlitetest"
	"securetext/store/token"
)

var (
	noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	ana  = store.Actor{Kind: store.ByOperator, ID: "ana"}
)

const (
	number = "+12114367789"
	secret = "walnut teapot 9"
	life   = 14 * 24 * time.Hour
)

// clinic is a site with one org behind it, on a real store, and its clock.
type clinic struct {
	testing.TB
	store    *sqlite.DB
	sessions session.Store
	keys     *seal.Keyring
	index    seal.Index
	org      store.Org
	sender   store.Sender
	config   pickup.Config
	server   *httptest.Server
	metrics  *prometheus.Registry
	codes    map[store.RecipientID]string // the last that was texted

	mu  sync.Mutex
	log bytes.Buffer
	now time.Time
}

// newClinic starts a site; change may alter what it is made of.
func newClinic(t testing.TB, change ...func(*pickup.Config)) *clinic {
	t.Helper()
	db := sqlitetest.Open(t, filepath.Join(t.TempDir(), "store.db"))
	c := &clinic{
		TB: t, store: db, sessions: memory.New(session.PatientLimits), keys: seal.NewKeyring(db, seal.NewKey()),
		index: seal.NewIndex(seal.NewKey()), now: noon, metrics: prometheus.NewRegistry(),
		codes: map[store.RecipientID]string{},
	}
	c.addOrg()
	hasher, err := password.New(password.Default, password.Pepper{1})
	if err != nil {
		t.Fatalf("password.New: %v", err)
	}
	c.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.server.Config.Handler.ServeHTTP(w, r)
	}))
	c.config = pickup.Config{
		Store: db, Sessions: c.sessions, Keys: c.keys, Passwords: hasher, Index: c.index, PublicURL: "https://pickup.example",
		Log: slog.New(slog.NewJSONHandler(c, nil)), Metrics: c.metrics, Now: c.clock,
	}
	for _, f := range change {
		f(&c.config)
	}
	site, err := pickup.New(c.config)
	if err != nil {
		t.Fatalf("pickup.New: %v", err)
	}
	c.server.Config.Handler = site.Handler()
	c.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	c.server.StartTLS()
	t.Cleanup(c.server.Close)
	return c
}

func (c *clinic) addOrg() {
	c.Helper()
	c.org = store.Org{
		ID: store.NewOrgID(noon), Name: "Lakeside Family Clinic", SMSName: "Lakeside", Phone: "(555) 010-0142",
		Region: "US", Lang: "en", Life: life, Created: noon,
	}
	if err := c.store.AddOrg(c.Context(), c.org, sealtest.OrgKey(c, c.keys, c.org.ID, 1), ana, noon); err != nil {
		c.Fatalf("AddOrg: %v", err)
	}
	c.sender = store.Sender{
		ID: store.NewSenderID(noon), Org: c.org.ID, Email: "reyes@lakeside.example", Name: "Dr. Ana Reyes", Created: noon,
	}
	if err := c.store.AddSender(c.Context(), c.sender, ana, noon); err != nil {
		c.Fatalf("AddSender: %v", err)
	}
}

// Write keeps what the site logs.
func (c *clinic) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.Write(p)
}

func (c *clinic) logged() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.String()
}

func (c *clinic) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clinic) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// letter is a message to send; zero fields take something ordinary.
type letter struct {
	To      string
	For     string // which of those who share the number
	Lang    string
	Content store.Content
	Ack     store.Ack
	Reply   bool
	Thread  store.MessageID  // which it continues
	Files   []seal.Plaintext // one for each of the content's attachments

	Passcode, Hint string
}

// delivered is a message whose link has been texted.
type delivered struct {
	ID        store.MessageID
	Recipient store.RecipientID
	Token     token.Token
}

func (d delivered) path() string { return "/m/" + d.Token.Secret() }

// deliver accepts a message and texts its link, as intake and courier do.
func (c *clinic) deliver(l letter) delivered {
	c.Helper()
	if l.To == "" {
		l.To = number
	}
	m := c.seal(l)
	by := store.Actor{Kind: store.BySender, ID: string(c.sender.ID)}
	if _, err := c.store.Accept(c.Context(), store.Acceptance{Messages: []store.Message{m}, By: by, Detail: "smtp", At: c.clock()}); err != nil {
		c.Fatalf("Accept: %v", err)
	}
	return delivered{ID: m.ID, Recipient: m.To.ID, Token: c.text()[m.ID]}
}

func (c *clinic) seal(l letter) store.Message {
	c.Helper()
	m := store.Message{
		ID: store.NewMessageID(c.clock()), Org: c.org.ID, Sender: c.sender.ID, To: c.recipient(l.To, l.For),
		Lang: l.Lang, Created: c.clock(), Expires: c.clock().Add(life), Ack: l.Ack, Reply: l.Reply, Thread: l.Thread,
	}
	if m.Lang == "" {
		m.Lang = "en"
	}
	var key seal.Key
	key, m.Key = c.dataKey(m.Place(seal.PartContent))
	m.Content = key.Seal(l.Content.Plaintext(), m.Place(seal.PartContent))
	if l.Passcode != "" {
		m.Passcode = store.PasscodeOf(c.index, c.org.ID, m.ID, passcodeOf(c, l.Passcode))
	}
	if l.Hint != "" {
		m.Hint = key.Seal(seal.Plaintext(l.Hint), m.Place(seal.PartHint))
	}
	for i, f := range l.Files {
		part := l.Content.Attachments[i].Part
		m.Attachments = append(m.Attachments, store.Attachment{Part: part, Size: int64(len(f)), Chunks: key.SealChunks(f, m.Place(part))})
	}
	return m
}

// recipient is a number, or one of those who share it.
func (c *clinic) recipient(number, name string) store.Recipient {
	c.Helper()
	var who person.Name
	var err error
	if name != "" {
		if who, err = person.Parse(name); err != nil {
			c.Fatalf("person.Parse: %v", err)
		}
	}
	r, err := store.RecipientFor(c.Context(), c.store, c.keys, c.index, store.Whom{Org: c.org.ID, Number: number, Person: who})
	if err != nil {
		c.Fatalf("SealRecipient: %v", err)
	}
	return r
}

func (c *clinic) dataKey(at seal.Place) (seal.Key, seal.DataKey) {
	c.Helper()
	key, wrapped, err := c.keys.NewDataKey(c.Context(), at)
	if err != nil {
		c.Fatalf("NewDataKey: %v", err)
	}
	return key, wrapped
}

// text sends all texts that are due and returns the tokens of the links; what
// codes went out is in c.codes.
func (c *clinic) text() map[store.MessageID]token.Token {
	c.Helper()
	due, err := c.store.Due(c.Context(), 100, time.Minute, c.clock())
	if err != nil {
		c.Fatalf("Due: %v", err)
	}
	tokens := map[store.MessageID]token.Token{}
	for _, d := range due {
		a := store.Attempt{Claim: d.Claim, Text: store.NewTextID(c.clock())}
		if d.Kind.Links() {
			tokens[d.Message] = token.New()
			a.Link = tokens[d.Message].Hash()
		}
		if d.Kind == store.CodeText {
			code := sms.NewCode().Secret()
			a.Code, c.codes[d.Recipient] = store.CodeOf(c.index, d.Recipient, code), code
		}
		if err := c.store.AddLinks(c.Context(), []store.Attempt{a}, c.clock()); err != nil {
			c.Fatalf("AddLinks: %v", err)
		}
		if err := c.store.Sent(c.Context(), []store.SentText{{Outbox: d.Outbox, Text: a.Text, ProviderID: string(a.Text)}}, c.clock()); err != nil {
			c.Fatalf("Sent: %v", err)
		}
	}
	return tokens
}

// kinds are the events since the link was texted.
func (c *clinic) kinds(d delivered) []store.Kind {
	c.Helper()
	var out []store.Kind
	for _, e := range c.events(d) {
		if e.Kind != store.Accepted && e.Kind != store.Sent {
			out = append(out, e.Kind)
		}
	}
	return out
}

func (c *clinic) events(d delivered) []store.Event {
	c.Helper()
	events, err := c.store.Events(c.Context(), store.EventFilter{Org: c.org.ID, Message: d.ID})
	if err != nil {
		c.Fatalf("Events: %v", err)
	}
	return events
}
