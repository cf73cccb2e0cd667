package main

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"slices"
	"testing"
	"time"

	"securetext/configs"
)

func TestCertificateFilesAreReadAgain(t *testing.T) {
	w := &world{t: t, dir: t.TempDir()}
	cert, key := w.certificate()
	files := &certFiles{cert: cert, key: key}
	first, err := files.current(nil)
	if err != nil {
		t.Fatal(err)
	}
	w.certificate() // renewed
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	if again, _ := files.current(nil); again != first {
		t.Error("looked again at once")
	}
	files.looked = time.Time{}
	renewed, err := files.current(nil)
	if err != nil || same(renewed, first) {
		t.Errorf("the renewed certificate is not served: %v", err)
	}

	if err := os.WriteFile(key, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	later = later.Add(time.Minute)
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	files.looked = time.Time{}
	if kept, err := files.current(nil); err != nil || !same(kept, renewed) {
		t.Errorf("a broken renewal ends the service: %v", err)
	}
}

func same(a, b *tls.Certificate) bool { return string(a.Certificate[0]) == string(b.Certificate[0]) }

func TestMissingCertificateIsNamed(t *testing.T) {
	if _, err := openTLS(&configs.Config{TLSCertFile: "/nowhere/cert.pem", TLSKeyFile: "/nowhere/key.pem"}, time.Now()); err == nil {
		t.Error("no error for a certificate that is not there")
	}
}

// GnuTLS takes no certificate with an empty name in it.
func TestOwnCertificateNamesWhatIsThere(t *testing.T) {
	for _, console := range []string{"", "https://console.clinic.example", "https://127.0.0.1:8445"} {
		own, err := openTLS(&configs.Config{PublicURL: "https://msg.clinic.example", ConsoleURL: console}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(own.Certificates[0].Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"localhost", "msg.clinic.example"}
		if console == "https://console.clinic.example" {
			want = append(want, "console.clinic.example")
		}
		if !slices.Equal(leaf.DNSNames, want) {
			t.Errorf("with the console at %q: names %q, want %q", console, leaf.DNSNames, want)
		}
	}
}
