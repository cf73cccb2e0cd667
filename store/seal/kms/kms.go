// Package kms has the keys of orgs wrapped by a key of AWS KMS, which never leaves it.
//
// A [Root] is one key. What it wraps is bound to its org and version by KMS's
// encryption context. Requests are signed by store/sigv4; the credentials are an
// access key of the settings, or a file that is read anew when it changes.
//
// Every call ends within [Bound]. No error holds a credential, a key or a word that
// the server wrote, but the name of its error.
package kms

import (
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"securetext/gateway/outbound"
	"securetext/store/seal"
	"securetext/store/sigv4"
)

// Bound is how long a call may take.
const Bound = 5 * time.Second

// Config is how KMS is reached, and as whom.
type Config struct {
	Endpoint string // empty: AWS's own of the key's region
	// Credentials are the access key; the zero value: they are in File.
	Credentials sigv4.Credentials
	File        string // as a credential_process prints it
	Now         func() time.Time
}

// Client is KMS, and who we are there. Safe for concurrent use.
type Client struct {
	config Config
	http   *http.Client
}

// Format implements [fmt.Formatter]: no credential prints.
func (c *Client) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[kms]") }

// Open makes a client. It connects to nothing.
func Open(config Config) *Client {
	return &Client{config: config, http: &http.Client{
		Transport: outbound.Transport(&net.Dialer{}, true, nil), Timeout: Bound,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Root is a key of KMS. It implements [seal.Root].
type Root struct {
	client *Client
	arn    string
	region string
}

// keyARN is the full name of a key. An alias may come to mean another one.
var keyARN = regexp.MustCompile(`^arn:aws[a-z-]*:kms:([a-z0-9-]+):[0-9]{12}:key/[a-z0-9-]+$`)

// New makes the root key of that ARN.
func New(c *Client, arn string) (Root, error) {
	m := keyARN.FindStringSubmatch(arn)
	if m == nil {
		return Root{}, fmt.Errorf("%q is not the ARN of a key", arn)
	}
	return Root{c, arn, m[1]}, nil
}

// ID implements [seal.Root].
func (r Root) ID() string { return r.arn }

// WrapOrg implements [seal.Root].
func (r Root) WrapOrg(ctx context.Context, key seal.Plaintext, of seal.OrgVersion) (seal.Ciphertext, error) {
	var got struct{ CiphertextBlob string }
	err := r.client.ask(ctx, r.region, "Encrypt", map[string]any{
		"KeyId": r.arn, "Plaintext": base64.StdEncoding.EncodeToString(key), "EncryptionContext": bound(of),
	}, &got)
	if err != nil {
		return nil, err
	}
	c, err := base64.StdEncoding.DecodeString(got.CiphertextBlob)
	if err != nil || len(c) == 0 {
		return nil, unavailable("Encrypt", "an answer without a ciphertext")
	}
	return c, nil
}

// UnwrapOrg implements [seal.Root].
func (r Root) UnwrapOrg(ctx context.Context, c seal.Ciphertext, of seal.OrgVersion) (seal.Plaintext, error) {
	if len(c) == 0 {
		return nil, fmt.Errorf("kms Decrypt: %w", seal.ErrTampered)
	}
	var got struct{ Plaintext string }
	err := r.client.ask(ctx, r.region, "Decrypt", map[string]any{
		"KeyId": r.arn, "CiphertextBlob": base64.StdEncoding.EncodeToString(c), "EncryptionContext": bound(of),
	}, &got)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(got.Plaintext)
	if err != nil {
		return nil, unavailable("Decrypt", "an answer without a key")
	}
	return key, nil
}

// bound is what a wrapped key is bound to. KMS writes it into its own log, where ids
// are no secret.
func bound(of seal.OrgVersion) map[string]string {
	return map[string]string{"securetext": "org key", "org": of.Org, "version": strconv.Itoa(of.Version)}
}
