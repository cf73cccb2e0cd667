// Package pickup is the patient's site.
//
// A link from a text leads to GET /m/:token. Whoever holds a live session of
// the message's recipient reads it at once; others type their password, and
// those who have none yet choose one. Where there is doubt who holds the phone, a
// code is texted to it before any password may be tried; a passkey needs neither.
// Where the sender wants to know who the person is, a passcode comes before
// everything. All addresses stand in one list, a file
// per page; handlers return errors, and one table says what people see of them.
//
// GET and HEAD without a session change nothing, so link previews and scanners
// may come as they like. No text is shown before its Read event is stored, no
// session is honoured or made that its store cannot vouch for, and no token,
// number, password or content appears in a log line, metric or error.
package pickup

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"securetext/pickup/passkey"
	"securetext/pickup/password"
	"securetext/pickup/session"
	"securetext/store"
	"securetext/store/seal"
	"securetext/web"
)

// DefaultGrace is how old a link may be to set the first password by (S09).
const DefaultGrace = 24 * time.Hour

// Config says what a [Site] works with.
type Config struct {
	Store     store.Reader
	Sessions  session.Store
	Keys      *seal.Keyring
	Passwords *password.Hasher
	Index     seal.Index // by which codes and passcodes are compared: that of courier and intake

	// PublicURL is where patients reach the site: scheme and host, no path. Without
	// a domain name in it there are no passkeys.
	PublicURL string
	// TrustedProxies may say, in X-Forwarded-For, whom they speak for.
	TrustedProxies []netip.Prefix
	// Grace replaces [DefaultGrace]; zero leaves it.
	Grace time.Duration

	// Scanner looks at what patients send before it is kept. Nil: nothing does.
	Scanner Scanner
	// Nudge tells the courier that a text waits; it must not block. Nil: it finds
	// it by itself.
	Nudge func()

	Log     *slog.Logger          // nil: nothing is logged
	Metrics prometheus.Registerer // nil: nothing is measured
	Now     func() time.Time      // nil: the machine's clock
}

// Site is the patient's site. It is safe for concurrent use.
type Site struct {
	store     store.Reader
	sessions  session.Store
	keys      *seal.Keyring
	passwords *password.Hasher
	passkeys  *passkey.Party // nil: the public URL has no domain name
	index     seal.Index
	nudge     func()
	grace     time.Duration
	scanner   Scanner
	uploads   *uploads
	darkroom  chan struct{}                  // whoever makes a photo anew is in it
	address   func(*http.Request) netip.Addr // whose request it is
	origins   *http.CrossOriginProtection
	assets    *web.Static
	renderer  *web.Renderer
	log       *slog.Logger
	measured  echo.MiddlewareFunc
	now       func() time.Time
	handler   http.Handler
}

// New makes a site. Its errors are settings that are missing or wrong.
func New(c Config) (*Site, error) {
	if c.Store == nil || c.Sessions == nil || c.Keys == nil || c.Passwords == nil {
		return nil, errors.New("pickup: store, sessions, keys and passwords are all needed")
	}
	if c.Index.Sum() == (seal.Index{}).Sum() {
		return nil, errors.New("pickup: the index has no key")
	}
	s := &Site{
		store: c.Store, sessions: c.Sessions, keys: c.Keys, passwords: c.Passwords, index: c.Index,
		grace: c.Grace, address: web.ClientAddr(c.TrustedProxies), origins: http.NewCrossOriginProtection(),
		nudge: c.Nudge, scanner: c.Scanner, uploads: newUploads(), darkroom: make(chan struct{}, 1), log: c.Log, now: c.Now,
	}
	if s.nudge == nil {
		s.nudge = func() {}
	}
	if s.grace == 0 {
		s.grace = DefaultGrace
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.origins.AddTrustedOrigin(c.PublicURL); err != nil {
		return nil, fmt.Errorf("pickup: public URL: %w", err)
	}
	var err error
	s.passkeys, err = passkey.New(c.PublicURL, store.ChallengeLife)
	switch {
	case errors.Is(err, passkey.ErrNoDomain):
		s.logNoPasskeys(err)
	case err != nil:
		return nil, fmt.Errorf("pickup: %w", err)
	}
	if s.measured, err = web.Measured(c.Metrics, "securetext_pickup_request_seconds",
		"Time taken to answer a patient's request, by route template and status."); err != nil {
		return nil, fmt.Errorf("pickup: %w", err)
	}
	s.handler, err = s.mount()
	return s, err
}

// Handler serves the whole site, from "/" down.
func (s *Site) Handler() http.Handler { return s.handler }

// mount puts the routes and what stands before them together.
func (s *Site) mount() (http.Handler, error) {
	var err error
	if s.assets, err = web.NewStatic(); err != nil {
		return nil, fmt.Errorf("pickup: %w", err)
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	if s.renderer, err = web.New(s.assets); err != nil {
		return nil, fmt.Errorf("pickup: %w", err)
	}
	e.Renderer = s.renderer
	e.HTTPErrorHandler = s.answer
	e.IPExtractor = func(r *http.Request) string { return s.address(r).String() }
	e.Use(s.measured, web.Headers, web.Recovered(s.logPanic), web.SameOrigin(s.origins), small, hurried)
	for _, r := range s.routes() {
		e.Add(r.method, r.path, r.handler)
	}
	return e, nil
}
