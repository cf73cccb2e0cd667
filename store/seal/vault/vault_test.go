package vault_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"securetext/store/seal"
	"securetext/store/seal/vault"
	"securetext/store/seal/vault/vaultfake"
)

const token = "hvs.the-token"

var clinic = seal.OrgVersion{Org: "org_1", Version: 1}

// rig is a server of transit, and how it is reached.
type rig struct {
	*vaultfake.Fake
	server *httptest.Server
	config vault.Config
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{Fake: vaultfake.New(token, "clinic/")}
	r.AddKey("transit", "securetext")
	r.AddKey("transit", "other")
	r.server = httptest.NewTLSServer(r.Fake)
	t.Cleanup(r.server.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.server.Certificate().Raw})
	r.config = vault.Config{
		Addr: r.server.URL, Namespace: "clinic/", CAFile: file(t, "ca.pem", string(ca)),
		Auth: vault.Auth{Method: "token", File: file(t, "token", token+"\n")},
	}
	return r
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (r *rig) root(t *testing.T, key string) vault.Root {
	t.Helper()
	c, err := vault.Open(r.config)
	if err != nil {
		t.Fatal(err)
	}
	return vault.New(c, "transit", key)
}

func wrapped(t *testing.T, r vault.Root, key seal.Plaintext, of seal.OrgVersion) seal.Ciphertext {
	t.Helper()
	c, err := r.WrapOrg(t.Context(), key, of)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestS21VaultBindsAKeyToItsOrgAndVersion(t *testing.T) {
	r := newRig(t)
	root, key := r.root(t, "securetext"), seal.Plaintext(bytes.Repeat([]byte{7}, 32))
	c := wrapped(t, root, key, clinic)
	if got, err := root.UnwrapOrg(t.Context(), c, clinic); err != nil || !bytes.Equal(got, key) {
		t.Fatalf("UnwrapOrg: %v, %v", got, err)
	}
	for _, of := range []seal.OrgVersion{{Org: "org_2", Version: 1}, {Org: "org_1", Version: 2}, {}} {
		if _, err := root.UnwrapOrg(t.Context(), c, of); !errors.Is(err, seal.ErrTampered) {
			t.Errorf("as %+v: got error %v, want ErrTampered", of, err)
		}
	}
	if _, err := r.root(t, "other").UnwrapOrg(t.Context(), c, clinic); !errors.Is(err, seal.ErrTampered) {
		t.Errorf("by another key: got error %v, want ErrTampered", err)
	}
	for _, damaged := range []string{string(c[:len(c)-6]) + "AAAA" + string(c[len(c)-2:]), "", "vault:v1:", string(c[:40])} {
		if _, err := root.UnwrapOrg(t.Context(), seal.Ciphertext(damaged), clinic); !errors.Is(err, seal.ErrTampered) {
			t.Errorf("%d bytes, damaged: got error %v, want ErrTampered", len(damaged), err)
		}
	}
}

func TestVaultSignsIn(t *testing.T) {
	for method, auth := range map[string]vault.Auth{
		"approle":    {Method: "approle", Role: "role-id"},
		"kubernetes": {Method: "kubernetes", Role: "role-id", Path: "k8s-east"},
	} {
		t.Run(method, func(t *testing.T) {
			r := newRig(t)
			r.config.Auth, r.config.Auth.File = auth, file(t, "secret", "the-secret")
			r.AddLogin("role-id", "the-secret", "first")
			root := r.root(t, "securetext")
			c := wrapped(t, root, make(seal.Plaintext, 32), clinic)
			wrapped(t, root, make(seal.Plaintext, 32), clinic)
			if r.Calls() != 3 {
				t.Errorf("%d calls for one sign-in and two keys", r.Calls())
			}
			r.Expire("first")
			r.AddLogin("role-id", "the-secret", "second")
			if _, err := root.UnwrapOrg(t.Context(), c, clinic); err != nil {
				t.Errorf("once the token was over: %v", err)
			}
		})
	}
}

func TestVaultsTokenIsReadAnew(t *testing.T) {
	r := newRig(t)
	root := r.root(t, "securetext")
	c := wrapped(t, root, make(seal.Plaintext, 32), clinic)
	r.Expire(token)
	if _, err := root.UnwrapOrg(t.Context(), c, clinic); !errors.Is(err, seal.ErrRootUnavailable) || !strings.Contains(err.Error(), "the token is over") {
		t.Errorf("once the token was over: got error %v", err)
	}
	r.AddToken("renewed")
	if err := os.WriteFile(r.config.Auth.File, []byte("renewed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := root.UnwrapOrg(t.Context(), c, clinic); err != nil {
		t.Errorf("with a new token in the file: %v", err)
	}
}

func TestS24WhatIsWrongIsSaidWithoutSecrets(t *testing.T) {
	key := seal.Plaintext("0123456789abcdef0123456789abcdef")
	for want, spoil := range map[string]func(*rig){
		"sealed":                       func(r *rig) { r.Seal(true) },
		"cannot be reached":            func(r *rig) { r.server.Close() },
		"no such engine or namespace":  func(r *rig) { r.config.Namespace = "elsewhere" },
		"there is no file":             func(r *rig) { os.Remove(r.config.Auth.File) },
		"holds no credential":          func(r *rig) { os.WriteFile(r.config.Auth.File, []byte("two words"), 0o600) },
		"certificate is not one":       func(r *rig) { r.config.CAFile = "" },
		"the token is over, or has no": func(r *rig) { r.Expire(token) },
	} {
		t.Run(want, func(t *testing.T) {
			r := newRig(t)
			spoil(r)
			c, err := vault.Open(r.config)
			if err != nil {
				t.Fatal(err)
			}
			_, err = vault.New(c, "transit", "securetext").WrapOrg(t.Context(), key, clinic)
			if !errors.Is(err, seal.ErrRootUnavailable) || !strings.Contains(err.Error(), want) {
				t.Errorf("got error %v", err)
			}
			if said := fmt.Sprintf("%v %+v %#v", err, c, c); strings.Contains(said, token) || strings.Contains(said, string(key)) || strings.Contains(said, "two words") {
				t.Errorf("a secret shows: %s", said)
			}
		})
	}
}

func TestVaultWithoutTheKey(t *testing.T) {
	r := newRig(t)
	c := wrapped(t, r.root(t, "securetext"), make(seal.Plaintext, 32), clinic)
	root := r.root(t, "misspelt")
	if _, err := root.UnwrapOrg(t.Context(), c, clinic); !errors.Is(err, seal.ErrRootUnavailable) || !strings.Contains(err.Error(), "no key of that name") {
		t.Errorf("UnwrapOrg: got error %v", err)
	}
	if _, err := root.WrapOrg(t.Context(), make(seal.Plaintext, 32), clinic); !errors.Is(err, seal.ErrRootUnavailable) {
		t.Errorf("WrapOrg: got error %v", err)
	}
}

func TestVaultsAuthoritiesMustBeThere(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{filepath.Join(t.TempDir(), "none"), file(t, "empty", "nothing")} {
		r.config.CAFile = path
		if _, err := vault.Open(r.config); err == nil {
			t.Errorf("%s was taken", path)
		}
	}
}
