package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"securetext/configs"
	"securetext/store"
	"securetext/store/seal"
	"securetext/store/seal/kms"
	"securetext/store/seal/vault"
	"securetext/store/sigv4"
)

// rootProviders are those who keep root keys, by their names in ROOT_PROVIDER. Each
// gives the keys that are set, that which wraps first. Another one is a row here and a
// package below store/seal.
var rootProviders = []struct {
	name string
	open func(*configs.Config, *configs.Keys) ([]seal.Root, error)
}{
	{"key", rootKeys},
	{"vault", vaultKeys},
	{"kms", kmsKeys},
}

// openRoots gives the root key that wraps, and all others that are set. It connects to
// nobody.
func openRoots(cfg *configs.Config, secret *configs.Keys) (root seal.Root, others []seal.Root, err error) {
	for _, p := range rootProviders {
		keys, err := p.open(cfg, secret)
		if err != nil {
			return nil, nil, fmt.Errorf("root key of %s: %w", p.name, err)
		}
		if p.name == cfg.RootProvider && len(keys) > 0 {
			root, keys = keys[0], keys[1:]
		}
		others = append(others, keys...)
	}
	if root == nil {
		return nil, nil, errors.New("no root key is set")
	}
	return root, others, nil
}

func rootKeys(_ *configs.Config, secret *configs.Keys) (keys []seal.Root, err error) {
	if secret.Root != nil {
		keys = append(keys, sealKey(secret.Root))
	}
	for _, k := range secret.RootOld {
		keys = append(keys, sealKey(k))
	}
	return keys, nil
}

func vaultKeys(cfg *configs.Config, _ *configs.Keys) (keys []seal.Root, err error) {
	if cfg.VaultAddr == "" {
		return nil, nil
	}
	client, err := vault.Open(vault.Config{
		Addr: cfg.VaultAddr, Namespace: cfg.VaultNamespace, CAFile: cfg.VaultCAFile,
		Auth: vault.Auth{Method: cfg.VaultAuth, Path: cfg.VaultAuthPath, Role: cfg.VaultRole, File: cfg.VaultCredentialFile},
	})
	if err != nil {
		return nil, err
	}
	for _, name := range append([]string{cfg.VaultKey}, cfg.VaultKeyOld...) {
		keys = append(keys, vault.New(client, cfg.VaultMount, name))
	}
	return keys, nil
}

func kmsKeys(cfg *configs.Config, _ *configs.Keys) (keys []seal.Root, err error) {
	client := kms.Open(kms.Config{
		Endpoint: cfg.KMSEndpoint, File: cfg.KMSCredentialsFile, Now: time.Now,
		Credentials: sigv4.Credentials{KeyID: cfg.KMSAccessKeyID, Secret: string(cfg.KMSAccessSecret)},
	})
	for _, arn := range append([]string{cfg.KMSKey}, cfg.KMSKeyOld...) {
		if arn == "" {
			continue
		}
		key, err := kms.New(client, arn)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// indexOf is the index of phone numbers, with the former keys and the next.
func indexOf(secret *configs.Keys) seal.Index {
	var former []seal.Key
	for _, k := range secret.PhoneOld {
		former = append(former, sealKey(k))
	}
	index := seal.NewIndex(sealKey(secret.Phone), former...)
	if secret.PhoneNext != nil {
		index = index.Awaiting(sealKey(secret.PhoneNext))
	}
	return index
}

// rememberPhoneKeys tells a store that knows no phone key yet which were in use before:
// one that is upgraded, and has its key rotated with that.
func (h *house) rememberPhoneKeys(ctx context.Context, now time.Time) error {
	known, err := h.store.PhoneKeys(ctx)
	if err != nil {
		return fmt.Errorf("list phone keys: %w", err)
	}
	if len(known) > 0 {
		return nil
	}
	var before []string
	for i, k := range slices.Backward(h.secret.PhoneOld) { // the last in use stands first
		id := sealKey(k).ID()
		if err := h.store.UsePhoneKey(ctx, id, before, now.Add(-time.Duration(i+1)*time.Second)); err != nil {
			return fmt.Errorf("use phone key: %w", err)
		}
		before = append(before, id)
	}
	return nil
}

// usePhoneKey tells the store by which key this process finds numbers. With one that
// the store does not know, nobody would be found, and patients would be made twice.
func (h *house) usePhoneKey(ctx context.Context, now time.Time) error {
	ids := h.index.KeyIDs()
	err := h.store.UsePhoneKey(ctx, ids[0], ids[1:], now)
	if errors.Is(err, store.ErrForeignKey) {
		return fmt.Errorf("PHONE_KEY (%s): %w; if it is a new one, put the former one into PHONE_KEY_OLD; if it was rotated, take the new one", ids[0], err)
	}
	if err != nil {
		return fmt.Errorf("use phone key: %w", err)
	}
	return nil
}

// findsAll is [store.ErrForeignKey] when a former phone key was taken away too early:
// whom only that one finds would be made a second time, and their STOP be missed.
func (h *house) findsAll(ctx context.Context) error {
	n, err := h.store.Unfound(ctx, h.index.KeyIDs())
	if err != nil {
		return fmt.Errorf("look for numbers that are not found: %w", err)
	}
	if n > 0 {
		return fmt.Errorf("PHONE_KEY: %w: %d of them are found by none that is set; put the former one back into PHONE_KEY_OLD, or run: securetext keys rotate --phones", store.ErrForeignKey, n)
	}
	return nil
}
