package dmarc

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"strings"
	"testing"
	"time"

	"securetext/gateway/dmarc/fakedns"
)

const letter = "From: ana@clinic.example\r\n" +
	"To: 2114367789@secure.text\r\n" +
	"Subject: your result\r\n" +
	"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n" +
	"Message-ID: <1@clinic.example>\r\n" +
	"MIME-Version: 1.0\r\n" +
	"Content-Type: text/plain\r\n" +
	"\r\n" +
	"Your result is ready.\r\n"

const (
	ownServer = "192.0.2.1"    // listed in the clinic's SPF record
	stranger  = "198.51.100.9" // listed nowhere
)

// world is a DNS in which clinic.example sends mail. A test that needs more
// adds it.
type world struct {
	*fakedns.Zone
	t       *testing.T
	key     fakedns.Key
	timeout time.Duration
}

func newWorld(t *testing.T, record string) *world {
	t.Helper()
	w := &world{Zone: fakedns.New(), t: t, timeout: time.Minute}
	w.TXT("clinic.example", "v=spf1 ip4:192.0.2.0/28 -all", "some-site-verification=1")
	if record != "" {
		w.TXT("_dmarc.clinic.example", record)
	}
	w.key = w.newKey("clinic.example")
	return w
}

// Hang makes names hang, and the tests that wait for them short.
func (w *world) Hang(names ...string) {
	w.timeout = 500 * time.Millisecond
	w.Zone.Hang(names...)
}

func (w *world) newKey(domain string, tags ...string) fakedns.Key {
	w.t.Helper()
	key, err := fakedns.NewKey(domain, "sel")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.Publish(key, tags...); err != nil {
		w.t.Fatal(err)
	}
	return key
}

func (w *world) sign(key fakedns.Key, mail string, fields ...string) string {
	w.t.Helper()
	signed, err := key.Sign([]byte(mail), fields...)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(signed)
}

func (w *world) evaluate(in Input) Result {
	w.t.Helper()
	r, err := (&Check{Resolver: w, Timeout: w.timeout}).Evaluate(w.t.Context(), in)
	if err != nil {
		w.t.Fatalf("Evaluate: %v", err)
	}
	return r
}

// fromStranger is a mail of ana's that nothing but its signatures speaks for.
func fromStranger(mail string) Input {
	return Input{
		Client:   netip.MustParseAddr(stranger),
		HELO:     "mx.forwarder.example",
		MailFrom: "ana@clinic.example",
		From:     "clinic.example",
		Raw:      []byte(mail),
		At:       time.Now(),
	}
}

// fromClinic is the same from the clinic's own server.
func fromClinic(mail string) Input {
	in := fromStranger(mail)
	in.Client, in.HELO = netip.MustParseAddr(ownServer), "mx.clinic.example"
	return in
}

// forge signs by hand, byte for byte, with whatever tags; an empty value
// leaves a tag out. It is for signatures that no library would make.
func forge(t *testing.T, key fakedns.Key, mail string, tags map[string]string) string {
	t.Helper()
	header, body, _ := strings.Cut(mail, "\r\n\r\n")
	bodyHash := sha256.Sum256([]byte(strings.TrimRight(body, "\r\n") + "\r\n"))
	all := map[string]string{
		"v": "1", "a": key.Algorithm(), "d": key.Domain, "s": key.Selector, "h": "from:subject",
		"bh": base64.StdEncoding.EncodeToString(bodyHash[:]),
	}
	for name, value := range tags {
		all[name] = value
	}
	field := "DKIM-Signature:"
	for _, name := range []string{"v", "a", "c", "d", "s", "i", "t", "x", "q", "l", "h", "bh"} {
		if all[name] != "" {
			field += " " + name + "=" + all[name] + ";"
		}
	}
	field += " b="
	signed := signedFields(header, all["h"]) + field
	return field + signBytes(t, key, signed) + "\r\n" + mail
}

// signedFields are those of names, from the bottom up, unfolded lines only.
func signedFields(header, names string) string {
	lines := strings.Split(header, "\r\n")
	var b strings.Builder
	for name := range strings.SplitSeq(names, ":") {
		for i := len(lines) - 1; i >= 0; i-- {
			if have, _, _ := strings.Cut(lines[i], ":"); strings.EqualFold(have, name) {
				b.WriteString(lines[i] + "\r\n")
				lines[i] = ""
				break
			}
		}
	}
	return b.String()
}

func signBytes(t *testing.T, key fakedns.Key, data string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(data))
	var how crypto.SignerOpts = crypto.SHA256
	if _, ok := key.Private.(ed25519.PrivateKey); ok {
		how = crypto.Hash(0)
	}
	signature, err := key.Private.Sign(rand.Reader, sum[:], how)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

func TestForgeMakesGoodSignatures(t *testing.T) {
	w := newWorld(t, "")
	r := w.evaluate(fromStranger(forge(t, w.key, letter, nil)))
	if r.Verdict != Pass || r.Aligned != MethodDKIM {
		t.Fatalf("got %s; tests that expect forged signatures to fail would show nothing", r)
	}
	if bytes.Contains([]byte(r.String()), []byte("@")) {
		t.Errorf("summary holds an address: %s", r)
	}
}
