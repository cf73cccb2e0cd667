// Package console is the staff's site: a sender's day, an admin's and an
// auditor's.
//
// It is served apart from the patients' pages, at an origin of its own. All
// addresses stand in one list with the role that each needs (routes.go), a file
// an act; handlers return errors, and one table says what people see of them.
// Templates hold the words of the pages, words.go those that stand in several.
//
// What a message says, and what was written back, its own sender alone sees, each
// time on record before it is shown (look.go, replies.go).
//
// A person's roles, suspension and epoch are looked up in the store on every
// request, so that what is taken from them is gone from the next one on. Each
// change is a POST of the same origin, and an event with the person's id. Who did not
// write a message reads it by the emergency access alone, which takes two admins; of a
// phone number no more than its end is shown; none of that stands in a URL.
package console

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"securetext/gateway/limit"
	"securetext/pickup/passkey"
	"securetext/pickup/password"
	"securetext/pickup/session"
	"securetext/store"
	"securetext/store/seal"
	"securetext/web"
	"securetext/web/idp"
)

//go:embed static
var static embed.FS

// Store is the part of [store.Store] that the console works with.
type Store interface {
	store.Log
	store.Rules
	store.Phrases
	store.Threads
	store.Personnel
	store.Finder
	store.Holds
	store.Providers
	store.Alerts
	store.Asks

	Tallies(ctx context.Context, f store.TallyFilter) ([]store.Tally, error)
	Org(ctx context.Context, id store.OrgID) (store.Org, error)
	Logo(ctx context.Context, id store.LogoID) (store.Picture, error)
	SenderByEmail(ctx context.Context, email string) (store.Sender, error)
	AddSender(ctx context.Context, s store.Sender, by store.Actor, at time.Time) error
	Senders(ctx context.Context, org store.OrgID) ([]store.Sender, error)
	AddAppPassword(ctx context.Context, p store.AppPassword, by store.Actor, at time.Time) error
	AddAPIKey(ctx context.Context, k store.APIKey, by store.Actor, at time.Time) error
	RevokeCredential(ctx context.Context, org store.OrgID, id store.KeyID, by store.Actor, at time.Time) error
	Credentials(ctx context.Context, org store.OrgID) ([]store.Credential, error)
	Wipe(ctx context.Context, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) error
	ReleaseMessage(ctx context.Context, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) error
	RevokeSessions(ctx context.Context, org store.OrgID, recipient store.RecipientID, by store.Actor, at time.Time) error
	UnlockRecipient(ctx context.Context, org store.OrgID, recipient store.RecipientID, by store.Actor, at time.Time) error
	ForgetDrafts(ctx context.Context, org store.OrgID, recipient store.RecipientID) error
	ResetRecipient(ctx context.Context, org store.OrgID, recipient store.RecipientID, by store.Actor, at time.Time) error
	Browsers(ctx context.Context, org store.OrgID, recipient store.RecipientID) ([]store.Browser, error)
	ForgetBrowser(ctx context.Context, org store.OrgID, recipient store.RecipientID, handle string, by store.Actor, at time.Time) error
	Recipients(ctx context.Context, org store.OrgID, ids []store.RecipientID) ([]store.RecipientInfo, error)
}

// Config says what a [Console] works with.
type Config struct {
	Store     Store
	Sessions  session.Store // of staff, held to [session.StaffLimits]
	Patients  session.Store // where patients are signed in
	Keys      *seal.Keyring
	Index     seal.Index
	Passwords *password.Hasher
	Desk      Desk
	Limiter   limit.Limiter // of wrong passwords from one address
	Providers *idp.Client   // asks the providers of orgs who somebody is

	// URL is where staff reach the console: scheme and host, no path.
	URL string
	// TrustedProxies may say, in X-Forwarded-For, whom they speak for.
	TrustedProxies []netip.Prefix

	Log     *slog.Logger          // nil: nothing is logged
	Metrics prometheus.Registerer // nil: nothing is measured
	Now     func() time.Time      // nil: the machine's clock
}

// Console is the staff's site. It is safe for concurrent use.
type Console struct {
	store     Store
	sessions  session.Store
	patients  session.Store
	keys      *seal.Keyring
	index     seal.Index
	passwords *password.Hasher
	desk      Desk
	limiter   limit.Limiter
	providers *idp.Client
	passkeys  *passkey.Party // nil: browsers make none for the URL
	url       string
	address   func(*http.Request) netip.Addr // whose request it is
	origins   *http.CrossOriginProtection
	assets    *web.Static
	pages     *renderer
	letters   *web.Renderer   // of what patients see
	uploads   chan struct{}   // whoever sends files is in it
	shown     map[string]bool // the addresses that are pages
	log       *slog.Logger
	measured  echo.MiddlewareFunc
	now       func() time.Time
	handler   http.Handler
	drawing   sync.Mutex // whoever makes a logo holds it, since it takes memory
}

// New makes a console. Its errors are settings that are missing or wrong.
func New(c Config) (*Console, error) {
	if c.Store == nil || c.Sessions == nil || c.Patients == nil || c.Keys == nil || c.Passwords == nil || c.Desk == nil || c.Limiter == nil || c.Providers == nil {
		return nil, errors.New("console: store, sessions, keys, passwords, desk, limiter and providers are all needed")
	}
	if c.Index.Sum() == (seal.Index{}).Sum() {
		return nil, errors.New("console: the index has no key")
	}
	s := &Console{
		store: c.Store, sessions: c.Sessions, patients: c.Patients, keys: c.Keys, index: c.Index, passwords: c.Passwords,
		desk: c.Desk, limiter: c.Limiter, providers: c.Providers, url: c.URL, address: web.ClientAddr(c.TrustedProxies),
		origins: http.NewCrossOriginProtection(), uploads: make(chan struct{}, mostUploads), log: c.Log, now: c.Now,
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.origins.AddTrustedOrigin(c.URL); err != nil {
		return nil, fmt.Errorf("console: URL: %w", err)
	}
	var err error
	if s.passkeys, err = passkey.NewForStaff(c.URL, store.ChallengeLife); err != nil && !errors.Is(err, passkey.ErrNoDomain) {
		return nil, fmt.Errorf("console: %w", err)
	}
	if s.measured, err = web.Measured(c.Metrics, "securetext_console_request_seconds",
		"Time taken to answer a request of the staff's, by route template and status."); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	if s.handler, err = s.mount(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return s, nil
}

// Handler serves the whole console, from "/" down.
func (s *Console) Handler() http.Handler { return s.handler }

// mount puts the routes and what stands before them together.
func (s *Console) mount() (http.Handler, error) {
	var err error
	if s.assets, err = web.NewStatic(static); err != nil {
		return nil, err
	}
	if s.pages, err = newRenderer(s.assets); err != nil {
		return nil, err
	}
	if s.letters, err = web.New(s.assets); err != nil {
		return nil, err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.answer
	e.IPExtractor = func(r *http.Request) string { return s.address(r).String() }
	e.Use(s.measured, web.Headers, web.Recovered(s.logPanic), web.SameOrigin(s.origins), small, hurried)
	s.shown = map[string]bool{}
	for _, r := range s.routes() {
		s.shown[r.path] = s.shown[r.path] || r.method == http.MethodGet
	}
	for _, r := range s.routes() {
		e.Add(r.method, r.path, s.gate(r))
	}
	return e, nil
}
