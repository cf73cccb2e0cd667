package notice

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"securetext/gateway/outbound"
)

// poster posts webhooks, one connection each. It follows no redirect and goes
// through no proxy: the address that it dials is the one that is checked.
type poster struct {
	dialer    *net.Dialer
	transport *http.Transport
	timeout   time.Duration
	now       func() time.Time
}

// What is read of an answer: it says nothing that we do not know by its status.
const maxAnswer = 4 << 10

func newPoster(c Config) poster {
	p := poster{dialer: &net.Dialer{}, timeout: c.HookTimeout, now: c.Now}
	p.transport = outbound.Transport(p.dialer, c.HookPrivate, c.HookTLS)
	return p
}

// post is a webhook as it goes out.
type post struct {
	url, id, signature string
	body               []byte
}

// silence is the error of a server that is better asked nothing for now: it did
// not answer, or asked for time.
type silence struct {
	err  *Error
	wait time.Duration // that it asked for; zero: it did not
}

func (s *silence) Error() string { return s.err.Error() }

func (s *silence) Unwrap() error { return s.err }

// post posts a webhook. Its error is [ErrPermanent], a silence, or any other:
// try again.
func (p poster) post(ctx context.Context, what post) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, what.url, bytes.NewReader(what.body))
	if err != nil {
		return &Error{"webhook_bad_url", ErrPermanent}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "securetext")
	req.Header.Set(outbound.SignatureHeader, what.signature)
	req.Header.Set(outbound.DeliveryHeader, what.id)
	resp, err := p.transport.RoundTrip(req)
	if err != nil {
		return unanswered(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 200 { // below, another protocol begins, which has no end
		io.CopyN(io.Discard, resp.Body, maxAnswer)
	}
	return p.meaning(resp)
}

// unanswered is what no answer means.
func unanswered(err error) error {
	var wait net.Error
	if errors.Is(err, outbound.ErrPrivate) {
		return &Error{"webhook_private_address", ErrPermanent}
	}
	code := "webhook_unreached"
	if cert, ok := errors.AsType[*tls.CertificateVerificationError](err); ok && cert != nil {
		code = "webhook_certificate"
	} else if errors.As(err, &wait) && wait.Timeout() {
		code = "webhook_timeout"
	}
	return &silence{err: &Error{code, errTemporary}}
}

// passing are the answers of the 400s that say: not now.
var passing = []int{http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests}

// meaning is what an answer means.
func (p poster) meaning(resp *http.Response) error {
	code := fmt.Sprintf("webhook_http_%d", resp.StatusCode)
	switch class := resp.StatusCode / 100; {
	case class == 2:
		return nil
	case (class == 3 || class == 4) && !slices.Contains(passing, resp.StatusCode):
		return &Error{code, ErrPermanent}
	}
	err := &Error{code, errTemporary}
	if wait := p.retryAfter(resp.Header); wait > 0 || resp.StatusCode == http.StatusTooManyRequests {
		return &silence{err, wait}
	}
	return err
}

// longestWait is how long a server may ask for.
const longestWait = time.Hour

// retryAfter is how long a server asks for, in seconds or until a time.
func (p poster) retryAfter(h http.Header) time.Duration {
	asked := h.Get("Retry-After")
	if n, err := strconv.ParseUint(asked, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, longestWait)
	}
	at, err := http.ParseTime(asked)
	if err != nil {
		return 0
	}
	return max(0, min(at.Sub(p.now()), longestWait))
}
