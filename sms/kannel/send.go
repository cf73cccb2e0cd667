package kannel

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"securetext/sms"
)

// reports are the delivery reports that we ask for: delivered, not delivered,
// waiting at the carrier, taken by the carrier, refused by the carrier.
const reports = 1 | 2 | 4 | 8 | 16

// maxAnswer is the most that is read of an answer, which is one line.
const maxAnswer = 4 << 10

// Send implements [sms.Sender]. Kannel gives no id for a text that is unique for
// ever: the receipt's is made of ours.
func (k *Kannel) Send(ctx context.Context, text sms.Text) (sms.Receipt, error) {
	bound, cancel := context.WithTimeout(ctx, k.config.Timeout)
	defer cancel()
	var wrote atomic.Bool // some of the request may have been sent
	traced := httptrace.WithClientTrace(bound, &httptrace.ClientTrace{
		WroteHeaders: func() { wrote.Store(true) },
	})
	req, err := k.request(traced, text)
	if err != nil {
		return sms.Receipt{}, err
	}
	resp, err := k.transport.RoundTrip(req)
	switch {
	case err != nil && wrote.Load():
		return sms.Receipt{}, unanswered(bound)
	case err != nil:
		return sms.Receipt{}, unreached(ctx)
	}
	defer resp.Body.Close()
	// A status without the line that explains it is enough to act on.
	said, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode == http.StatusAccepted {
		return sms.Receipt{ProviderID: providerID(text.ID())}, nil
	}
	return sms.Receipt{}, failure(resp.StatusCode, string(said))
}

// request is a text in a post, which smsbox takes the words of as they are.
func (k *Kannel) request(ctx context.Context, text sms.Text) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, k.config.URL, strings.NewReader(text.Body()))
	if err != nil {
		return nil, fmt.Errorf("kannel: %w", errTemporary) // the URL was checked
	}
	req.Header = http.Header{
		"Content-Type":      {"text/plain; charset=UTF-8"},
		"X-Kannel-Username": {k.config.User},
		"X-Kannel-Password": {k.config.Password},
		"X-Kannel-From":     {k.config.From},
		"X-Kannel-To":       {text.To().E164()},
		"X-Kannel-Coding":   {coding(text.Encoding())},
		"X-Kannel-Validity": {strconv.Itoa(int(k.config.Validity / time.Minute))},
		"X-Kannel-Dlr-Mask": {strconv.Itoa(reports)},
		"X-Kannel-Dlr-Url":  {k.callbackFor(text.ID())},
	}
	if k.config.SMSC != "" {
		req.Header.Set("X-Kannel-SMSC", k.config.SMSC)
	}
	return req, nil
}

// coding is Kannel's number for an encoding.
func coding(e sms.Encoding) string {
	if e == sms.UCS2 {
		return "2"
	}
	return "0"
}

// providerID is what stands for Kannel's own id of a text.
func providerID(id string) string { return "kannel_" + id }
