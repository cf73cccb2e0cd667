// Package twiliofake plays Twilio's messaging API, for tests.
//
// A [Fake] is a handler: point the sender's base URL at a server that serves
// it. It checks what it is sent as Twilio does, remembers the texts
// ([Fake.Texts]) and calls back with signed statuses. It fails on demand: a
// [Rule] says for which texts it refuses, breaks off before or after it took
// the text, hangs, or has the carrier refuse, and how the callbacks go astray.
//
// Programs that cannot call its methods use GET /fake/texts and POST /fake/rules.
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

	mu      sync.Mutex
	texts   []*Text
	rules   []*Rule
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

// New makes a fake. client posts its callbacks; nil is [http.DefaultClient].
func New(account Account, now func() time.Time, client *http.Client) *Fake {
	if client == nil {
		client = http.DefaultClient
	}
	f := &Fake{account: account, now: now, client: client, mux: http.NewServeMux()}
	f.called = sync.NewCond(&f.mu)
	f.ctx, f.stop = context.WithCancel(context.Background())
	f.mux.HandleFunc("POST /2010-04-01/Accounts/{sid}/Messages.json", f.signedIn(f.create))
	f.mux.HandleFunc("GET /2010-04-01/Accounts/{sid}/Messages.json", f.signedIn(f.list))
	f.mux.HandleFunc("GET /fake/texts", f.showTexts)
	f.mux.HandleFunc("POST /fake/rules", f.takeRule)
	return f
}

// ServeHTTP implements [http.Handler].
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.mux.ServeHTTP(w, r) }

// Texts returns the texts that were taken, oldest first.
func (f *Fake) Texts() []Text {
	f.mu.Lock()
	defer f.mu.Unlock()
	texts := make([]Text, len(f.texts))
	for i, t := range f.texts {
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

// signedIn lets through who knows the account's token.
func (f *Fake) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sid, token, _ := r.BasicAuth()
		right := subtle.ConstantTimeCompare([]byte(sid+":"+token), []byte(f.account.SID+":"+f.account.AuthToken))
		switch {
		case right != 1:
			refuse(w, http.StatusUnauthorized, 20003, "Authenticate")
		case r.PathValue("sid") != f.account.SID:
			refuse(w, http.StatusNotFound, 20404, "The requested resource was not found")
		default:
			next(w, r)
		}
	}
}
