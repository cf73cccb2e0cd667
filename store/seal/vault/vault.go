// Package vault has the keys of orgs wrapped by the transit engine of HashiCorp
// Vault or OpenBao, whose key never leaves it.
//
// A [Root] is one key of the engine. What it wraps is bound to its org and version
// by the engine's associated data. A [Client] is how it is reached, and as whom: its
// credential is a file that is read anew for each sign-in, so that it may change.
//
// Every call ends within [Bound]. No error holds a token, a key or a word that the
// server wrote.
package vault

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"strings"
	"time"

	"securetext/store/seal"
)

// Bound is how long a call may take.
const Bound = 5 * time.Second

// Root is a key of the transit engine. It implements [seal.Root].
type Root struct {
	client     *Client
	mount, key string
}

// New makes the root key of that name in the engine that is mounted there.
func New(c *Client, mount, key string) Root { return Root{c, mount, key} }

// ID implements [seal.Root]. The server's address is no part of it: that may change.
func (r Root) ID() string { return "vault/" + r.mount + "/" + r.key }

// WrapOrg implements [seal.Root].
func (r Root) WrapOrg(ctx context.Context, key seal.Plaintext, of seal.OrgVersion) (seal.Ciphertext, error) {
	var got struct{ Ciphertext string }
	err := r.ask(ctx, "encrypt", map[string]string{
		"plaintext": base64.StdEncoding.EncodeToString(key), "associated_data": bound(of),
	}, &got)
	if err == nil && !strings.HasPrefix(got.Ciphertext, "vault:v") {
		err = unavailable("encrypt", "an answer without a ciphertext")
	}
	if err != nil {
		return nil, err
	}
	return seal.Ciphertext(got.Ciphertext), nil
}

// UnwrapOrg implements [seal.Root].
func (r Root) UnwrapOrg(ctx context.Context, c seal.Ciphertext, of seal.OrgVersion) (seal.Plaintext, error) {
	var got struct{ Plaintext string }
	err := r.ask(ctx, "decrypt", map[string]string{"ciphertext": string(c), "associated_data": bound(of)}, &got)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(got.Plaintext)
	if err != nil {
		return nil, unavailable("decrypt", "an answer without a key")
	}
	return key, nil
}

// bound is what a wrapped key is bound to: version 1 of this format, the key's
// version and the org.
func bound(of seal.OrgVersion) string {
	b := binary.BigEndian.AppendUint64([]byte{1}, uint64(of.Version))
	return base64.StdEncoding.EncodeToString(append(b, of.Org...))
}

// ask has the engine do something with the key. A token that is over or was revoked
// is replaced once.
func (r Root) ask(ctx context.Context, what string, body map[string]string, to any) error {
	ctx, cancel := context.WithTimeout(ctx, Bound)
	defer cancel()
	path := r.mount + "/" + what + "/" + r.key
	for again := false; ; again = true {
		token, err := r.client.token(ctx, again)
		if err != nil {
			return err
		}
		err = r.client.post(ctx, call{what: what, path: path, token: token, body: body, data: to})
		if again || !errors.Is(err, errForbidden) {
			return err
		}
	}
}

// status is what a status of the server means, in words of ours.
var status = map[int]string{
	http.StatusNotFound:            "there is no such engine or namespace",
	http.StatusTooManyRequests:     "asked too often, or a standby that answers nothing",
	http.StatusInternalServerError: "an error of the server",
	http.StatusServiceUnavailable:  "sealed, or down for maintenance",
}

// told are parts of the server's own words that we know, and what they mean.
var told = []struct {
	part string
	err  error
}{
	{"message authentication failed", seal.ErrTampered},
	{"invalid ciphertext", seal.ErrTampered},
	{"could not decode", seal.ErrTampered},
	{"encryption key not found", errNoKey},
	{"associated_data", errNotAEAD},
}
