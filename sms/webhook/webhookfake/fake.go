// Package webhookfake plays a gateway that speaks the webhook protocol, for
// tests.
//
// A [Fake] is a handler: serve it, and give the sender that URL. It checks the
// signature and the shape of what it is sent, remembers the texts
// ([Fake.Texts]), answers questions about them, and calls back with signed
// statuses. [Fake.Say] is a patient's text. It fails on demand: a [Rule] says
// for which texts it refuses, hangs, breaks off before or after it took the
// text, or has the carrier refuse, and how the callbacks go astray.
package webhookfake

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"sync"
	"time"
)

// Fake is one gateway. Make it with [New]. Its methods may be called
// concurrently.
type Fake struct {
	secret string
	now    func() time.Time
	client *http.Client // posts the callbacks

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
	ID       string // the fake's own
	Text     string // the sender's id
	To       string
	From     string
	Body     string
	Encoding string
	Callback string
	State    string
	Code     string
	Taken    time.Time
}

// New makes a fake. client posts its callbacks; nil is [http.DefaultClient].
func New(secret string, now func() time.Time, client *http.Client) *Fake {
	if client == nil {
		client = http.DefaultClient
	}
	f := &Fake{secret: secret, now: now, client: client}
	f.called = sync.NewCond(&f.mu)
	f.ctx, f.stop = context.WithCancel(context.Background())
	return f
}

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

// ServeHTTP implements [http.Handler], at whatever path it is asked.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 16<<10))
	if err != nil {
		return // who asked is gone
	}
	signed := string(body)
	if r.Method == http.MethodGet {
		signed = r.URL.RawQuery
	}
	switch {
	case !verify(f.secret, r.Header.Get(Header), signed, f.now()):
		refuse(w, http.StatusUnauthorized, "signature")
	case r.Method == http.MethodPost:
		f.take(w, r, body)
	case r.Method == http.MethodGet:
		f.tell(w, r)
	default:
		refuse(w, http.StatusMethodNotAllowed, "method")
	}
}

// take takes a text, unless it or a rule is against it.
func (f *Fake) take(w http.ResponseWriter, r *http.Request, body []byte) {
	t, ok := read(r, body)
	if !ok {
		refuse(w, http.StatusBadRequest, "malformed")
		return
	}
	rule := f.rule(t.To, false)
	if rule.fails() && !rule.Accept {
		f.breaks(rule, w, r)
		return
	}
	kept, fresh := f.keep(t)
	if fresh {
		f.callBack(kept, rule)
	}
	switch {
	case f.breaks(rule, w, r):
	case fresh:
		answer(w, http.StatusCreated, map[string]any{"id": kept.ID, "delivered": rule.Delivered})
	default:
		answer(w, http.StatusConflict, map[string]any{"id": kept.ID})
	}
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// read reads a text, and reports whether it is all that the page asks for.
func read(r *http.Request, body []byte) (*Text, bool) {
	var said struct{ Text, To, From, Body, Encoding, Callback string }
	err := json.Unmarshal(body, &said)
	encoded := said.Encoding == "GSM-7" || said.Encoding == "UCS-2"
	whole := said.Text != "" && said.Body != "" && encoded && e164.MatchString(said.To)
	if err != nil || !whole || r.Header.Get("Idempotency-Key") != said.Text || r.Header.Get("Content-Type") != "application/json" {
		return nil, false
	}
	return &Text{
		Text: said.Text, To: said.To, From: said.From, Body: said.Body,
		Encoding: said.Encoding, Callback: said.Callback, State: "sent",
	}, true
}

// tell answers a question about a text.
func (f *Fake) tell(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	t, known := f.find(query.Get("text"), query.Get("id"))
	if f.breaks(f.rule(t.To, true), w, r) {
		return
	}
	if !known {
		refuse(w, http.StatusNotFound, "no_such_text")
		return
	}
	answer(w, http.StatusOK, struct {
		status
		At time.Time `json:"at"`
	}{t.status(nil), t.Taken})
}

// refuse answers with an error as the page has them.
func refuse(w http.ResponseWriter, status int, word string) {
	answer(w, status, map[string]string{"error": word})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
