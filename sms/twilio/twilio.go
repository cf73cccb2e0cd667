// Package twilio sends texts through Twilio.
//
// [Twilio.Send] hands a text over with the address of our callback in it,
// [Twilio.Find] asks what became of texts that got no answer, and
// [Twilio.Callback] reads what Twilio posts back, once its signature holds.
//
// Twilio has no idempotency keys. So every error says whether the text may
// have gone out: it certainly has not when the request was never written or was
// refused, and it may have after a 5xx, a broken connection or a timeout. No
// error repeats a number, a body or what Twilio said about them.
package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"securetext/sms"
)

// MaxValidity is the longest that Twilio may hold a text: more, and the carrier
// may still deliver it after we gave it up.
const MaxValidity = 4 * time.Hour

// Config is an account and how it is used. It never prints.
type Config struct {
	AccountSID string
	AuthToken  string
	// From is a number; or MessagingServiceSID picks one. Exactly one is set.
	From                string
	MessagingServiceSID string
	// BaseURL is where the API is; empty: https://api.twilio.com
	BaseURL string
	// CallbackURL is the public URL of the callback. Signatures are over it, so
	// it is as Twilio sees it, not as a proxy passes it on. Empty: no callbacks.
	CallbackURL string
	// Validity is how long Twilio may hold a text; zero is MaxValidity.
	Validity time.Duration
	// ContentRetention is retain or discard, AddressRetention retain or
	// obfuscate; empty leaves it to the account. A text to an obfuscated number
	// cannot be found again.
	ContentRetention string
	AddressRetention string
	// Timeout is for one request; zero is 10 s.
	Timeout time.Duration
}

// Format implements [fmt.Formatter]: the token must not show.
func (c Config) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[twilio config]") }

// Twilio is a [sms.Sender] and a [sms.Finder]. Make one with [New].
type Twilio struct {
	config    Config
	base      *url.URL
	callback  *url.URL // nil: none
	transport *http.Transport
	signature client.RequestValidator
}

const (
	defaultBase    = "https://api.twilio.com"
	defaultTimeout = 10 * time.Second
)

// New makes a Twilio. It does not connect yet.
func New(c Config) (*Twilio, error) {
	if c.BaseURL == "" {
		c.BaseURL = defaultBase
	}
	if c.Validity == 0 {
		c.Validity = MaxValidity
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("twilio: %w", err)
	}
	t := &Twilio{config: c, signature: client.NewRequestValidator(c.AuthToken)}
	t.base, _ = url.Parse(c.BaseURL)
	if c.CallbackURL != "" {
		t.callback, _ = url.Parse(c.CallbackURL)
	}
	t.transport = &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSHandshakeTimeout: c.Timeout,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     90 * time.Second,
	}
	return t, nil
}

func (c Config) check() error {
	switch {
	case c.AccountSID == "" || c.AuthToken == "":
		return errors.New("account SID or auth token missing")
	case (c.From == "") == (c.MessagingServiceSID == ""):
		return errors.New("give either a From number or a Messaging Service")
	case c.Validity < time.Second || c.Validity > MaxValidity:
		return fmt.Errorf("validity must be 1s to %s", MaxValidity)
	case !isURL(c.BaseURL):
		return errors.New("base URL is not an http or https URL")
	case c.CallbackURL != "" && !isURL(c.CallbackURL):
		return errors.New("callback URL is not an http or https URL")
	}
	return nil
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
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
