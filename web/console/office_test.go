package console_test

import (
	"bytes"
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"
	"github.com/prometheus/client_golang/prometheus"

	"securetext/gateway/limit"
	"securetext/pickup/password"
	"securetext/pickup/session"
	"securetext/pickup/session/memory"
	"securetext/store"
	"securetext/store/seal"
	"securetext/store/sqlite"
	"securetext/store/token"
	"securetext/web/console"
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

	mu    sync.Mutex
	log   bytes.Buffer
	now   time.Time
	nudge int
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
	credential           store.KeyID
}

// newOffice starts a console.
func newOffice(t testing.TB) *office {
	t.Helper()
	file := filepath.Join(t.TempDir(), "store.db")
	db, err := sqlite.Open(t.Context(), file)
	must(t, "open store", err)
	t.Cleanup(func() { db.Close() })
	o := &office{
		TB: t, store: db, people: memory.New(session.StaffLimits), patients: memory.New(session.PatientLimits),
		keys: seal.NewKeyring(db, seal.NewKey()), index: seal.NewIndex(seal.NewKey()), now: noon, metrics: prometheus.NewRegistry(),
	}
	o.passwords, err = password.New(password.Default, password.Pepper{1})
	must(t, "password.New", err)
	o.own, o.other = o.addOrg("Lakeside Family Clinic", "lakeside"), o.addOrg("Hillside Lab", "hillside")
	o.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.site.Handler().ServeHTTP(w, r)
	}))
	o.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	o.server.StartTLS()
	t.Cleanup(o.server.Close)
	o.site, err = console.New(console.Config{
		Store: db, Sessions: o.people, Patients: o.patients, Keys: o.keys, Index: o.index, Passwords: o.passwords, Desk: o,
		Limiter: limit.NewMemory(1000), URL: o.server.URL, Log: slog.New(slog.NewJSONHandler(o, nil)), Metrics: o.metrics, Now: o.clock,
	})
	must(t, "console.New", err)
	return o
}

func must(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func (o *office) addOrg(name, domain string) (g org) {
	o.Helper()
	ctx := o.Context()
	g.Org = store.Org{
		ID: store.NewOrgID(noon), Name: name, SMSName: name[:8], Phone: "(555) 010-0142", Region: "US", Lang: "en", Life: 14 * 24 * time.Hour,
		Created: noon, Policy: store.Policy{TimeZone: "America/Chicago"},
	}
	must(o, "AddOrg", o.store.AddOrg(ctx, g.Org, o.keys.NewOrgKey(string(g.ID), 1), operator, noon))
	g.sender = o.addSender(g, "reyes@"+domain+".example", "Dr. Ana Reyes")
	g.spare = o.addSender(g, "lab@"+domain+".example", "Laboratory")
	g.sends = o.hire(g, "reyes@"+domain+".example", "Ana Reyes", store.RoleSender)
	g.rules = o.hire(g, "diaz@"+domain+".example", "Rosa Diaz", store.RoleAdmin)
	g.audits = o.hire(g, "haddad@"+domain+".example", "Omar Haddad", store.RoleAuditor)
	g.another = o.hire(g, "tom@"+domain+".example", "Tom Lee", store.RoleSender)
	g.message = o.write(g, number, "visit-7")
	g.link, g.patient = o.deliver(g, g.message)
	g.credential = store.NewKeyID(noon)
	must(o, "AddAppPassword", o.store.AddAppPassword(ctx, store.AppPassword{
		ID: g.credential, Org: g.ID, Sender: g.sender.ID, Label: "Outlook", Hash: store.HashSecret(string(g.credential)),
	}, operator, noon))
	return g
}

func (o *office) addSender(g org, email, name string) store.Sender {
	o.Helper()
	s := store.Sender{ID: store.NewSenderID(noon), Org: g.ID, Email: email, Name: name, Created: noon}
	must(o, "AddSender", o.store.AddSender(o.Context(), s, operator, noon))
	return s
}

// nobodyKnows is the hash of a password that is typed nowhere.
var nobodyKnows = sync.OnceValue(func() string {
	h, err := password.New(password.Default, password.Pepper{1})
	if err != nil {
		panic(err)
	}
	hash, err := h.Hash(context.Background(), password.Password(token.New().Secret()))
	if err != nil {
		panic(err)
	}
	return hash
})

// hire adds a person whose password nobody knows: see [office.as].
func (o *office) hire(g org, email, name string, roles ...store.Role) store.Staff {
	o.Helper()
	return o.hireWith(g, email, name, store.Proofs{Password: nobodyKnows()}, roles...)
}

func (o *office) hireWith(g org, email, name string, p store.Proofs, roles ...store.Role) store.Staff {
	o.Helper()
	s := store.Staff{ID: store.NewStaffID(noon), Org: g.ID, Email: email, Name: name, Roles: roles, Created: noon}
	i := store.Invite{Hash: token.New().Hash(), Until: noon.Add(store.InviteLife)}
	must(o, "AddStaff", o.store.AddStaff(o.Context(), s, i, operator, noon))
	s, err := o.store.SetUpStaff(o.Context(), i.Hash, p, operator, noon)
	must(o, "SetUpStaff", err)
	return s
}

// appSecret is what the app of people with a second factor holds.
var appSecret = base32.StdEncoding.EncodeToString([]byte("twenty bytes of it.."))

// member is somebody who can sign in, with an app if second.
func (o *office) member(email string, second bool, roles ...store.Role) store.Staff {
	o.Helper()
	typed := longWords
	if second {
		typed = short
	}
	hash, err := o.passwords.Hash(o.Context(), password.Password(typed))
	must(o, "Hash", err)
	s := o.hireWith(o.own, email, "Nina Park", store.Proofs{Password: hash}, roles...)
	if second {
		key, wrapped, err := o.keys.NewDataKey(o.Context(), s.Place())
		must(o, "NewDataKey", err)
		p := store.Proofs{
			Key: wrapped, Secret: key.Seal(seal.Plaintext(appSecret), s.Place()),
			Recovery: []store.RecoveryHash{store.RecoveryOf(o.index, s.ID, "0123456789abcdef")},
		}
		s, err = o.store.SetProofs(o.Context(), o.own.ID, s.ID, p, operator, noon)
		must(o, "SetProofs", err)
	}
	return s
}

// code is what an app with that secret shows now.
func (o *office) code(secret string) string {
	o.Helper()
	code, err := hotp.GenerateCode(secret, uint64(o.clock().Unix()/30))
	must(o, "GenerateCode", err)
	return code
}

// write stores a message to a number.
func (o *office) write(g org, to, reference string) store.Message {
	o.Helper()
	m, err := o.compose(g.ID, g.sender.ID, to, reference, store.Actor{Kind: store.BySender, ID: string(g.sender.ID)})
	must(o, "Accept", err)
	return m
}

func (o *office) compose(id store.OrgID, sender store.SenderID, to, reference string, by store.Actor) (store.Message, error) {
	ctx, now := context.Background(), o.clock()
	r := store.Recipient{ID: store.RecipientOf(o.index, id, to)}
	at := seal.Place{Org: string(id), Recipient: string(r.ID)}
	key, wrapped, err := o.keys.NewDataKey(ctx, at)
	if err != nil {
		return store.Message{}, err
	}
	r.Key, r.Number = wrapped, key.Seal(seal.Plaintext(to), at)
	m := store.Message{
		ID: store.NewMessageID(now), Org: id, Sender: sender, To: r, Lang: "en", Reference: reference, Created: now,
		Expires: now.Add(14 * 24 * time.Hour), Remind: store.DefaultRemind,
	}
	if key, m.Key, err = o.keys.NewDataKey(ctx, m.Place(0)); err != nil {
		return m, err
	}
	m.Content = key.Seal(store.Content{Subject: "Your results", Text: "A secret of the patient's."}.Plaintext(), m.Place(seal.PartContent))
	_, err = o.store.Accept(ctx, store.Acceptance{Messages: []store.Message{m}, By: by, Detail: "console", At: now})
	return m, err
}

// deliver has what is due texted, and the patient set a password.
func (o *office) deliver(g org, m store.Message) (token.Token, store.Viewer) {
	o.Helper()
	ctx, now, link := o.Context(), o.clock(), token.New()
	due, err := o.store.Due(ctx, 100, time.Minute, now)
	must(o, "Due", err)
	for _, d := range due {
		attempt := store.Attempt{Claim: d.Claim, Text: store.NewTextID(now)}
		if d.Message == m.ID && d.Kind.Links() {
			attempt.Link = link.Hash()
		}
		text := attempt.Text
		must(o, "AddLinks", o.store.AddLinks(ctx, []store.Attempt{attempt}, now))
		must(o, "Sent", o.store.Sent(ctx, []store.SentText{{Outbox: d.Outbox, Text: text, ProviderID: string(text)}}, now))
		must(o, "Receipt", o.store.Receipt(ctx, store.Receipt{Text: text, State: store.TextDelivered}, now))
	}
	v, err := o.store.Enrol(ctx, store.Enrolment{Link: link.Hash(), Password: "none", Grace: 24 * time.Hour}, now)
	if errors.Is(err, store.ErrConflict) {
		return link, g.patient
	}
	must(o, "Enrol", err)
	return link, v
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
	m, err := o.compose(d.Sender.Org, d.Sender.ID, d.To, d.Options["reference"], d.By)
	return m.ID, nil, err
}

func (o *office) Preview(g store.Org, lang string) (string, error) {
	return g.SMSName + ": you have a secure message. https://msg.example/m/xxxxxxxxxxxxxxxxxxxxxxxxxx", nil
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

// browser is somebody's, with what it keeps.
type browser struct {
	testing.TB
	o      *office
	client *http.Client
}

// answer is what a browser got.
type answer struct {
	*http.Response
	text string
}

func (o *office) browser() *browser {
	o.Helper()
	jar, err := cookiejar.New(nil)
	must(o, "cookiejar.New", err)
	return &browser{o.TB, o, &http.Client{
		Jar: jar, Transport: o.server.Client().Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// as is a browser in which a person has just signed in.
func (o *office) as(s store.Staff) *browser {
	o.Helper()
	b := o.browser()
	a, err := o.store.StaffMember(o.Context(), s.Org, s.ID)
	must(o, "StaffMember", err)
	id, now := session.NewID(), o.clock()
	must(o, "Save", o.people.Save(o.Context(), id.Key(), session.Session{
		Org: string(a.Org), Recipient: string(a.ID), Epoch: a.Epoch, Label: "Firefox on Linux", Created: now, Seen: now,
	}, now))
	w := httptest.NewRecorder()
	session.Staff.Set(w, id)
	at, _ := url.Parse(o.server.URL)
	b.client.Jar.SetCookies(at, w.Result().Cookies())
	return b
}

// cookie is the value of one that the browser keeps.
func (b *browser) cookie(name string) string {
	at, _ := url.Parse(b.o.server.URL)
	for _, c := range b.client.Jar.Cookies(at) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) do(method, path string, form url.Values, change ...func(*http.Request)) answer {
	b.Helper()
	r, err := http.NewRequest(method, b.o.server.URL+path, strings.NewReader(form.Encode()))
	must(b, "NewRequest", err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, f := range change {
		f(r)
	}
	res, err := b.client.Do(r)
	must(b, method+" "+path, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(b, method+" "+path, err)
	return answer{res, string(text)}
}

func (b *browser) get(path string) answer { b.Helper(); return b.do(http.MethodGet, path, nil) }

// post sends a form of names and values.
func (b *browser) post(path string, pairs ...string) answer {
	b.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

// signIn types what the sign-in page asks for.
func (b *browser) signIn(email, typed, code string) answer {
	b.Helper()
	return b.post("/signin", "email", email, "password", typed, "code", code, "to", "/")
}

// wants checks an answer's status, and words that its page has.
func (a answer) wants(t testing.TB, status int, words ...string) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s: got status %d to %q, want %d:\n%s", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.Header.Get("Location"), status, a.plain())
	}
	for _, w := range words {
		if !strings.Contains(a.plain(), w) {
			t.Errorf("%s %s lacks %q:\n%s", a.Request.Method, a.Request.URL.Path, w, a.plain())
		}
	}
	return a
}

// goesTo checks that the answer sends the browser on.
func (a answer) goesTo(t testing.TB, path string) {
	t.Helper()
	a.wants(t, http.StatusSeeOther)
	if got := a.Header.Get("Location"); got != path {
		t.Errorf("%s %s: sent to %q, want %q", a.Request.Method, a.Request.URL.Path, got, path)
	}
}

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

// plain is the words of a page.
func (a answer) plain() string {
	text := strings.NewReplacer("&#39;", "'", "&amp;", "&", "&#43;", "+").Replace(a.text)
	if i := strings.Index(text, "<body>"); i >= 0 {
		text = text[i:]
	}
	return strings.Join(strings.Fields(tags.ReplaceAllString(text, " ")), " ")
}

// field is the value of a hidden or other input.
func (a answer) field(name string) string {
	m := regexp.MustCompile(`<input[^>]*name="` + name + `"[^>]*value="([^"]*)"`).FindStringSubmatch(a.text)
	if m == nil {
		return ""
	}
	return m[1]
}

// events are an org's of a kind.
func (o *office) events(g org, kind store.Kind) []store.Event {
	o.Helper()
	list, err := o.store.Events(o.Context(), store.EventFilter{Org: g.ID, Kind: kind, Limit: 10_000})
	must(o, "Events", err)
	return list
}

// last is the newest event of a kind.
func (o *office) last(g org, kind store.Kind) store.Event {
	o.Helper()
	list := o.events(g, kind)
	if len(list) == 0 {
		o.Fatalf("there is no %s event", kind)
	}
	return list[len(list)-1]
}

// wantBy checks that the newest event of a kind is a person's.
func (o *office) wantBy(s store.Staff, kind store.Kind) store.Event {
	o.Helper()
	e := o.last(o.own, kind)
	if e.By.Kind != store.ByStaff || e.By.ID != string(s.ID) || !e.By.Addr.IsValid() {
		o.Errorf("%s: by %+v, want %s with an address", kind, e.By, s.Name)
	}
	return e
}

func path(parts ...any) string { return fmt.Sprint(parts...) }
