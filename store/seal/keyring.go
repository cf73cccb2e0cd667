package seal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrUnknownRoot is returned when an org key was wrapped by a root key that is
// not configured.
var ErrUnknownRoot = errors.New("org key is wrapped by a root key that is not configured")

// OrgKey is one version of an org's key, as stored: wrapped by the root key
// whose ID is Root. Versions count up from 1; the highest is the one in use.
type OrgKey struct {
	Org     string
	Version int
	Root    string
	Wrapped Ciphertext
}

// DataKey is a data key as stored: wrapped by a version of its org's key.
type DataKey struct {
	Version int
	Wrapped Ciphertext
}

// OrgKeys finds an org's wrapped keys; version 0 asks for the newest.
type OrgKeys interface {
	OrgKey(ctx context.Context, org string, version int) (OrgKey, error)
}

// Keyring is the chain root key, org key, data key. It keeps opened org keys
// in memory. Safe for concurrent use.
type Keyring struct {
	source  OrgKeys
	roots   map[string]Key
	current Key

	mu     sync.Mutex
	opened map[orgVersion]Key
	newest map[string]newest
}

type orgVersion struct {
	org     string
	version int
}

type newest struct {
	version int
	until   time.Time
}

// newestFor is how long a keyring goes on wrapping under the org key version it
// last saw, before it looks for a newer one. Old versions stay openable.
const newestFor = time.Minute

// NewKeyring makes a keyring. Org keys are wrapped under current; those wrapped
// under a former root key still open.
func NewKeyring(source OrgKeys, current Key, former ...Key) *Keyring {
	k := &Keyring{
		source: source, current: current, roots: map[string]Key{current.ID(): current},
		opened: map[orgVersion]Key{}, newest: map[string]newest{},
	}
	for _, f := range former {
		k.roots[f.ID()] = f
	}
	return k
}

// NewOrgKey makes the given version of an org's key, wrapped under the current
// root key and ready to store.
func (k *Keyring) NewOrgKey(org string, version int) OrgKey {
	return k.wrapOrg(org, version, NewKey())
}

// RewrapOrg wraps a stored org key under the current root key. It reports false
// when it already is.
func (k *Keyring) RewrapOrg(stored OrgKey) (OrgKey, bool, error) {
	if stored.Root == k.current.ID() {
		return stored, false, nil
	}
	key, err := k.unwrapOrg(stored)
	if err != nil {
		return OrgKey{}, false, err
	}
	return k.wrapOrg(stored.Org, stored.Version, key), true, nil
}

// NewDataKey makes a data key for one place, wrapped under the org's newest key.
func (k *Keyring) NewDataKey(ctx context.Context, at Place) (Key, DataKey, error) {
	orgKey, version, err := k.newestOrg(ctx, at.Org)
	if err != nil {
		return Key{}, DataKey{}, err
	}
	key := NewKey()
	return key, DataKey{Version: version, Wrapped: orgKey.Wrap(key, at)}, nil
}

// DataKey opens a stored data key. It is [ErrTampered] when the key is not the
// one of that place.
func (k *Keyring) DataKey(ctx context.Context, stored DataKey, at Place) (Key, error) {
	orgKey, err := k.org(ctx, at.Org, stored.Version)
	if err != nil {
		return Key{}, err
	}
	return orgKey.Unwrap(stored.Wrapped, at)
}

// RewrapData wraps a stored data key under the org's newest key. It reports
// false when it already is.
func (k *Keyring) RewrapData(ctx context.Context, stored DataKey, at Place) (DataKey, bool, error) {
	orgKey, version, err := k.newestOrg(ctx, at.Org)
	if err != nil || version == stored.Version {
		return stored, false, err
	}
	key, err := k.DataKey(ctx, stored, at)
	if err != nil {
		return DataKey{}, false, err
	}
	return DataKey{Version: version, Wrapped: orgKey.Wrap(key, at)}, true, nil
}

// Forget drops what is remembered of an org's newest key, so that the next use
// looks for it.
func (k *Keyring) Forget(org string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.newest, org)
}

func (k *Keyring) newestOrg(ctx context.Context, org string) (Key, int, error) {
	k.mu.Lock()
	n, ok := k.newest[org]
	k.mu.Unlock()
	if ok && time.Now().Before(n.until) {
		key, err := k.org(ctx, org, n.version)
		return key, n.version, err
	}
	stored, err := k.source.OrgKey(ctx, org, 0)
	if err != nil {
		return Key{}, 0, fmt.Errorf("find org key: %w", err)
	}
	key, err := k.remember(stored)
	if err != nil {
		return Key{}, 0, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.newest[org] = newest{stored.Version, time.Now().Add(newestFor)}
	return key, stored.Version, nil
}

func (k *Keyring) org(ctx context.Context, org string, version int) (Key, error) {
	k.mu.Lock()
	key, ok := k.opened[orgVersion{org, version}]
	k.mu.Unlock()
	if ok {
		return key, nil
	}
	stored, err := k.source.OrgKey(ctx, org, version)
	if err != nil {
		return Key{}, fmt.Errorf("find org key: %w", err)
	}
	return k.remember(stored)
}

func (k *Keyring) remember(stored OrgKey) (Key, error) {
	key, err := k.unwrapOrg(stored)
	if err != nil {
		return Key{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.opened[orgVersion{stored.Org, stored.Version}] = key
	return key, nil
}

func (k *Keyring) wrapOrg(org string, version int, key Key) OrgKey {
	return OrgKey{Org: org, Version: version, Root: k.current.ID(), Wrapped: k.current.Wrap(key, Place{Org: org})}
}

func (k *Keyring) unwrapOrg(stored OrgKey) (Key, error) {
	root, ok := k.roots[stored.Root]
	if !ok {
		return Key{}, ErrUnknownRoot
	}
	return root.Unwrap(stored.Wrapped, Place{Org: stored.Org})
}
