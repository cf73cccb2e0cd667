package passkey

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Key is one passkey, as it is kept. It is no secret, but whoever could put
// another in its place could sign in by that: seal it.
type Key struct {
	ID         []byte   `json:"id"`         // what the phone calls it
	Public     []byte   `json:"public"`     // COSE
	Transports []string `json:"transports"` // how browsers reach it
	Synced     bool     `json:"synced"`     // it may be on several phones; that never changes
}

// Bytes is the key as it is kept.
func (k Key) Bytes() ([]byte, error) { return json.Marshal(k) }

// Parse reads what [Key.Bytes] wrote.
func Parse(b []byte) (Key, error) {
	var k Key
	if err := json.Unmarshal(b, &k); err != nil {
		return Key{}, fmt.Errorf("parse passkey: %T", err) // not err, which may quote it
	}
	return k, nil
}

// find gives the place of the key with that ID.
func find(keys []Key, id []byte) (int, bool) {
	i := slices.IndexFunc(keys, func(k Key) bool { return bytes.Equal(k.ID, id) })
	return i, i >= 0
}

// credential is the key as the library knows it.
func (k Key) credential() webauthn.Credential {
	c := webauthn.Credential{ID: k.ID, PublicKey: k.Public, Flags: webauthn.CredentialFlags{BackupEligible: k.Synced}}
	for _, t := range k.Transports {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c
}

func descriptors(keys []Key) []protocol.CredentialDescriptor {
	var list []protocol.CredentialDescriptor
	for _, k := range keys {
		c := k.credential()
		list = append(list, c.Descriptor())
	}
	return list
}

// user is an owner as the library knows one.
type user struct{ Owner }

// WebAuthnID implements [webauthn.User].
func (u user) WebAuthnID() []byte { return u.Handle[:] }

// WebAuthnName implements [webauthn.User].
func (u user) WebAuthnName() string { return u.Name }

// WebAuthnDisplayName implements [webauthn.User].
func (u user) WebAuthnDisplayName() string { return u.Name }

// WebAuthnCredentials implements [webauthn.User].
func (u user) WebAuthnCredentials() []webauthn.Credential {
	var list []webauthn.Credential
	for _, k := range u.Keys {
		list = append(list, k.credential())
	}
	return list
}
