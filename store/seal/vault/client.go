package vault

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"

	"securetext/gateway/outbound"
	"securetext/store/seal"
)

var (
	errForbidden = errors.New("the token is over, or has no right to it")
	errNoKey     = errors.New("there is no key of that name")
	errNotAEAD   = errors.New("the key takes no associated data: make one of the type aes256-gcm96")
)

// unavailable says what was asked, and why it was not done.
func unavailable(what, why string) error {
	return fmt.Errorf("%w: vault %s: %s", seal.ErrRootUnavailable, what, why)
}

// Config is how a server is reached, and as whom.
type Config struct {
	Addr      string // https://HOST:8200
	Namespace string // empty: none
	CAFile    string // PEM; empty: the machine's authorities
	Auth      Auth
}

// Client is a server, and who we are there. Safe for concurrent use.
type Client struct {
	config Config
	http   *http.Client
	signIn signIn
}

// Format implements [fmt.Formatter]: no token prints.
func (c *Client) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[vault]") }

// Open makes a client. It connects to nothing.
func Open(config Config) (*Client, error) {
	trust := &tls.Config{}
	if config.CAFile != "" {
		pem, err := os.ReadFile(config.CAFile)
		if err != nil {
			return nil, fmt.Errorf("vault's authorities: %w", err)
		}
		trust.RootCAs = x509.NewCertPool()
		if !trust.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("vault's authorities: no certificate in %s", config.CAFile)
		}
	}
	return &Client{config: config, http: &http.Client{
		Transport: outbound.Transport(&net.Dialer{}, true, trust), Timeout: Bound,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// call is one request, and where what it gives goes to.
type call struct {
	what, path, token string
	body              any
	data, auth        any // nil: it gives nothing of the kind
}

// maxAnswer is far more than any answer has.
const maxAnswer = 64 << 10

func (c *Client) post(ctx context.Context, q call) error {
	body, err := json.Marshal(q.body)
	if err != nil {
		return unavailable(q.what, "the request cannot be written")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.config.Addr, "/")+"/v1/"+q.path, bytes.NewReader(body))
	if err != nil {
		return unavailable(q.what, "the address cannot be read")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Vault-Request", "true")
	if q.token != "" {
		req.Header.Set("X-Vault-Token", q.token)
	}
	if c.config.Namespace != "" {
		req.Header.Set("X-Vault-Namespace", c.config.Namespace)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return unavailable(q.what, unreached(err))
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return unavailable(q.what, "the answer broke off")
	}
	return q.read(resp.StatusCode, answer)
}

// read takes what an answer holds, or says what it means.
func (q call) read(code int, answer []byte) error {
	if code != http.StatusOK {
		return q.refused(code, answer)
	}
	var got struct{ Data, Auth json.RawMessage }
	if json.Unmarshal(answer, &got) != nil || fill(q.data, got.Data) != nil || fill(q.auth, got.Auth) != nil {
		return unavailable(q.what, "an answer that cannot be read")
	}
	return nil
}

func fill(to any, raw json.RawMessage) error {
	if to == nil {
		return nil
	}
	return json.Unmarshal(raw, to)
}

func (q call) refused(code int, answer []byte) error {
	if code == http.StatusForbidden {
		return fmt.Errorf("%w: vault %s: %w", seal.ErrRootUnavailable, q.what, errForbidden)
	}
	for _, t := range told {
		if code == http.StatusBadRequest && bytes.Contains(answer, []byte(t.part)) {
			if errors.Is(t.err, seal.ErrTampered) {
				return fmt.Errorf("vault %s: %w", q.what, t.err)
			}
			return unavailable(q.what, t.err.Error())
		}
	}
	if why, ok := status[code]; ok {
		return unavailable(q.what, why)
	}
	return unavailable(q.what, fmt.Sprintf("answer %d", code))
}

// unreached is why there was no answer. An error of the library's names the address,
// and is the operator's to read; what was sent stands in none.
func unreached(err error) string {
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		return "its certificate is not one that is trusted"
	case errors.Is(err, context.DeadlineExceeded), os.IsTimeout(err):
		return fmt.Sprintf("no answer within %s", Bound)
	case errors.Is(err, context.Canceled):
		return "cancelled"
	}
	return "cannot be reached"
}
