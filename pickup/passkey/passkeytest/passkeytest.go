// Package passkeytest is a phone in software, for tests: it makes passkeys and
// signs with them as a browser and its authenticator do, or as none should.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// Phone holds passkeys of one site. What it claims can be changed between uses.
type Phone struct {
	testing.TB
	Origin   string // of the page that asks
	RPID     string // for which it signs
	Unseen   bool   // it does not look who is there
	Synced   bool   // its passkeys are on other phones too
	Counter  uint32 // said, and counted up if it is not 0
	Type     string // of what it signs, if not the right one
	Extended bool   // it answers an extension that nobody asked for

	keys []key
}

type key struct {
	id      []byte
	handle  []byte
	private *ecdsa.PrivateKey
}

// options are what both ceremonies ask for, as far as a phone cares.
type options struct {
	PublicKey struct {
		Challenge          string
		User               struct{ ID, Name string }
		AllowCredentials   []struct{ ID string }
		ExcludeCredentials []struct{ ID string }
	} `json:"publicKey"`
}

func (p *Phone) parse(asked []byte) options {
	p.Helper()
	var o options
	if err := json.Unmarshal(asked, &o); err != nil {
		p.Fatalf("options: %v", err)
	}
	return o
}

// Make makes a passkey and returns the browser's answer.
func (p *Phone) Make(asked []byte) []byte {
	p.Helper()
	o := p.parse(asked)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.Fatal(err)
	}
	id := make([]byte, 32)
	rand.Read(id)
	k := key{id: id, private: private, handle: decode(p, o.PublicKey.User.ID)}
	p.keys = append(p.keys, k)
	attested := append(make([]byte, 16), binary.BigEndian.AppendUint16(nil, uint16(len(id)))...) // no model's name
	attested = append(append(attested, id...), k.cose(p)...)
	object := p.cbor(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": p.data(0x40, attested)})
	return p.answer(id, map[string]any{
		"clientDataJSON":    encode(p.client("webauthn.create", o.PublicKey.Challenge)),
		"attestationObject": encode(object), "transports": []string{"internal", "hybrid"},
	})
}

// Use signs with the first of its passkeys that is asked for, and returns the
// browser's answer.
func (p *Phone) Use(asked []byte) []byte {
	p.Helper()
	o := p.parse(asked)
	for _, allowed := range o.PublicKey.AllowCredentials {
		for _, k := range p.keys {
			if allowed.ID == encode(k.id) {
				return p.sign(k, o)
			}
		}
	}
	p.Fatal("the phone has none of the passkeys that are asked for")
	return nil
}

// UseAny signs with its newest passkey, whichever are asked for.
func (p *Phone) UseAny(asked []byte) []byte {
	p.Helper()
	return p.sign(p.keys[len(p.keys)-1], p.parse(asked))
}

func (p *Phone) sign(k key, o options) []byte {
	p.Helper()
	if p.Counter != 0 {
		p.Counter++
	}
	data, client := p.data(0, nil), p.client("webauthn.get", o.PublicKey.Challenge)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, digest[:])
	if err != nil {
		p.Fatal(err)
	}
	return p.answer(k.id, map[string]any{
		"clientDataJSON": encode(client), "authenticatorData": encode(data),
		"signature": encode(signature), "userHandle": encode(k.handle),
	})
}

func (p *Phone) answer(id []byte, response map[string]any) []byte {
	p.Helper()
	extensions := map[string]any{}
	if p.Extended {
		extensions["credProps"] = map[string]any{"rk": true}
	}
	b, err := json.Marshal(map[string]any{
		"id": encode(id), "rawId": encode(id), "type": "public-key", "response": response,
		"clientExtensionResults": extensions, "authenticatorAttachment": "platform",
	})
	if err != nil {
		p.Fatal(err)
	}
	return b
}

// client is what the browser says of the page.
func (p *Phone) client(kind, challenge string) []byte {
	p.Helper()
	if p.Type != "" {
		kind = p.Type
	}
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": p.Origin, "crossOrigin": false})
	if err != nil {
		p.Fatal(err)
	}
	return b
}

// data is what the phone says of itself: for which site, that somebody was there,
// who it was, and how often it signed.
func (p *Phone) data(flags byte, attested []byte) []byte {
	hash := sha256.Sum256([]byte(p.RPID))
	flags |= 0x01
	if !p.Unseen {
		flags |= 0x04
	}
	if p.Synced {
		flags |= 0x18
	}
	b := append(hash[:], flags)
	b = binary.BigEndian.AppendUint32(b, p.Counter)
	return append(b, attested...)
}

func (k key) cose(p *Phone) []byte {
	p.Helper()
	public, err := k.private.PublicKey.Bytes() // 4, x, y
	if err != nil {
		p.Fatal(err)
	}
	return p.cbor(webauthncose.EC2PublicKeyData{
		PublicKeyData: webauthncose.PublicKeyData{KeyType: int64(webauthncose.EllipticKey), Algorithm: int64(webauthncose.AlgES256)},
		Curve:         int64(webauthncose.P256), XCoord: public[1:33], YCoord: public[33:],
	})
}

func (p *Phone) cbor(v any) []byte {
	p.Helper()
	b, err := webauthncbor.Marshal(v)
	if err != nil {
		p.Fatal(err)
	}
	return b
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
