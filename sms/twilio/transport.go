package twilio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"securetext/sms"
)

// call is one request to the API. The SDK knows no context, keeps its base URL
// to itself, and neither closes the body of an error nor shows its headers;
// call stands below it, as its transport, and mends all that.
type call struct {
	*Twilio
	ctx   context.Context
	to    *url.URL    // the host that is called
	asks  bool        // nothing is sent by it, whatever happens
	wrote atomic.Bool // some of the request may have been sent
}

// call begins the handing over of a text.
func (t *Twilio) call(ctx context.Context) (*call, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, t.config.Timeout)
	c := &call{Twilio: t, to: t.base}
	c.ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { c.wrote.Store(true) },
	})
	return c, cancel
}

// ask begins a question.
func (t *Twilio) ask(ctx context.Context, host *url.URL) (*call, context.CancelFunc) {
	c, cancel := t.call(ctx)
	c.to, c.asks = host, true
	return c, cancel
}

// api is the SDK on top of the call. The handler is made by hand, since the
// SDK's own way reads the environment.
func (c *call) api() *openapi.ApiService {
	sdk := &client.Client{
		Credentials: client.NewCredentials(c.config.AccountSID, c.config.AuthToken),
		HTTPClient:  &http.Client{Transport: c},
	}
	sdk.SetAccountSid(c.config.AccountSID)
	return openapi.NewApiService(&client.RequestHandler{Client: sdk})
}

// maxAnswer is the most that is read of an answer: a page of a hundred texts
// is about 150 KB.
const maxAnswer = 1 << 20

// RoundTrip implements [http.RoundTripper]. The answer is read whole, so that
// the connection can be used again; one that is no success is an [apiError].
func (c *call) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(c.ctx)
	req.URL.Scheme, req.URL.Host, req.Host = c.to.Scheme, c.to.Host, ""
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode >= 300 {
		return nil, readError(resp, body)
	}
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// apiError is an answer that is no success. It leaves out what Twilio says in
// words, which may quote the number.
type apiError struct {
	status     int // of HTTP
	code       int // of Twilio; 0: the body was not Twilio's
	retryAfter time.Duration
}

func (e *apiError) Error() string { return fmt.Sprintf("status %d, code %d", e.status, e.code) }

func readError(resp *http.Response, body []byte) *apiError {
	e := &apiError{status: resp.StatusCode}
	var said struct{ Code int }
	if json.Unmarshal(body, &said) == nil {
		e.code = said.Code
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.retryAfter = min(time.Duration(seconds)*time.Second, time.Hour)
	}
	return e
}

// failure is what an error of the SDK or of [call.RoundTrip] means. What those
// say is dropped: it may quote the URL, and with it a number.
func (c *call) failure(err error) error {
	e := c.classify(err)
	if c.asks && e.Err == sms.ErrUnsure {
		e.Err = away(c.ctx)
	}
	return e
}

func (c *call) classify(err error) *sms.Error {
	if api, ok := errors.AsType[*apiError](err); ok {
		return api.meaning()
	}
	if refused, ok := errors.AsType[*client.TwilioRestError](err); ok {
		return (&apiError{status: refused.Status, code: refused.Code}).meaning() // bad credentials, not sent
	}
	if c.wrote.Load() {
		return unanswered(c.ctx)
	}
	return &sms.Error{Code: "twilio_unreached", Err: away(c.ctx)}
}
