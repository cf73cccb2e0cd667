package notary

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"securetext/gateway/outbound"
	"securetext/store/merkle"
	"securetext/store/sigv4"
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
		sigv4.Sign(req, []byte(signed), sigv4.Credentials{KeyID: b.KeyID, Secret: b.Secret}, sigv4.Scope{Region: b.Region, Service: "s3"}, b.Now())
		return send(client, req)
	}}
}
