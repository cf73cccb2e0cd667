package webhook

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"securetext/gateway/outbound"
	"securetext/sms"
)

// maxAnswer is the most that is read of an answer, and of its headers.
const maxAnswer = 64 << 10

// newTransport makes connections, to private addresses only where it may.
// HTTP/1.1 is all that it speaks.
func newTransport(timeout time.Duration, private bool) *http.Transport {
	dialer := &net.Dialer{Timeout: timeout}
	if !private {
		dialer.Control = outbound.PublicOnly
	}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    timeout,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: maxAnswer,
	}
}

// isPrivateLiteral leaves this machine out: who writes it means it.
func isPrivateLiteral(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && !outbound.IsPublic(a) && !isLoopback(host)
}

// answer is what the gateway said.
type answer struct {
	status     int // of HTTP
	body       []byte
	retryAfter time.Duration // zero: it did not say
}

func (a answer) ok() bool { return a.status/100 == 2 }

// exchange signs a request, and reads the answer whole, so that the connection
// can be used again. Its error says whether the request may have arrived.
func (w *Webhook) exchange(req *http.Request, signed string) (answer, error) {
	ctx, cancel := context.WithTimeout(req.Context(), w.timeout)
	defer cancel()
	var wrote atomic.Bool // some of the request may have been sent
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { wrote.Store(true) },
	})
	req = req.WithContext(ctx)
	req.Header.Set(outbound.SignatureHeader, w.secret.Sign(w.now(), signed))
	resp, err := w.transport.RoundTrip(req)
	switch {
	case err != nil && wrote.Load():
		return answer{}, unanswered(ctx)
	case err != nil:
		return answer{}, unreached(ctx, err)
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, retryAfter: retryAfter(resp.Header)}
	if a.status < 200 {
		return a, nil // another protocol from here on: it has no end, and knows no ctx
	}
	if a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return answer{}, unanswered(ctx)
	}
	return a, nil
}

func retryAfter(h http.Header) time.Duration {
	const most = 3600 // seconds
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, most)) * time.Second
}

// unanswered is for a request that may have reached the gateway.
func unanswered(ctx context.Context) error {
	if ctx.Err() != nil {
		return &sms.Error{Code: "webhook_timeout", Err: sms.ErrUnsure}
	}
	return &sms.Error{Code: "webhook_broken_off", Err: sms.ErrUnsure}
}

// unreached is for a request that was never written: no name, no connection,
// no TLS. That we stop is not the gateway's fault.
func unreached(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, outbound.ErrPrivate):
		return &sms.Error{Code: "webhook_private_address", Err: sms.ErrHalt}
	case errors.Is(ctx.Err(), context.Canceled):
		return &sms.Error{Code: "webhook_unreached", Err: context.Canceled}
	}
	return &sms.Error{Code: "webhook_unreached", Err: sms.ErrAway}
}
