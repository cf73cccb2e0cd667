package notice

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"securetext/store"
	"securetext/store/storetest"
)

const hookKey = "0123456789abcdef0123456789abcdef"

// hookPeer is an org's server at the other end of a real connection, under TLS. It
// answers 204, or as it is told.
type hookPeer struct {
	url   string
	trust *tls.Config

	mu     sync.Mutex
	calls  []hookCall
	answer func(n int, w http.ResponseWriter, r *http.Request) // the n-th call, from 1
}

type hookCall struct {
	method, path string
	header       http.Header
	body         string
}

func newHookPeer(t testing.TB) *hookPeer {
	t.Helper()
	p := &hookPeer{}
	server := httptest.NewUnstartedServer(p)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // hang-ups are meant
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	p.url, p.trust = server.URL+"/securetext?tenant=3", &tls.Config{RootCAs: roots}
	return p
}

func (p *hookPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	p.calls = append(p.calls, hookCall{r.Method, r.URL.String(), r.Header.Clone(), string(body)})
	n, answer := len(p.calls), p.answer
	p.mu.Unlock()
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(n, w, r)
}

// on makes the server answer like this from now on.
func (p *hookPeer) on(answer func(n int, w http.ResponseWriter, r *http.Request)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

// says makes the server answer with a status from now on.
func (p *hookPeer) says(status int) {
	p.on(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
}

func (p *hookPeer) got() []hookCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]hookCall(nil), p.calls...)
}

// hooked sets the webhook of the rig's clinic.
func (r *rig) hooked(t testing.TB, url string) {
	t.Helper()
	storetest.SetPolicy(t, r.Store, r.Org.ID, store.Policy{Confirm: store.ConfirmNone, Hook: url})
}

// hooking is what a mailer needs to post to the peer.
func (p *hookPeer) hooking(c *Config) {
	c.PublicURL, c.HookPrivate, c.HookTLS = "https://secure.text", true, p.trust
	c.HookSecrets = func(store.OrgID) []string { return []string{hookKey} }
}

// hookRig is a rig whose clinic has the peer for a webhook.
func hookRig(t testing.TB) (*rig, *hookPeer) {
	t.Helper()
	r, p := newRig(t, nil), newHookPeer(t)
	r.hooked(t, p.url)
	return r, p
}

// oneRound is a message that is overdue, of which the webhook is told once.
func (r *rig) oneRound(t testing.TB) store.MessageID {
	t.Helper()
	return r.overdue(t, store.Watched{Hook: true})
}

// hookOutcome is what became of a webhook: "sent", or why it was given up.
func (r *rig) hookOutcome(t testing.TB, id store.MessageID) string {
	t.Helper()
	return strings.TrimPrefix(r.outcome(t, id), "webhook ")
}

// untilHook waits until the webhook of a message has come to an end.
func (r *rig) untilHook(t testing.TB, want string, id store.MessageID) {
	t.Helper()
	wait(t, "outcome "+want, func() bool { return r.outcome(t, id) != "" })
	if got := r.hookOutcome(t, id); got != want {
		t.Fatalf("outcome %q, want %q; the log: %s", got, want, r.log.String())
	}
}
