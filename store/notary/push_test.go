package notary_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"securetext/gateway/outbound"
	"securetext/store/merkle"
	"securetext/store/notary"
	"securetext/store/storetest"
)

var noon = storetest.Noon

func clock() time.Time { return noon }

func checkpoint(t *testing.T) (merkle.Checkpoint, string) {
	t.Helper()
	c := merkle.Checkpoint{Origin: "log.example", Size: 7, At: noon}
	signed, err := key.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return c, signed
}

func TestACheckpointIsPushedUntilATargetHasIt(t *testing.T) {
	d := newDesk(t)
	var mu sync.Mutex
	var got []int64
	failing := 2
	c := d.config()
	c.Targets = []notary.Target{{Kind: "webhook", Name: "webhook", Push: func(_ context.Context, c merkle.Checkpoint, _ string) error {
		mu.Lock()
		defer mu.Unlock()
		if failing > 0 {
			failing--
			return errors.New("away")
		}
		got = append(got, c.Size)
		return nil
	}}}
	pushed := func(n int) func() bool {
		return func() bool {
			d.later(time.Second) // so that the claim of a push that failed is over
			mu.Lock()
			defer mu.Unlock()
			return len(got) == n
		}
	}
	d.run(t, c, "it is pushed", pushed(1))
	for range 100 {
		d.later(time.Minute)
	}
	d.event(t)
	d.run(t, c, "the next is pushed", pushed(2))
	if got[0] != 2 || got[1] != 3 {
		t.Errorf("pushed: %v, want each once", got)
	}
}

func TestAWebhookGetsTheSignedCheckpoint(t *testing.T) {
	c, signed := checkpoint(t)
	secret := outbound.NewSecret(key.HookSecret())
	status := http.StatusNoContent
	var wrong []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var post map[string]any
		if err := json.Unmarshal(body, &post); err != nil || post["checkpoint"] != signed || post["type"] != "log.checkpoint" ||
			post["size"] != float64(7) || post["id"] != r.Header.Get("X-SecureText-Delivery") || post["origin"] != "log.example" {
			wrong = append(wrong, string(body))
		}
		if !secret.Signed(r.Header.Values(outbound.SignatureHeader), string(body), noon) {
			wrong = append(wrong, "not signed")
		}
		w.Header().Set("Location", "/again")
		w.WriteHeader(status)
	}))
	defer server.Close()
	hook := notary.Webhook{URL: server.URL + "/x", Secret: secret, Private: true, TLS: trusting(server), Now: clock}
	if err := notary.ToWebhook(hook).Push(t.Context(), c, signed); err != nil || len(wrong) > 0 {
		t.Errorf("Push: %v, %v", err, wrong)
	}
	for _, status = range []int{302, 404, 500} {
		if err := notary.ToWebhook(hook).Push(t.Context(), c, signed); err == nil || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%d: got error %v", status, err)
		}
	}
	hook.Private = false
	if err := notary.ToWebhook(hook).Push(t.Context(), c, signed); !errors.Is(err, outbound.ErrPrivate) {
		t.Errorf("S30: a private address: got error %v, want ErrPrivate", err)
	}
	server.Close()
	hook.Private = true
	if err := notary.ToWebhook(hook).Push(t.Context(), c, signed); err == nil || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("away: got error %v", err)
	}
}

func trusting(s *httptest.Server) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{RootCAs: pool}
}

func TestAMailHoldsTheCheckpoint(t *testing.T) {
	c, signed := checkpoint(t)
	var sent []byte
	target := notary.ToMail(notary.Mail{
		To: "auditor@law.example", From: "log@clinic.example", Hostname: "clinic.example", Every: 24 * time.Hour, Now: clock,
		Send: func(_ context.Context, to string, mail []byte) error {
			if to != "auditor@law.example" {
				t.Errorf("sent to %s", to)
			}
			sent = mail
			return nil
		},
	})
	if err := target.Push(t.Context(), c, signed); err != nil || target.Every != 24*time.Hour {
		t.Fatalf("Push: %v", err)
	}
	m, err := mail.ReadMessage(strings.NewReader(string(sent)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	_, kept, _ := strings.Cut(strings.ReplaceAll(string(body), "\r\n", "\n"), "----\n")
	if got, err := merkle.Open(kept, key.Public()); err != nil || got != c {
		t.Errorf("what stands below the rule: %+v, %v", got, err)
	}
	for line := range strings.SplitSeq(string(sent), "\r\n") {
		if len(line) > 78 || strings.Contains(line, "\n") {
			t.Errorf("line %q", line)
		}
	}
}

// The example of AWS's own documentation of Signature Version 4 for S3, "PUT Object",
// cannot be had with our header fields; so the signature is computed here a second
// time, by the steps of that page.
func TestABucketGetsASignedObject(t *testing.T) {
	c, signed := checkpoint(t)
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	b := notary.Bucket{URL: server.URL + "/bucket/clinic one", Region: "eu-central-1", KeyID: "AKIDEXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Now: clock}
	if err := notary.ToBucket(b).Push(t.Context(), c, signed); err != nil {
		t.Fatal(err)
	}
	if got.Method != http.MethodPut || got.URL.Path != "/bucket/clinic one-00000000000000000007.txt" || string(body) != signed {
		t.Errorf("got %s %s with %q", got.Method, got.URL, body)
	}
	want := signatureV4("20260302T120000Z", "eu-central-1", b.Secret, "PUT", "/bucket/clinic%20one-00000000000000000007.txt", got.Host, body)
	if auth := got.Header.Get("Authorization"); auth != "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260302/eu-central-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature="+want {
		t.Errorf("Authorization: got %s, want the signature %s", auth, want)
	}
	if printed := fmt.Sprintf("%v %+v %#v %s", b, b, &b, b); strings.Contains(printed, b.Secret) {
		t.Error("S24: the secret prints")
	}
}
