package seal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

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
// in memory, so that it asks the root key once for each. Safe for concurrent use.
type Keyring struct {
	source  OrgKeys
	roots   map[string]Root
	current Root

	mu      sync.Mutex
	opened  map[OrgVersion]Key
	opening map[OrgVersion]*opening
	newest  map[string]newest
}

type newest struct {
	version int
	until   time.Time
}

// newestFor is how long a keyring goes on wrapping under the org key version it
// last saw, before it looks for a newer one. Old versions stay openable.
const newestFor = time.Minute

// NewKeyring makes a keyring. Org keys are wrapped under current; those wrapped
// under another root key still open.
func NewKeyring(source OrgKeys, current Root, others ...Root) *Keyring {
	k := &Keyring{
		source: source, current: current, roots: map[string]Root{},
		opened: map[OrgVersion]Key{}, opening: map[OrgVersion]*opening{}, newest: map[string]newest{},
	}
	for _, r := range append(others, current) {
		k.roots[r.ID()] = r
	}
	return k
}

// Format implements [fmt.Formatter]: no key prints.
func (k *Keyring) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[keyring]") }

// RootID names the root key that org keys are wrapped under.
func (k *Keyring) RootID() string { return k.current.ID() }

// RootIDs names all root keys that open, in order.
func (k *Keyring) RootIDs() []string { return slices.Sorted(maps.Keys(k.roots)) }

// NewOrgKey makes the given version of an org's key, wrapped under the current
// root key and ready to store.
func (k *Keyring) NewOrgKey(ctx context.Context, org string, version int) (OrgKey, error) {
	return k.wrapOrg(ctx, org, version, NewKey())
}

// RewrapOrg wraps a stored org key under the current root key. It reports false
// when it already is.
func (k *Keyring) RewrapOrg(ctx context.Context, stored OrgKey) (OrgKey, bool, error) {
	if stored.Root == k.current.ID() {
		return stored, false, nil
	}
	key, err := k.unwrapOrg(ctx, stored)
	if err != nil {
		return OrgKey{}, false, err
	}
	rewrapped, err := k.wrapOrg(ctx, stored.Org, stored.Version, key)
	return rewrapped, err == nil, err
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
	key, err := k.open(ctx, stored)
	if err != nil {
		return Key{}, 0, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.newest[org] = newest{stored.Version, time.Now().Add(newestFor)}
	return key, stored.Version, nil
}

func (k *Keyring) org(ctx context.Context, org string, version int) (Key, error) {
	if key, ok := k.remembered(OrgVersion{org, version}); ok {
		return key, nil
	}
	stored, err := k.source.OrgKey(ctx, org, version)
	if err != nil {
		return Key{}, fmt.Errorf("find org key: %w", err)
	}
	return k.open(ctx, stored)
}
