// Package twilio sends texts through Twilio.
//
// [Twilio.Send] hands a text over with the address of our callback in it, and
// [Twilio.Callback] reads what Twilio posts back, once its signature holds.
// [Twilio.Find] asks what became of texts that got no answer, [Twilio.Report]
// of one whose callbacks were lost. [Twilio.Look] tells landlines before the
// first text, and [Twilio.Inbound] reads what patients text to us.
//
// Twilio has no idempotency keys. So every error of Send says whether the text
// may have gone out: it certainly has not when the request was never written or
// was refused, and it may have after a 5xx, a broken connection or a timeout. No
// error repeats a number, a body or what Twilio said about them.
//
// A Twilio is one sender number. The Twilios of a process share the connections
// of one [NewTransport].
package twilio

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"securetext/sms"
)

// Twilio is a [sms.Sender], [sms.Finder], [sms.Reporter], [sms.Looker] and
// [sms.Listener]. Make one with [New].
type Twilio struct {
	config    Config
	base      *url.URL
	lookups   *url.URL
	callback  *url.URL // nil: none
	transport *http.Transport
	signature client.RequestValidator
}

// New makes a Twilio. It does not connect yet.
func New(c Config) (*Twilio, error) {
	c = c.filled()
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("twilio: %w", err)
	}
	t := &Twilio{config: c, transport: c.Transport, signature: client.NewRequestValidator(c.AuthToken)}
	t.base, _ = url.Parse(c.BaseURL)
	t.lookups, _ = url.Parse(c.LookupURL)
	if c.CallbackURL != "" {
		t.callback, _ = url.Parse(c.CallbackURL)
	}
	return t, nil
}

// Name implements [sms.Sender].
func (t *Twilio) Name() string { return "twilio" }

// Send implements [sms.Sender].
func (t *Twilio) Send(ctx context.Context, text sms.Text) (sms.Receipt, error) {
	c, cancel := t.call(ctx)
	defer cancel()
	message, err := c.api().CreateMessage(t.message(text))
	if err != nil {
		return sms.Receipt{}, c.failure(err)
	}
	if message.Sid == nil || *message.Sid == "" {
		return sms.Receipt{}, &sms.Error{Code: "twilio_no_sid", Err: sms.ErrUnsure}
	}
	return sms.Receipt{ProviderID: *message.Sid}, nil
}

func (t *Twilio) message(text sms.Text) *openapi.CreateMessageParams {
	p := &openapi.CreateMessageParams{}
	p.SetPathAccountSid(t.config.AccountSID)
	p.SetTo(text.To().E164()).SetBody(text.Body())
	p.SetValidityPeriod(int(t.config.Validity / time.Second))
	p.SetSmartEncoded(false)
	if t.config.MessagingServiceSID != "" {
		p.SetMessagingServiceSid(t.config.MessagingServiceSID)
	} else {
		p.SetFrom(t.config.From)
	}
	if t.callback != nil {
		p.SetStatusCallback(t.callbackFor(text.ID()))
	}
	if t.config.ContentRetention != "" {
		p.SetContentRetention(t.config.ContentRetention)
	}
	if t.config.AddressRetention != "" {
		p.SetAddressRetention(t.config.AddressRetention)
	}
	return p
}
