package seal

import (
	"context"
	"errors"
	"fmt"
)

// The errors of a [Root], which never quote what it was asked.
var (
	// ErrUnknownRoot means that an org key was wrapped by a root key that is not
	// configured.
	ErrUnknownRoot = errors.New("org key is wrapped by a root key that is not configured")
	// ErrRootUnavailable means that the service that keeps the root key does not
	// do what it is asked: nothing is wrong with what is stored.
	ErrRootUnavailable = errors.New("root key unavailable")
)

// OrgVersion is one version of an org's key: what its wrapping is bound to.
type OrgVersion struct {
	Org     string
	Version int
}

// Root wraps the keys of orgs. It is a [Key] of this process, or a service that
// keeps one and never gives it away. Safe for concurrent use.
type Root interface {
	// ID names the root key, as it is stored with what it wraps. It gives nothing
	// of the key away, and is the same in all processes.
	ID() string
	// WrapOrg seals an org's key so that it opens for that org and version alone.
	WrapOrg(ctx context.Context, key Plaintext, of OrgVersion) (Ciphertext, error)
	// UnwrapOrg opens it. [ErrTampered]: it is not that org's and version's, or was
	// altered. [ErrRootUnavailable]: it cannot be told. It returns in bounded time.
	UnwrapOrg(ctx context.Context, c Ciphertext, of OrgVersion) (Plaintext, error)
}

// WrapOrg implements [Root]. It was never bound to the version, and needs not be:
// under the key of another version no data key opens.
func (k Key) WrapOrg(_ context.Context, key Plaintext, of OrgVersion) (Ciphertext, error) {
	return k.Seal(key, Place{Org: of.Org, Part: PartKey}), nil
}

// UnwrapOrg implements [Root].
func (k Key) UnwrapOrg(_ context.Context, c Ciphertext, of OrgVersion) (Plaintext, error) {
	return k.Open(c, Place{Org: of.Org, Part: PartKey})
}

// rootOf finds the root key that wraps a stored org key.
func (k *Keyring) rootOf(stored OrgKey) (Root, error) {
	root, ok := k.roots[stored.Root]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrUnknownRoot, stored.Root)
	}
	return root, nil
}

func (k *Keyring) wrapOrg(ctx context.Context, org string, version int, key Key) (OrgKey, error) {
	wrapped, err := k.current.WrapOrg(ctx, key.raw[:], OrgVersion{org, version})
	if err != nil {
		return OrgKey{}, fmt.Errorf("wrap org key: %w", err)
	}
	return OrgKey{Org: org, Version: version, Root: k.current.ID(), Wrapped: wrapped}, nil
}

func (k *Keyring) unwrapOrg(ctx context.Context, stored OrgKey) (Key, error) {
	root, err := k.rootOf(stored)
	if err != nil {
		return Key{}, err
	}
	raw, err := root.UnwrapOrg(ctx, stored.Wrapped, OrgVersion{stored.Org, stored.Version})
	if err != nil {
		return Key{}, fmt.Errorf("open org key: %w", err)
	}
	if len(raw) != 32 {
		return Key{}, fmt.Errorf("open org key: %w", ErrTampered)
	}
	return KeyFrom([32]byte(raw)), nil
}
