// Package twiliofake plays Twilio's messaging API, for tests.
//
// A [Fake] is a handler: point the sender's base URL at a server that serves
// it. It checks what it is sent as Twilio does, remembers the texts
// ([Fake.Texts]) and calls back with signed statuses. It fails on demand: a
// [Rule] says for which texts it refuses, breaks off before or after it took
// the text, hangs, or has the carrier refuse, and how the callbacks go astray.
//
// Patients text back by [Fake.Text]; after a STOP the fake refuses texts to them
// from there, until a START. Lookups answer as [Fake.SetLine] says.
//
// Programs that cannot call its methods use GET /fake/texts, and POST
// /fake/rules, /fake/inbound and /fake/lines.
package twiliofake

import (
	"context"
	"crypto/subtle"
	"net/http"
	"sync"
	"time"
)

// Account is whom the fake serves.
type Account struct {
	SID       string
	AuthToken string
	// From are the numbers and Messaging Services it has. Empty: any.
	From []string
}

// Fake is one account at Twilio. Make it with [New]. Its methods may be called
// concurrently.
type Fake struct {
	account Account
	now     func() time.Time
	client  *http.Client // posts the callbacks
	mux     *http.ServeMux

	stop context.CancelFunc
	ctx  context.Context // ends with Close

	posting chan struct{} // has a place for each post that may be on its way

	mu      sync.Mutex
	texts   []*Text
	bySID   map[string]*Text
	byTo    map[string][]*Text
	rules   []*Rule
	lines   map[string]line // by number
	looked  []string        // numbers looked up
	stopped map[pair]bool
	calling int        // texts whose callbacks are on their way
	called  *sync.Cond // on mu: calling went down
}

// Text is an SMS that the fake took.
type Text struct {
	SID       string    `json:"sid"`
	To        string    `json:"to"`
	From      string    `json:"from"` // or the Messaging Service
	Body      string    `json:"body"`
	Status    string    `json:"status"`
	ErrorCode int       `json:"error_code,omitempty"`
	Callback  string    `json:"callback,omitempty"`
	Created   time.Time `json:"created"`

	Validity         string `json:"validity,omitempty"` // seconds, as sent
	ContentRetention string `json:"content_retention,omitempty"`
	AddressRetention string `json:"address_retention,omitempty"`
}

// maxPosts is how many callbacks are on their way at once.
const maxPosts = 64

// New makes a fake. client posts its callbacks, and patients' texts; nil: one
// that gives up after 15 s, as Twilio does.
func New(account Account, now func() time.Time, client *http.Client) *Fake {
	if client == nil {
		client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: maxPosts}, Timeout: 15 * time.Second}
	}
	f := &Fake{
		account: account, now: now, client: client, mux: http.NewServeMux(), posting: make(chan struct{}, maxPosts),
		bySID: map[string]*Text{}, byTo: map[string][]*Text{}, lines: map[string]line{}, stopped: map[pair]bool{},
	}
	f.called = sync.NewCond(&f.mu)
	f.ctx, f.stop = context.WithCancel(context.Background())
	for pattern, handle := range map[string]http.HandlerFunc{
		"POST /2010-04-01/Accounts/{sid}/Messages.json":  f.signedIn(f.create),
		"GET /2010-04-01/Accounts/{sid}/Messages.json":   f.signedIn(f.list),
		"GET /2010-04-01/Accounts/{sid}/Messages/{text}": f.signedIn(f.fetch),
		"GET /v2/PhoneNumbers/{number}":                  f.authentic(f.lookUp),
		"GET /fake/texts":                                f.showTexts,
		"POST /fake/rules":                               f.takeRule,
		"POST /fake/inbound":                             f.takeInbound,
		"POST /fake/lines":                               f.takeLine,
	} {
		f.mux.HandleFunc(pattern, handle)
	}
	return f
}

// ServeHTTP implements [http.Handler].
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.mux.ServeHTTP(w, r) }

// Texts returns the texts that were taken, oldest first.
func (f *Fake) Texts() []Text {
	f.mu.Lock()
	defer f.mu.Unlock()
	return copied(f.texts)
}

// TextsTo returns those to one number.
func (f *Fake) TextsTo(to string) []Text {
	f.mu.Lock()
	defer f.mu.Unlock()
	return copied(f.byTo[to])
}

func copied(list []*Text) []Text {
	texts := make([]Text, len(list))
	for i, t := range list {
		texts[i] = *t
	}
	return texts
}

// Wait returns when all callbacks so far have been posted.
func (f *Fake) Wait() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.calling > 0 {
		f.called.Wait()
	}
}

// Close ends hanging requests and drops the callbacks that wait.
func (f *Fake) Close() {
	f.stop()
	f.Wait()
}

// authentic lets through who knows the account's token.
func (f *Fake) authentic(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sid, token, _ := r.BasicAuth()
		if subtle.ConstantTimeCompare([]byte(sid+":"+token), []byte(f.account.SID+":"+f.account.AuthToken)) != 1 {
			refuse(w, http.StatusUnauthorized, 20003, "Authenticate")
			return
		}
		next(w, r)
	}
}

// signedIn lets through who asks for what is the account's, too.
func (f *Fake) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return f.authentic(func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("sid") != f.account.SID {
			notFound(w)
			return
		}
		next(w, r)
	})
}

func notFound(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, 20404, "The requested resource was not found")
}
