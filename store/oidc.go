package store

import (
	"context"
	"fmt"
	"time"

	"securetext/store/seal"
)

// Provider is by whom an org's staff are vouched for (OpenID Connect). All that is
// trusted is in the sealed record: who can write to the database, and no more,
// cannot have another vouch.
type Provider struct {
	Org       OrgID
	Key       seal.DataKey
	Record    seal.Ciphertext // the settings, with the client's secret
	Domains   []string        // of the addresses that are sent there, in lower case; each is of one org
	Passwords bool            // what people have here signs them in as well
	Set       time.Time
}

// Place is where the settings are sealed to, and their key is wrapped to.
func (p Provider) Place() seal.Place {
	return seal.Place{Org: string(p.Org), Recipient: string(p.Org)}
}

// SealProvider makes an org's provider of its settings.
func SealProvider(ctx context.Context, keys *seal.Keyring, org OrgID, settings []byte) (Provider, error) {
	p := Provider{Org: org}
	key, wrapped, err := keys.NewDataKey(ctx, p.Place())
	if err != nil {
		return Provider{}, fmt.Errorf("seal provider: %w", err)
	}
	p.Key, p.Record = wrapped, key.Seal(settings, p.Place())
	return p, nil
}

// Open opens the settings.
func (p Provider) Open(ctx context.Context, keys *seal.Keyring) ([]byte, error) {
	key, err := keys.DataKey(ctx, p.Key, p.Place())
	if err != nil {
		return nil, fmt.Errorf("open provider: %w", err)
	}
	settings, err := key.Open(p.Record, p.Place())
	if err != nil {
		return nil, fmt.Errorf("open provider: %w", err)
	}
	return settings, nil
}

// IdentityHash is the hash of whom a provider vouches for: its issuer and what
// it calls them. Addresses change hands; that does not.
type IdentityHash [32]byte

// IdentityOf hashes whom an org's provider vouches for. It takes no key, which would have
// to be rotated: their address, which tells more, stands beside it.
func IdentityOf(org OrgID, issuer, subject string) IdentityHash {
	return plainSum("identity of staff", string(org), issuer, subject)
}

// ByProvider is the detail of a sign-in for which the org's provider vouched.
const ByProvider = "provider"

// Introduction is whom an org's provider vouched for.
type Introduction struct {
	Org      OrgID
	Under    time.Time // when the settings were set by which it was asked
	Identity IdentityHash
	Email    string // a verified one at a domain of the org's, in lower case; empty: none
	Name     string
	Roles    []Role  // by what it says of them
	Given    bool    // Roles count; else those that the person has here
	New      StaffID // of somebody who is not here yet; empty: they must be
}

// Providers knows by whom the staff of orgs are vouched for.
type Providers interface {
	// SetProvider sets an org's. ErrConflict when a domain is another org's, or when
	// passwords are to sign nobody in any more and no admin would be left whom the
	// provider does not vouch for, with a second factor. With anew it forgets whom the
	// former one vouched for. All sessions of the org's staff end.
	SetProvider(ctx context.Context, p Provider, anew bool, by Actor, at time.Time) error
	// Provider is the org's. ErrNotFound when it has none.
	Provider(ctx context.Context, org OrgID) (Provider, error)
	// ProviderFor finds whose the domain of an address is.
	ProviderFor(ctx context.Context, domain string) (Provider, error)
	// RemoveProvider takes it away. Those for whom it vouched are signed out, and need
	// another way in.
	RemoveProvider(ctx context.Context, org OrgID, by Actor, at time.Time) error
	// SignInVouched signs in whom the provider vouched for. Who was never here by it is
	// found by the address, or made. Roles that they no longer have end their sessions.
	// ErrConflict when they are not let in, which is on record: there is nobody and
	// none may be made, they are suspended, have no role, came by another identity
	// before, or the address is taken. ErrGone when the settings are others by now.
	SignInVouched(ctx context.Context, i Introduction, by Actor, at time.Time) (Staff, error)
}
