package notary

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"securetext/gateway/outbound"
	"securetext/store/merkle"
)

// Bucket is where checkpoints are put as objects, by the protocol of S3.
type Bucket struct {
	URL           string // of the bucket, with what names begin with
	Region        string
	KeyID, Secret string
	TLS           *tls.Config // for tests and private authorities; nil: the system's
	Now           func() time.Time
}

// Format implements [fmt.Formatter]: the secret never prints.
func (b Bucket) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[bucket]") }

// ToBucket puts each checkpoint under a name of its own, which sorts by size. The
// operator names the bucket, which may stand in a private network.
func ToBucket(b Bucket) Target {
	client := outbound.Transport(&net.Dialer{}, true, b.TLS)
	return Target{Kind: "bucket", Name: "bucket", Push: func(ctx context.Context, c merkle.Checkpoint, signed string) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPut, fmt.Sprintf("%s-%020d.txt", b.URL, c.Size), bytes.NewReader([]byte(signed)))
		if err != nil {
			return errors.New("the bucket's URL cannot be read")
		}
		req.Header.Set("Content-Type", "text/plain; charset=utf-8")
		b.sign(req, []byte(signed))
		return send(client, req)
	}}
}

// sign signs a request as S3 wants it (AWS Signature Version 4), over the host, the
// body and the time.
func (b Bucket) sign(req *http.Request, body []byte) {
	now := b.Now().UTC()
	stamp, day := now.Format("20060102T150405Z"), now.Format("20060102")
	hash := hex.EncodeToString(sum(body))
	req.Header.Set("X-Amz-Date", stamp)
	req.Header.Set("X-Amz-Content-Sha256", hash)
	const signed = "host;x-amz-content-sha256;x-amz-date"
	canonical := fmt.Sprintf("%s\n%s\n\nhost:%s\nx-amz-content-sha256:%s\nx-amz-date:%s\n\n%s\n%s",
		req.Method, canonicalPath(req.URL), req.URL.Host, hash, stamp, signed, hash)
	scope := day + "/" + b.Region + "/s3/aws4_request"
	toSign := "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex.EncodeToString(sum([]byte(canonical)))
	key := []byte("AWS4" + b.Secret)
	for _, part := range []string{day, b.Region, "s3", "aws4_request"} {
		key = mac(key, part)
	}
	req.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s",
		b.KeyID, scope, signed, hex.EncodeToString(mac(key, toSign))))
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
