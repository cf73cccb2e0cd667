// Package kmsfake plays AWS KMS, for tests.
//
// A [Fake] is a handler. It holds real AES-256-GCM keys, and checks the signature,
// the key and the encryption context as KMS does. It fails on demand: a key can be
// disabled ([Fake.Disable]), and everything refused by the name of an error
// ([Fake.Refuse]).
package kmsfake

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Account is whom the fake serves.
type Account struct{ KeyID, Secret, Token string }

// Fake is one account's keys. Make it with [New]. Safe for concurrent use.
type Fake struct {
	account Account

	mu       sync.Mutex
	keys     map[string]cipher.AEAD // by ARN
	disabled map[string]bool
	refusal  string
}

// New makes a fake with the keys of these ARNs.
func New(account Account, arns ...string) *Fake {
	f := &Fake{account: account, keys: map[string]cipher.AEAD{}, disabled: map[string]bool{}}
	for _, arn := range arns {
		raw := make([]byte, 32)
		rand.Read(raw)
		block, err := aes.NewCipher(raw)
		if err != nil {
			panic(err) // 32 bytes are always a key
		}
		if f.keys[arn], err = cipher.NewGCMWithRandomNonce(block); err != nil {
			panic(err)
		}
	}
	return f
}

// Disable disables a key, or enables it.
func (f *Fake) Disable(arn string, disabled bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.disabled[arn] = disabled
}

// Refuse has everything refused by an error; empty: nothing is.
func (f *Fake) Refuse(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refusal = name
}

type request struct {
	KeyID             string `json:"KeyId"`
	Plaintext         []byte
	CiphertextBlob    []byte
	EncryptionContext map[string]string
}

// bound is the context in one order.
func (q request) bound() []byte {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(q.EncryptionContext)) {
		fmt.Fprintf(&b, "%q=%q\n", name, q.EncryptionContext[name])
	}
	return []byte(b.String())
}

// ServeHTTP implements [http.Handler].
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var q request
	f.mu.Lock()
	refusal := f.refusal
	f.mu.Unlock()
	switch {
	case refusal != "":
		refuse(w, refusal)
	case err != nil || r.Method != http.MethodPost || r.URL.Path != "/":
		refuse(w, "UnknownOperationException")
	case r.Header.Get("X-Amz-Security-Token") != f.account.Token:
		refuse(w, "ExpiredTokenException")
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="+f.account.KeyID+"/"):
		refuse(w, "UnrecognizedClientException")
	case !f.isSigned(r, body):
		refuse(w, "InvalidSignatureException")
	case json.Unmarshal(body, &q) != nil:
		refuse(w, "SerializationException")
	default:
		f.answer(w, strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "TrentService."), q)
	}
}

func (f *Fake) answer(w http.ResponseWriter, what string, q request) {
	f.mu.Lock()
	key, disabled := f.keys[q.KeyID], f.disabled[q.KeyID]
	f.mu.Unlock()
	switch {
	case key == nil:
		refuse(w, "NotFoundException")
	case disabled:
		refuse(w, "DisabledException")
	case what == "Encrypt":
		give(w, map[string]any{"KeyId": q.KeyID, "CiphertextBlob": key.Seal(nil, nil, q.Plaintext, q.bound())})
	case what == "Decrypt":
		plain, err := key.Open(nil, nil, q.CiphertextBlob, q.bound())
		if err != nil {
			refuse(w, "InvalidCiphertextException")
			return
		}
		give(w, map[string]any{"KeyId": q.KeyID, "Plaintext": plain})
	default:
		refuse(w, "UnknownOperationException")
	}
}

// isSigned makes the signature again, step by step as AWS's page "Create a signed AWS
// API request" does.
func (f *Fake) isSigned(r *http.Request, body []byte) bool {
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential="+f.account.KeyID+"/")
	scope, rest, _ := strings.Cut(rest, ",SignedHeaders=")
	names, given, _ := strings.Cut(rest, ",Signature=")
	parts := strings.Split(scope, "/")
	if len(parts) != 4 || parts[2] != "kms" || parts[3] != "aws4_request" || !strings.Contains(names, "x-amz-target") {
		return false
	}
	var headers strings.Builder
	for name := range strings.SplitSeq(names, ";") {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		headers.WriteString(name + ":" + value + "\n")
	}
	hash := func(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }
	canonical := strings.Join([]string{r.Method, r.URL.Path, "", headers.String(), names, hash(body)}, "\n")
	toSign := strings.Join([]string{"AWS4-HMAC-SHA256", r.Header.Get("X-Amz-Date"), scope, hash([]byte(canonical))}, "\n")
	key := []byte("AWS4" + f.account.Secret)
	for _, p := range append(parts, toSign) {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(p))
		key = m.Sum(nil)
	}
	return hmac.Equal([]byte(hex.EncodeToString(key)), []byte(given))
}

func give(w http.ResponseWriter, v map[string]any) {
	for name, field := range v {
		if b, ok := field.([]byte); ok {
			v[name] = base64.StdEncoding.EncodeToString(b)
		}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	json.NewEncoder(w).Encode(map[string]string{"__type": name, "message": "words of the server's own"})
}
