package main

import (
	"crypto/tls"
	"os"
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
