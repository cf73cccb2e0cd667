package idp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	keptFor   = 10 * time.Minute // what a provider publishes, its keys too
	pauseFor  = 5 * time.Second  // after it could not be asked
	patience  = 10 * time.Second // for each request
	maxAnswer = 1 << 20          // bytes
)

// algorithms of signatures that count: with public keys alone, and never none.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// Client asks providers. It is safe for concurrent use.
type Client struct {
	http  *http.Client
	plain bool
	now   func() time.Time

	mu    sync.Mutex
	known map[string]known // by issuer
}

// known is what a provider published, or why it could not be asked.
type known struct {
	provider *oidc.Provider
	meta     meta
	err      error
	until    time.Time
}

// meta is what we read of a provider's metadata besides.
type meta struct {
	Auth     string   `json:"authorization_endpoint"`
	Token    string   `json:"token_endpoint"`
	Keys     string   `json:"jwks_uri"`
	Methods  []string `json:"token_endpoint_auth_methods_supported"`
	SaysFrom bool     `json:"authorization_response_iss_parameter_supported"`
}

// New makes a client that goes by a transport, which decides what may be reached.
// Only with plain are providers asked without TLS, on this machine.
func New(by http.RoundTripper, plain bool, now func() time.Time) *Client {
	return &Client{
		http: &http.Client{
			Transport: bounded{by}, Timeout: patience,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		plain: plain, now: now, known: map[string]known{},
	}
}

// Check says what is wrong with settings, without asking anybody.
func (c *Client) Check(s Settings) error { return s.Check(c.plain) }

// Begin is where the browser is to go.
func (c *Client) Begin(ctx context.Context, s Settings, a Ask) (string, error) {
	k, err := c.find(ctx, s.Issuer)
	if err != nil {
		return "", err
	}
	by := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(string(a.Verifier))}
	if a.Hint != "" {
		by = append(by, oauth2.SetAuthURLParam("login_hint", a.Hint))
	}
	if a.Fresh {
		by = append(by, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return k.config(s, a.Back).AuthCodeURL(a.State, by...), nil
}

// config is how we speak to the provider.
func (k known) config(s Settings, back string) *oauth2.Config {
	style := oauth2.AuthStyleInHeader // what metadata that does not say means
	if len(k.meta.Methods) > 0 && !slices.Contains(k.meta.Methods, "client_secret_basic") {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: s.ClientID, ClientSecret: string(s.Secret), RedirectURL: back,
		Endpoint: oauth2.Endpoint{AuthURL: k.meta.Auth, TokenURL: k.meta.Token, AuthStyle: style},
		Scopes:   append([]string{oidc.ScopeOpenID, "email", "profile"}, s.Scopes...),
	}
}

// find is what a provider published. It is asked again after a while, so that a key
// that it withdrew is not believed for long.
func (c *Client) find(ctx context.Context, issuer string) (known, error) {
	c.mu.Lock()
	k, ok := c.known[issuer]
	c.mu.Unlock()
	if ok && c.now().Before(k.until) {
		return k, k.err
	}
	k = known{until: c.now().Add(keptFor)}
	if k.provider, k.meta, k.err = c.discover(ctx, issuer); k.err != nil {
		k.until = c.now().Add(pauseFor)
	}
	if ctx.Err() != nil {
		return k, ctx.Err() // the visitor left, which says nothing of the provider
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[issuer] = k
	return k, k.err
}

func (c *Client) discover(ctx context.Context, issuer string) (*oidc.Provider, meta, error) {
	var m meta
	if !isWeb(issuer, c.plain) {
		return nil, m, fmt.Errorf("%w: its issuer is no https address", ErrUnavailable)
	}
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, c.http), issuer)
	if err != nil {
		return nil, m, unavailable("metadata", err)
	}
	if err := p.Claims(&m); err != nil {
		return nil, m, unavailable("metadata", err)
	}
	for _, address := range []string{m.Auth, m.Token, m.Keys} {
		if !isWeb(address, c.plain) {
			return nil, m, fmt.Errorf("%w: it names an address that is not https", ErrUnavailable)
		}
	}
	return p, m, nil
}

// unavailable hides what a provider answered: errors may quote it.
func unavailable(what string, err error) error {
	var wrong *oidc.IssuerMismatchError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%w: it calls itself otherwise than the settings do", ErrUnavailable)
	}
	if cause := errors.Unwrap(err); cause != nil { // of a request that failed: no answer is in it
		return fmt.Errorf("%w: %s: %w", ErrUnavailable, what, cause)
	}
	return fmt.Errorf("%w: %s: %T", ErrUnavailable, what, err)
}

// bounded reads no more of an answer than it may have.
type bounded struct{ by http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.by.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxAnswer), res.Body}
	}
	return res, err
}
