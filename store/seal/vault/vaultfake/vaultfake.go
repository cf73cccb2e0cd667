// Package vaultfake plays the transit engine of Vault and OpenBao, with sign-in by
// AppRole and Kubernetes, for tests.
//
// A [Fake] is a handler. It holds real AES-256-GCM keys, checks tokens, rights and
// associated data as the server does, and answers in its words. It fails on demand:
// it can be sealed ([Fake.Seal]), hang ([Fake.Hang]), and end tokens ([Fake.Expire]).
package vaultfake

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// Fake is a server with one engine. Make it with [New]. Safe for concurrent use.
type Fake struct {
	mux *http.ServeMux

	mu        sync.Mutex
	namespace string
	keys      map[string]cipher.AEAD // by mount and name
	tokens    map[string]bool
	logins    map[string]string // token for a role and its secret
	sealed    bool
	hang      chan struct{}
	calls     int
}

// New makes a fake that takes one token, in a namespace or none.
func New(token, namespace string) *Fake {
	f := &Fake{
		mux: http.NewServeMux(), namespace: namespace, keys: map[string]cipher.AEAD{},
		tokens: map[string]bool{token: true}, logins: map[string]string{},
	}
	f.mux.HandleFunc("POST /v1/{mount}/{what}/{key}", f.route)
	f.mux.HandleFunc("/", noRoute)
	return f
}

// AddKey makes a key of the type aes256-gcm96.
func (f *Fake) AddKey(mount, name string) {
	raw := make([]byte, 32)
	rand.Read(raw)
	block, err := aes.NewCipher(raw)
	if err != nil {
		panic(err) // 32 bytes are always a key
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keys[mount+"/"+name] = aead
}

// AddLogin has a sign-in with that role and secret give a token.
func (f *Fake) AddLogin(role, secret, token string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.logins[role+"\x00"+secret] = token
	f.tokens[token] = true
}

// AddToken has a token taken.
func (f *Fake) AddToken(token string) { f.set(func() { f.tokens[token] = true }) }

// Expire ends a token.
func (f *Fake) Expire(token string) { f.set(func() { delete(f.tokens, token) }) }

// Seal seals the server, or unseals it.
func (f *Fake) Seal(sealed bool) { f.set(func() { f.sealed = sealed }) }

// Hang has nothing answered until the returned function is called.
func (f *Fake) Hang() (mend func()) {
	ch := make(chan struct{})
	f.set(func() { f.hang = ch })
	return sync.OnceFunc(func() { f.set(func() { f.hang = nil }); close(ch) })
}

// Calls is how many requests came.
func (f *Fake) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

func (f *Fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// ServeHTTP implements [http.Handler].
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.calls++
	hang, sealed := f.hang, f.sealed
	f.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-r.Context().Done():
			return
		}
	}
	switch {
	case sealed:
		refuse(w, http.StatusServiceUnavailable, "Vault is sealed")
	case r.Header.Get("X-Vault-Namespace") != f.namespace:
		refuse(w, http.StatusNotFound, "no handler for route")
	default:
		f.mux.ServeHTTP(w, r)
	}
}

// route serves /v1/auth/MOUNT/login, and what the engine does with a key.
func (f *Fake) route(w http.ResponseWriter, r *http.Request) {
	switch mount, what, key := r.PathValue("mount"), r.PathValue("what"), r.PathValue("key"); {
	case mount == "auth" && key == "login":
		f.login(w, r)
	case what == "encrypt":
		f.guarded(f.encrypt)(w, r)
	case what == "decrypt":
		f.guarded(f.decrypt)(w, r)
	default:
		noRoute(w, r)
	}
}

func noRoute(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusNotFound, "no handler for route")
}

type params struct {
	Plaintext      string `json:"plaintext"`
	Ciphertext     string `json:"ciphertext"`
	AssociatedData string `json:"associated_data"`
	Role           string `json:"role"`
	JWT            string `json:"jwt"`
	RoleID         string `json:"role_id"`
	SecretID       string `json:"secret_id"`
}

// guarded finds the key for who may use it. The policy has "update" alone, so that
// to encrypt under a key that is not there is no right to make it.
func (f *Fake) guarded(do func(http.ResponseWriter, cipher.AEAD, params)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var p params
		f.mu.Lock()
		known := f.tokens[r.Header.Get("X-Vault-Token")]
		key := f.keys[r.PathValue("mount")+"/"+r.PathValue("key")]
		f.mu.Unlock()
		switch {
		case !known, key == nil && strings.Contains(r.URL.Path, "/encrypt/"):
			refuse(w, http.StatusForbidden, "permission denied")
		case key == nil:
			refuse(w, http.StatusBadRequest, "encryption key not found")
		case json.NewDecoder(r.Body).Decode(&p) != nil:
			refuse(w, http.StatusBadRequest, "failed to parse JSON input")
		default:
			do(w, key, p)
		}
	}
}

// prefix stands before every ciphertext: the version of the key is in it.
const prefix = "vault:v1:"

func (f *Fake) encrypt(w http.ResponseWriter, key cipher.AEAD, p params) {
	plain, err1 := base64.StdEncoding.DecodeString(p.Plaintext)
	bound, err2 := base64.StdEncoding.DecodeString(p.AssociatedData)
	if err1 != nil || err2 != nil {
		refuse(w, http.StatusBadRequest, "failed to base64-decode plaintext")
		return
	}
	sealed := key.Seal(nil, nil, plain, bound)
	give(w, "data", map[string]any{"ciphertext": prefix + base64.StdEncoding.EncodeToString(sealed), "key_version": 1})
}

func (f *Fake) decrypt(w http.ResponseWriter, key cipher.AEAD, p params) {
	rest, ok := strings.CutPrefix(p.Ciphertext, prefix)
	sealed, err := base64.StdEncoding.DecodeString(rest)
	if !ok || err != nil {
		refuse(w, http.StatusBadRequest, "invalid ciphertext: no prefix")
		return
	}
	bound, err := base64.StdEncoding.DecodeString(p.AssociatedData)
	if err != nil {
		refuse(w, http.StatusBadRequest, "failed to base64-decode associated_data")
		return
	}
	plain, err := key.Open(nil, nil, sealed, bound)
	if err != nil {
		refuse(w, http.StatusBadRequest, "cipher: message authentication failed")
		return
	}
	give(w, "data", map[string]any{"plaintext": base64.StdEncoding.EncodeToString(plain)})
}

func (f *Fake) login(w http.ResponseWriter, r *http.Request) {
	var p params
	if json.NewDecoder(r.Body).Decode(&p) != nil {
		refuse(w, http.StatusBadRequest, "failed to parse JSON input")
		return
	}
	f.mu.Lock()
	token, ok := f.logins[p.RoleID+p.Role+"\x00"+p.SecretID+p.JWT]
	f.mu.Unlock()
	if !ok {
		refuse(w, http.StatusBadRequest, "invalid role or secret ID")
		return
	}
	give(w, "auth", map[string]any{"client_token": token, "lease_duration": 3600, "renewable": true})
}

func give(w http.ResponseWriter, part string, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"request_id": fmt.Sprintf("%p", w), part: v})
}

func refuse(w http.ResponseWriter, code int, words ...string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(map[string]any{"errors": words})
}
