// Package sigv4 signs requests as AWS and what speaks its protocols want it:
// Signature Version 4, over the host, the body, the time and the headers of Amazon's
// own. Neither the secret nor the session's token prints.
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Credentials are an access key; a passing one has a token too.
type Credentials struct{ KeyID, Secret, Token string }

// Format implements [fmt.Formatter]: a secret never prints.
func (c Credentials) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[credentials]") }

// MarshalText implements [encoding.TextMarshaler], which JSON and slog use too.
func (c Credentials) MarshalText() ([]byte, error) { return []byte("[credentials]"), nil }

// Scope is which service of which region a request is for.
type Scope struct{ Region, Service string }

// Sign signs a request that has its headers and no query.
func Sign(req *http.Request, body []byte, c Credentials, s Scope, now time.Time) {
	stamp := now.UTC().Format("20060102T150405Z")
	hash := hex.EncodeToString(sum(body))
	req.Header.Set("X-Amz-Date", stamp)
	req.Header.Set("X-Amz-Content-Sha256", hash)
	if c.Token != "" {
		req.Header.Set("X-Amz-Security-Token", c.Token)
	}
	names, headers := signed(req)
	canonical := fmt.Sprintf("%s\n%s\n\n%s\n%s\n%s", req.Method, canonicalPath(req.URL), headers, names, hash)
	day := stamp[:8]
	scope := day + "/" + s.Region + "/" + s.Service + "/aws4_request"
	toSign := "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex.EncodeToString(sum([]byte(canonical)))
	key := []byte("AWS4" + c.Secret)
	for _, part := range []string{day, s.Region, s.Service, "aws4_request"} {
		key = mac(key, part)
	}
	req.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s",
		c.KeyID, scope, names, hex.EncodeToString(mac(key, toSign))))
}

// signed are the names of the headers that are signed, and these headers.
func signed(req *http.Request) (names, headers string) {
	list := []string{"host"}
	for name := range req.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") {
			list = append(list, lower)
		}
	}
	slices.Sort(list)
	var lines strings.Builder
	for _, name := range list {
		value := req.Header.Get(name)
		if name == "host" {
			value = req.URL.Host
		}
		fmt.Fprintf(&lines, "%s:%s\n", name, strings.TrimSpace(value))
	}
	return strings.Join(list, ";"), lines.String()
}

// canonicalPath is the path with all but unreserved characters and slashes escaped.
func canonicalPath(u *url.URL) string {
	var out []byte
	for _, c := range []byte(u.Path) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~', c == '/':
			out = append(out, c)
		default:
			out = fmt.Appendf(out, "%%%02X", c)
		}
	}
	return string(out)
}

func sum(b []byte) []byte { s := sha256.Sum256(b); return s[:] }

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
