package idpfake

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
)

type key struct {
	id      string
	private *ecdsa.PrivateKey
}

// Rotate signs with a new key from now on. The former ones are published no more.
func (p *Provider) Rotate() {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = []key{{rand.Text(), private}}
}

func (p *Provider) newest() key { return p.keys[len(p.keys)-1] }

// point is the public key, as x and y.
func (k key) point() (x, y []byte) {
	b, err := k.private.PublicKey.Bytes() // 4, x, y
	if err != nil {
		panic(err)
	}
	return b[1:33], b[33:]
}

func (p *Provider) showKeys(w http.ResponseWriter) {
	var list []Claims
	for _, k := range p.keys {
		x, y := k.point()
		list = append(list, Claims{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": k.id, "x": encode(x), "y": encode(y)})
	}
	answer(w, http.StatusOK, Claims{"keys": list})
}

// sign makes a token of claims.
func (p *Provider) sign(said Claims) string {
	k := p.newest()
	header := Claims{"alg": "ES256", "typ": "JWT", "kid": k.id}
	for name, v := range p.Header {
		header[name] = v
	}
	unsigned := part(header) + "." + part(said)
	if p.Sign != nil {
		return unsigned + "." + p.Sign(unsigned)
	}
	sum := sha256.Sum256([]byte(unsigned))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, sum[:])
	if err != nil {
		panic(err)
	}
	return unsigned + "." + encode(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// ByPublicKey signs as HMAC does, with what everybody knows for a secret.
func (p *Provider) ByPublicKey(unsigned string) string {
	x, y := p.newest().point()
	m := hmac.New(sha256.New, append(x, y...))
	m.Write([]byte(unsigned))
	return encode(m.Sum(nil))
}

func part(v Claims) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return encode(b)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
