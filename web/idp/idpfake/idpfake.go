// Package idpfake is an identity provider in software, for tests: it says who
// somebody is as a provider does, or as none should.
//
// [Provider] is an [http.Handler]; [Serve] puts one on a server of its own. Whoever
// comes is [Provider.Who], without being asked for a password. A code is good once,
// for who began with it. What it says can be changed between sign-ins.
package idpfake

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The client that the provider knows.
const (
	ClientID = "console"
	Secret   = "the client's secret"
)

// Claims are what the provider says of somebody.
type Claims map[string]any

// Provider is an identity provider. Fields are changed under [Provider.Set] once it
// serves.
type Provider struct {
	Issuer  string
	Back    string                              // the one address that it sends browsers to
	Who     Claims                              // of who is there; nil: they turn it down
	Proved  time.Time                           // when they gave their password
	Lazy    bool                                // it does not ask for it again, whatever is asked
	Says    bool                                // it says that its answers name it (RFC 9207), and they do
	Post    bool                                // the secret is to be in the form, not in the header
	Down    bool                                // it answers nothing
	Meta    Claims                              // in place of what it publishes
	Lie     func(Claims)                        // changes what a token says
	Sign    func(unsigned string) string        // in place of its own signature
	Header  Claims                              // of tokens, in place of its own
	Now     func() time.Time                    // its clock
	Answers func(state, code string) url.Values // what browsers are sent back with, in place of its own

	mu     sync.Mutex
	keys   []key // the newest last
	grants map[string]grant
	asked  []url.Values // each time that somebody was sent here
	gets   map[string]int
}

// grant is what a code is good for.
type grant struct {
	client, back, nonce, challenge string
	who                            Claims
	proved                         time.Time
}

// New makes one that is to be told its issuer, and where it sends browsers.
func New(now func() time.Time) *Provider {
	p := &Provider{Now: now, Says: true, grants: map[string]grant{}, gets: map[string]int{}}
	p.Rotate()
	return p
}

// Serve serves one to a test.
func Serve(t testing.TB, now func() time.Time) *Provider {
	t.Helper()
	p := New(now)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.Issuer = server.URL
	return p
}

// Set changes the provider while it serves.
func (p *Provider) Set(change func(*Provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// Asked are what browsers were sent here with, the oldest first.
func (p *Provider) Asked() []url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

// Gets counts the requests to a path.
func (p *Provider) Gets(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gets[path]
}

// ServeHTTP implements [http.Handler].
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gets[r.URL.Path]++
	if p.Down {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /.well-known/openid-configuration":
		p.publish(w)
	case "GET /keys":
		p.showKeys(w)
	case "GET /authorize":
		p.authorize(w, r)
	case "GET /stay": // browsers stay where they are
		w.WriteHeader(http.StatusNoContent)
	case "POST /token":
		p.redeem(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (p *Provider) publish(w http.ResponseWriter) {
	meta := Claims{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token",
		"jwks_uri": p.Issuer + "/keys", "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"}, "code_challenge_methods_supported": []string{"S256"},
	}
	if p.Says {
		meta["authorization_response_iss_parameter_supported"] = true
	}
	if p.Post {
		meta["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"}
	}
	for name, v := range p.Meta {
		meta[name] = v
	}
	answer(w, http.StatusOK, meta)
}

// authorize sends the browser back with a code, where all is as it has to be.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.asked = append(p.asked, q)
	if q.Get("client_id") != ClientID || q.Get("redirect_uri") != p.Back {
		http.Error(w, "no such client, or another address", http.StatusBadRequest)
		return
	}
	back := url.Values{"state": {q.Get("state")}}
	switch {
	case q.Get("response_type") != "code" || !slices.Contains(strings.Fields(q.Get("scope")), "openid"),
		q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("nonce") == "" || q.Get("state") == "":
		back.Set("error", "invalid_request")
	case p.Who == nil:
		back.Set("error", "access_denied")
	default:
		back.Set("code", p.grant(q))
	}
	if p.Says {
		back.Set("iss", p.Issuer)
	}
	if p.Answers != nil {
		back = p.Answers(q.Get("state"), back.Get("code"))
	}
	http.Redirect(w, r, p.Back+"?"+back.Encode(), http.StatusFound)
}

func (p *Provider) grant(q url.Values) string {
	if (q.Get("prompt") == "login" || q.Get("max_age") == "0") && !p.Lazy {
		p.Proved = p.Now()
	}
	code := rand.Text()
	p.grants[code] = grant{q.Get("client_id"), q.Get("redirect_uri"), q.Get("nonce"), q.Get("code_challenge"), p.Who, p.Proved}
	return code
}

// redeem gives a token for a code, once.
func (p *Provider) redeem(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if basic {
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if basic == p.Post || id != ClientID || subtle.ConstantTimeCompare([]byte(secret), []byte(Secret)) != 1 {
		answer(w, http.StatusUnauthorized, Claims{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	g, ok := p.grants[code]
	delete(p.grants, code)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || r.PostFormValue("grant_type") != "authorization_code" || r.PostFormValue("redirect_uri") != g.back ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
		answer(w, http.StatusBadRequest, Claims{"error": "invalid_grant", "error_description": "a description that nobody is shown"})
		return
	}
	answer(w, http.StatusOK, Claims{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 300, "id_token": p.token(g)})
}

// token says who it was.
func (p *Provider) token(g grant) string {
	said := Claims{
		"iss": p.Issuer, "aud": g.client, "iat": p.Now().Unix(), "exp": p.Now().Add(5 * time.Minute).Unix(), "nonce": g.nonce,
	}
	if !g.proved.IsZero() {
		said["auth_time"] = g.proved.Unix()
	}
	for name, v := range g.who {
		said[name] = v
	}
	if p.Lie != nil {
		p.Lie(said)
	}
	return p.sign(said)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
