package kms_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"securetext/store/seal"
	"securetext/store/seal/kms"
	"securetext/store/seal/kms/kmsfake"
	"securetext/store/sigv4"
)

const (
	arn    = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	other  = "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
	secret = "the-secret-of-the-access-key"
)

var (
	clinic = seal.OrgVersion{Org: "org_1", Version: 1}
	now    = time.Date(2027, 1, 31, 9, 0, 0, 0, time.UTC)
)

type rig struct {
	*kmsfake.Fake
	server *httptest.Server
	config kms.Config
}

func newRig(t *testing.T, account kmsfake.Account) *rig {
	t.Helper()
	r := &rig{Fake: kmsfake.New(account, arn, other)}
	r.server = httptest.NewServer(r.Fake)
	t.Cleanup(r.server.Close)
	r.config = kms.Config{
		Endpoint: r.server.URL, Now: func() time.Time { return now },
		Credentials: sigv4.Credentials{KeyID: "AKIDEXAMPLE", Secret: secret},
	}
	return r
}

func (r *rig) root(t *testing.T, arn string) kms.Root {
	t.Helper()
	root, err := kms.New(kms.Open(r.config), arn)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func wrapped(t *testing.T, r kms.Root, key seal.Plaintext) seal.Ciphertext {
	t.Helper()
	c, err := r.WrapOrg(t.Context(), key, clinic)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestS21KMSBindsAKeyToItsOrgAndVersion(t *testing.T) {
	r := newRig(t, kmsfake.Account{KeyID: "AKIDEXAMPLE", Secret: secret})
	root, key := r.root(t, arn), seal.Plaintext(bytes.Repeat([]byte{7}, 32))
	c := wrapped(t, root, key)
	if got, err := root.UnwrapOrg(t.Context(), c, clinic); err != nil || !bytes.Equal(got, key) {
		t.Fatalf("UnwrapOrg: %v, %v", got, err)
	}
	for _, of := range []seal.OrgVersion{{Org: "org_2", Version: 1}, {Org: "org_1", Version: 2}, {}} {
		if _, err := root.UnwrapOrg(t.Context(), c, of); !errors.Is(err, seal.ErrTampered) {
			t.Errorf("as %+v: got error %v, want ErrTampered", of, err)
		}
	}
	if _, err := r.root(t, other).UnwrapOrg(t.Context(), c, clinic); !errors.Is(err, seal.ErrTampered) {
		t.Errorf("by another key: got error %v, want ErrTampered", err)
	}
	for i := range c {
		bad := bytes.Clone(c)
		if bad[i] ^= 1; i%8 != 0 {
			continue
		}
		if _, err := root.UnwrapOrg(t.Context(), bad, clinic); !errors.Is(err, seal.ErrTampered) {
			t.Errorf("byte %d altered: got error %v, want ErrTampered", i, err)
		}
	}
	if _, err := root.UnwrapOrg(t.Context(), nil, clinic); !errors.Is(err, seal.ErrTampered) {
		t.Errorf("nothing: got error %v, want ErrTampered", err)
	}
}

func TestCredentialsAreReadFromTheFile(t *testing.T) {
	r := newRig(t, kmsfake.Account{KeyID: "ASIA", Secret: secret, Token: "the-token"})
	path := filepath.Join(t.TempDir(), "credentials.json")
	write := func(format string, args ...any) {
		if err := os.WriteFile(path, fmt.Appendf(nil, format, args...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.config.Credentials, r.config.File = sigv4.Credentials{}, path
	root := r.root(t, arn)
	const form = `{"Version":1,"AccessKeyId":"ASIA","SecretAccessKey":%q,"SessionToken":%q,"Expiration":%q}`
	write(form, secret, "the-token", now.Add(time.Hour).Format(time.RFC3339))
	wrapped(t, root, make(seal.Plaintext, 32))
	for want, spoil := range map[string]func(){
		"are over":        func() { write(form, secret, "the-token", now.Add(-time.Hour).Format(time.RFC3339)) },
		"holds none":      func() { write("nothing") },
		"cannot be read":  func() { os.Remove(path) },
		"credentials are": func() { write(form, secret, "old-token", now.Add(time.Hour).Format(time.RFC3339)) },
	} {
		spoil()
		_, err := root.WrapOrg(t.Context(), make(seal.Plaintext, 32), clinic)
		if !errors.Is(err, seal.ErrRootUnavailable) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got error %v", want, err)
		}
	}
}

func TestS24WhatIsWrongIsSaidWithoutSecrets(t *testing.T) {
	key := seal.Plaintext("0123456789abcdef0123456789abcdef")
	for want, spoil := range map[string]func(*rig){
		"has no right":          func(r *rig) { r.Refuse("AccessDeniedException") },
		"InternalException":     func(r *rig) { r.Refuse("com.amazonaws.kms#InternalException") },
		"answer 400":            func(r *rig) { r.Refuse("words of the server's own") },
		"the key is disabled":   func(r *rig) { r.Disable(arn, true) },
		"cannot be reached":     func(r *rig) { r.server.Close() },
		"the access key is not": func(r *rig) { r.config.Credentials.KeyID = "AKIDOTHER" },
		"is wrong, or this":     func(r *rig) { r.config.Credentials.Secret += "x" },
	} {
		t.Run(want, func(t *testing.T) {
			r := newRig(t, kmsfake.Account{KeyID: "AKIDEXAMPLE", Secret: secret})
			spoil(r)
			c := kms.Open(r.config)
			root, err := kms.New(c, arn)
			if err != nil {
				t.Fatal(err)
			}
			_, err = root.WrapOrg(t.Context(), key, clinic)
			if !errors.Is(err, seal.ErrRootUnavailable) || !strings.Contains(err.Error(), want) {
				t.Errorf("got error %v", err)
			}
			if said := fmt.Sprintf("%v %+v %#v", err, c, r.config.Credentials); strings.Contains(said, secret) || strings.Contains(said, string(key)) || strings.Contains(said, "server's own") {
				t.Errorf("it says too much: %s", said)
			}
		})
	}
}

func TestOnlyTheFullNameOfAKeyIsTaken(t *testing.T) {
	for _, name := range []string{"", "alias/securetext", "arn:aws:kms:eu-central-1:111122223333:alias/securetext", "1234abcd-12ab-34cd-56ef-1234567890ab"} {
		if _, err := kms.New(kms.Open(kms.Config{}), name); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
}
