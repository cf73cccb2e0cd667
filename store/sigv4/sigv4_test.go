package sigv4

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

var at = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)

func request(t *testing.T, method, url string, body []byte) *http.Request {
	t.Helper()
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// The signing key and the signature of AWS's own page "Create a signed AWS API
// request" cannot be had with our set of headers; its derivation of the key can.
func TestKeyIsDerivedAsAWSSays(t *testing.T) {
	key := []byte("AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
	for _, part := range []string{"20150830", "us-east-1", "iam", "aws4_request"} {
		key = mac(key, part)
	}
	if got, want := fmt.Sprintf("%x", key), "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEverythingThatCountsIsSigned(t *testing.T) {
	sign := func(change func(*http.Request), c Credentials, s Scope, body string, now time.Time) string {
		req := request(t, http.MethodPost, "https://kms.eu-central-1.amazonaws.com/", []byte(body))
		req.Header.Set("X-Amz-Target", "TrentService.Decrypt")
		change(req)
		Sign(req, []byte(body), c, s, now)
		return req.Header.Get("Authorization")
	}
	nothing := func(*http.Request) {}
	creds, scope := Credentials{"AKIDEXAMPLE", "secret", ""}, Scope{"eu-central-1", "kms"}
	first := sign(nothing, creds, scope, "{}", at)
	if again := sign(nothing, creds, scope, "{}", at); again != first {
		t.Error("not the same twice")
	}
	if !strings.Contains(first, "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-target,") {
		t.Errorf("signed: %s", first)
	}
	for what, other := range map[string]string{
		"host":   sign(func(r *http.Request) { r.URL.Host = "kms.example" }, creds, scope, "{}", at),
		"path":   sign(func(r *http.Request) { r.URL.Path = "/x" }, creds, scope, "{}", at),
		"target": sign(func(r *http.Request) { r.Header.Set("X-Amz-Target", "TrentService.Encrypt") }, creds, scope, "{}", at),
		"body":   sign(nothing, creds, scope, "{ }", at),
		"secret": sign(nothing, Credentials{"AKIDEXAMPLE", "other", ""}, scope, "{}", at),
		"token":  sign(nothing, Credentials{"AKIDEXAMPLE", "secret", "token"}, scope, "{}", at),
		"region": sign(nothing, creds, Scope{"us-east-1", "kms"}, "{}", at),
		"time":   sign(nothing, creds, scope, "{}", at.Add(time.Second)),
	} {
		_, a, _ := strings.Cut(first, "Signature=")
		if _, b, _ := strings.Cut(other, "Signature="); a == b {
			t.Errorf("another %s has the same signature", what)
		}
	}
}

func TestS24CredentialsNeverPrint(t *testing.T) {
	c := Credentials{"id", "the-secret", "the-token"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(verb, c); strings.Contains(got, "the-") {
			t.Errorf("%s shows it: %s", verb, got)
		}
	}
	var out bytes.Buffer
	if err := json.NewEncoder(&out).Encode(struct{ C Credentials }{c}); err != nil {
		t.Error(err)
	}
	for _, h := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(h).Info("signed", "as", c, "within", []Credentials{c})
	}
	if strings.Contains(out.String(), "the-") {
		t.Errorf("it is shown: %s", &out)
	}
}
