// Package webhook sends texts through any gateway that speaks a small protocol
// of our own over HTTP: docs/howto/connect-an-sms-gateway.md is for who writes
// its side.
//
// [Webhook.Send] posts a text with our id of it, which the gateway takes once,
// however often it is posted. [Webhook.Find] and [Webhook.Report] ask what
// became of texts; [Webhook.Callback] and [Webhook.Inbound] read what the
// gateway posts to us. Whatever is posted or asked, either way, is signed with
// one shared secret.
//
// Redirects are never followed, and answers never read beyond a bound. No error
// repeats a number, a body, a URL, or what the gateway said in words of its own.
package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"securetext/gateway/outbound"
	"securetext/sms"
)

// MinSecret is how short the secret may be, in characters.
const MinSecret = 32

// Config is a gateway and how it is used. It never prints.
type Config struct {
	// URL is where the gateway takes texts and questions: https, or http on this
	// machine.
	URL string
	// Secret signs both ways: [MinSecret] characters or more.
	Secret string
	// From is the number or name that texts come from. Empty: the gateway's own.
	From string
	// CallbackURL is the public URL of the callback, as the gateway sees it.
	// Empty: the gateway is told none.
	CallbackURL string
	// Timeout is for one request; zero is 10 s.
	Timeout time.Duration
	// Private lets the URL lead to a private address, or be reached through a
	// proxy that has one.
	Private bool
	// Now is the clock of signatures; nil is [time.Now].
	Now func() time.Time
}

// Format implements [fmt.Formatter]: the secret must not show.
func (c Config) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[webhook config]") }

// LogValue implements [slog.LogValuer].
func (c Config) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (c Config) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(c)), nil }

// Webhook is a [sms.Sender], [sms.Finder], [sms.Reporter] and [sms.Listener].
// Make one with [New].
type Webhook struct {
	url       *url.URL
	secret    outbound.Secret
	from      string
	callback  string
	timeout   time.Duration
	now       func() time.Time
	transport *http.Transport
}

const defaultTimeout = 10 * time.Second

// New makes a Webhook. It does not connect yet.
func New(c Config) (*Webhook, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	u, _ := url.Parse(c.URL)
	return &Webhook{
		url: u, secret: outbound.NewSecret(c.Secret), from: c.From, callback: c.CallbackURL,
		timeout: c.Timeout, now: c.Now, transport: newTransport(c.Timeout, c.Private || isLoopback(u.Hostname())),
	}, nil
}

func (c Config) check() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || !isURL(c.URL):
		return errors.New("URL is not an https URL; http is for this machine alone")
	case u.User != nil || u.Fragment != "":
		return errors.New("URL has a user or a fragment: requests are signed instead")
	case !c.Private && isPrivateLiteral(u.Hostname()):
		return errors.New("URL is a private address, which is not allowed")
	case len(c.Secret) < MinSecret:
		return fmt.Errorf("secret is shorter than %d characters", MinSecret)
	case c.CallbackURL != "" && !isURL(c.CallbackURL):
		return errors.New("callback URL is not an https URL; http is for this machine alone")
	case c.Timeout < 0:
		return errors.New("timeout is negative")
	}
	return nil
}

// isURL reports whether s is an https URL, or an http one of this machine.
func isURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// Name implements [sms.Sender].
func (w *Webhook) Name() string { return "webhook" }

// order is a text as the gateway gets it.
type order struct {
	Text     string       `json:"text"`
	To       string       `json:"to"`
	From     string       `json:"from,omitempty"`
	Body     string       `json:"body"`
	Encoding sms.Encoding `json:"encoding"`
	Callback string       `json:"callback,omitempty"`
}

// Send implements [sms.Sender]. A connection that turns out to be dead is tried
// anew with the same Idempotency-Key.
func (w *Webhook) Send(ctx context.Context, text sms.Text) (sms.Receipt, error) {
	body, err := json.Marshal(order{text.ID(), text.To().E164(), w.from, text.Body(), text.Encoding(), w.callback})
	if err != nil {
		return sms.Receipt{}, fmt.Errorf("webhook: write text: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url.String(), bytes.NewReader(body))
	if err != nil {
		return sms.Receipt{}, fmt.Errorf("webhook: %w", errTemporary)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", text.ID())
	a, err := w.exchange(req, string(body))
	if err != nil {
		return sms.Receipt{}, err
	}
	if a.ok() || a.status == http.StatusConflict { // it has the text already
		return a.receipt()
	}
	return sms.Receipt{}, a.meaning()
}

// receipt reads the answer to a text that was taken.
func (a answer) receipt() (sms.Receipt, error) {
	var said struct {
		ID        string `json:"id"`
		Delivered bool   `json:"delivered"`
	}
	if json.Unmarshal(a.body, &said) != nil || !isID(said.ID) {
		return sms.Receipt{}, &sms.Error{Code: "webhook_no_id", Err: sms.ErrUnsure}
	}
	return sms.Receipt{ProviderID: said.ID, Delivered: said.Delivered}, nil
}
