package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"sync"
	"time"

	"securetext/configs"
)

// openTLS is the TLS that the SMTP and HTTP listeners share: the configured
// certificate, or one of our own for this run.
func openTLS(cfg *configs.Config, now time.Time) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.TLSCertFile != "" {
		files := &certFiles{cert: cfg.TLSCertFile, key: cfg.TLSKeyFile}
		if _, err := files.current(nil); err != nil {
			return nil, err
		}
		t.GetCertificate = files.current
		return t, nil
	}
	cert, err := selfSigned(cfg, now)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	t.Certificates = []tls.Certificate{cert}
	return t, nil
}

// certFiles serves the certificate of two PEM files, and the new one soon after
// they are replaced: certificates are renewed while the service runs. While the
// files do not fit together the last good certificate stays.
type certFiles struct {
	cert, key string

	mu      sync.Mutex
	loaded  *tls.Certificate
	changed time.Time // of the certificate file, when it was loaded
	looked  time.Time
}

// lookEvery is how often the certificate file is looked at.
const lookEvery = 30 * time.Second

func (f *certFiles) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.loaded != nil && time.Since(f.looked) < lookEvery {
		return f.loaded, nil
	}
	f.looked = time.Now()
	info, err := os.Stat(f.cert)
	if err == nil && f.loaded != nil && info.ModTime().Equal(f.changed) {
		return f.loaded, nil
	}
	var cert tls.Certificate
	if err == nil {
		cert, err = tls.LoadX509KeyPair(f.cert, f.key)
	}
	switch {
	case err == nil:
		f.loaded, f.changed = &cert, info.ModTime()
	case f.loaded == nil:
		return nil, fmt.Errorf("load TLS_CERT_FILE and TLS_KEY_FILE: %w", err)
	}
	return f.loaded, nil
}

// selfSigned makes a certificate for this machine and the public host.
func selfSigned(cfg *configs.Config, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "securetext, self-signed"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true, // so that a client can be told to trust it
		DNSNames:              append([]string{"localhost"}, cfg.SMTPDomains...),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	for _, base := range []string{cfg.PublicURL, cfg.ConsoleURL} {
		if u, err := url.Parse(base); err == nil && u.Hostname() != "" && net.ParseIP(u.Hostname()) == nil {
			template.DNSNames = append(template.DNSNames, u.Hostname())
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}
