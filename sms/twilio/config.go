package twilio

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
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
	// InboundURL is the public URL that the numbers and Messaging Services of the
	// account post patients' texts to, exactly as it is set there. Signatures are
	// over it. Empty: such texts are refused.
	InboundURL string
	// Lookup lets [Twilio.Look] ask for the line types of numbers, for which
	// Twilio charges.
	Lookup bool
	// LookupURL is where that is asked; empty: https://lookups.twilio.com
	LookupURL string
	// Validity is how long Twilio may hold a text; zero is MaxValidity.
	Validity time.Duration
	// ContentRetention is retain or discard, AddressRetention retain or
	// obfuscate; empty leaves it to the account. A text to an obfuscated number
	// cannot be found again.
	ContentRetention string
	AddressRetention string
	// Timeout is for one request; zero is 10 s.
	Timeout time.Duration
	// Transport is shared by the Twilios of a process: see [NewTransport]. Nil:
	// this one has its own.
	Transport *http.Transport
}

// Format implements [fmt.Formatter]: the token must not show.
func (c Config) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[twilio config]") }

// Via returns c for texts that come from elsewhere: a Messaging Service (MG...),
// a number or a short code. Empty: c as it is.
func (c Config) Via(from string) Config {
	switch {
	case from == "":
	case strings.HasPrefix(from, "MG"):
		c.From, c.MessagingServiceSID = "", from
	default:
		c.From, c.MessagingServiceSID = from, ""
	}
	return c
}

const (
	// DefaultBaseURL is where the API is.
	DefaultBaseURL = "https://api.twilio.com"
	defaultLookups = "https://lookups.twilio.com"
	defaultTimeout = 10 * time.Second
)

// filled puts in what was left out.
func (c Config) filled() Config {
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
	}
	if c.LookupURL == "" {
		c.LookupURL = defaultLookups
	}
	if c.Validity == 0 {
		c.Validity = MaxValidity
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Transport == nil {
		c.Transport = NewTransport()
	}
	return c
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
	case !isURL(c.LookupURL):
		return errors.New("lookup URL is not an http or https URL")
	case c.CallbackURL != "" && !isURL(c.CallbackURL):
		return errors.New("callback URL is not an http or https URL")
	case c.InboundURL != "" && !isURL(c.InboundURL):
		return errors.New("inbound URL is not an http or https URL")
	}
	return nil
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}

// maxIdle is how many connections to a host are kept while nothing uses them. A
// thousand texts a second at 20 ms need twenty, and a courier may have 128 in
// hand: with fewer kept, most texts would begin with a handshake.
const maxIdle = 256

// NewTransport makes the connections to Twilio.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSHandshakeTimeout: defaultTimeout,
		MaxIdleConnsPerHost: maxIdle,
		IdleConnTimeout:     90 * time.Second,
	}
}
