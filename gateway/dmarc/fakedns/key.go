package fakedns

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// Key is a DKIM key of a domain.
type Key struct {
	Domain, Selector string
	Private          crypto.Signer
}

// NewKey makes an Ed25519 key (RFC 8463), which takes no time.
func NewKey(domain, selector string) (Key, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Key{}, fmt.Errorf("make ed25519 key: %w", err)
	}
	return Key{domain, selector, private}, nil
}

// NewRSAKey makes an RSA key, as most senders use.
func NewRSAKey(domain, selector string, bits int) (Key, error) {
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return Key{}, fmt.Errorf("make rsa key: %w", err)
	}
	return Key{domain, selector, private}, nil
}

// Name is where the public key is kept.
func (k Key) Name() string { return k.Selector + "._domainkey." + k.Domain }

// Algorithm is the a= tag of the key's signatures.
func (k Key) Algorithm() string {
	if _, ok := k.Private.(ed25519.PrivateKey); ok {
		return "ed25519-sha256"
	}
	return "rsa-sha256"
}

// Record is the TXT record of the public key, with more tags such as "t=s".
func (k Key) Record(tags ...string) (string, error) {
	kind, _, _ := strings.Cut(k.Algorithm(), "-")
	public, ok := k.Private.Public().(ed25519.PublicKey)
	if !ok {
		var err error
		if public, err = x509.MarshalPKIXPublicKey(k.Private.Public()); err != nil {
			return "", fmt.Errorf("write public key: %w", err)
		}
	}
	all := append([]string{"v=DKIM1", "k=" + kind, "p=" + base64.StdEncoding.EncodeToString(public)}, tags...)
	return strings.Join(all, "; "), nil
}

// Publish adds the key's record to the zone.
func (z *Zone) Publish(k Key, tags ...string) error {
	record, err := k.Record(tags...)
	if err != nil {
		return err
	}
	z.TXT(k.Name(), record)
	return nil
}

// usual are the fields that most senders sign.
var usual = []string{"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"}

// Sign puts a signature on top of mail, relaxed as to white space, over the
// given fields, or over the usual ones.
func (k Key) Sign(mail []byte, fields ...string) ([]byte, error) {
	if len(fields) == 0 {
		fields = usual
	}
	var signed bytes.Buffer
	err := dkim.Sign(&signed, bytes.NewReader(mail), &dkim.SignOptions{
		Domain:                 k.Domain,
		Selector:               k.Selector,
		Signer:                 k.Private,
		Hash:                   crypto.SHA256,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed,
		BodyCanonicalization:   dkim.CanonicalizationRelaxed,
		HeaderKeys:             fields,
	})
	if err != nil {
		return nil, fmt.Errorf("sign mail: %w", err)
	}
	return signed.Bytes(), nil
}
