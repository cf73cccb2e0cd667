package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// API takes messages in by HTTP and tells what became of them:
//
//	POST /v1/messages              scope messages:send
//	GET  /v1/messages/{id}         scope messages:read
//	POST /v1/messages/{id}/take    scope messages:send
//	POST /v1/messages/{id}/resend  scope messages:send
//	POST /v1/messages/{id}/extend  scope messages:send
//	GET  /v1/messages/{id}/replies  scope replies:read
//	GET  /v1/messages/{id}/replies/{reply}/files/{part}
//
// What became of a message, and who has charge of it, is any key's of the org. What
// is done in its sender's name, and what was written back, is that sender's alone:
// with the key of another it is not there.
//
// Programs sign in with "Authorization: Bearer" and an API key. What is refused
// is answered with problem details (RFC 9457). All fields but ClientAddr are set
// before [API.Handler]. Safe for concurrent use.
type API struct {
	Intake *Intake
	Events Ledger
	// PublicURL is what status URLs begin with, without a slash at its end.
	PublicURL string
	// ClientAddr tells whose request it is, for the audit log. Nil: whoever
	// holds the connection (S17).
	ClientAddr func(*http.Request) netip.Addr
	Log        *slog.Logger
}

// Ledger tells what became of messages, who has charge of them, and what was
// written back. It is the part of [store.Store] that the API needs besides what
// the intake has.
type Ledger interface {
	store.Log
	store.Threads
	// Take is as in [store.Rules].
	Take(ctx context.Context, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) error
	// Resend is as in [store.Rules].
	Resend(ctx context.Context, org store.OrgID, id store.MessageID, by store.Actor, at time.Time) error
	Extender
}

// storeFor is how long a request may take once its body is read.
const storeFor = 30 * time.Second

// Handler is the routes of the API. It wants a server with its own time-outs.
func (a *API) Handler() http.Handler {
	e := echo.New()
	e.HTTPErrorHandler = a.answer
	e.IPExtractor = echo.ExtractIPDirect()
	e.Use(a.guard)
	e.POST("/v1/messages", a.sendMessage, a.withScope(store.ScopeSend))
	e.GET("/v1/messages/:id", a.showStatus, a.withScope(store.ScopeRead))
	e.POST("/v1/messages/:id/take", a.takeMessage, a.withScope(store.ScopeSend))
	e.POST("/v1/messages/:id/resend", a.resendMessage, a.withScope(store.ScopeSend))
	e.POST("/v1/messages/:id/extend", a.extendMessage, a.withScope(store.ScopeSend))
	e.GET("/v1/messages/:id/replies", a.showReplies, a.withScope(store.ScopeReplies))
	e.GET("/v1/messages/:id/replies/:reply/files/:part", a.sendReplyFile, a.withScope(store.ScopeReplies))
	return e
}

// caller is the key that a request came with, and whom it sends for.
type caller struct {
	key    store.APIKey
	sender store.Sender
}

const callerKey = "caller"

// callerOf is who passed [API.withScope]; before that, nobody.
func callerOf(c echo.Context) caller {
	who, _ := c.Get(callerKey).(caller)
	return who
}

// guard lets no answer be kept and no panic out.
func (a *API) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if v := recover(); v != nil {
				logPanic(a.Log, ViaAPI, v, debug.Stack())
				err = errPanicked
			}
		}()
		h := c.Response().Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		return next(c)
	}
}

// withScope lets only callers through whose key has the scope (S30).
func (a *API) withScope(scope string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx, cancel := context.WithTimeout(c.Request().Context(), storeFor)
			defer cancel()
			who, err := a.authenticate(ctx, c.Request())
			if err != nil {
				return err
			}
			c.Set(callerKey, who)
			if !slices.Contains(who.key.Scopes, scope) {
				return errScope
			}
			return next(c)
		}
	}
}

func (a *API) authenticate(ctx context.Context, r *http.Request) (caller, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	shown, ok := splitAPIKey(strings.TrimSpace(token))
	if !strings.EqualFold(scheme, "Bearer") || !ok {
		return caller{}, errNoKey
	}
	key, sender, err := a.Intake.Directory.APIKey(ctx, shown.ID, a.Intake.Now())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return caller{}, fmt.Errorf("find api key: %w", err)
	}
	if !sameHash(key.Hash, shown.Hash) || key.Test != shown.Test || err != nil {
		return caller{}, cmp.Or(a.refuse(ctx, r, shown.ID), error(errNoKey))
	}
	return caller{key, sender}, nil
}

// refuseAfter is when a wrong secret is answered, which hides whether there is such a
// key: only of one that there is something is recorded.
const refuseAfter = 200 * time.Millisecond

// refuse records a wrong secret for a key that there is, as often as wrong passwords
// for an account are counted: no more of them fill the log.
func (a *API) refuse(ctx context.Context, r *http.Request, id store.KeyID) error {
	verdict, err := a.Intake.count(ctx, "key:"+string(id), 1, a.Intake.Rates.Account, errNoKey)
	if verdict != nil || err != nil {
		return err
	}
	late := time.After(refuseAfter)
	by := store.Actor{Kind: store.ByVisitor, Addr: a.clientAddr(r)}
	if err := a.Intake.Verdicts.CredentialRefused(ctx, "", id, by, a.Intake.Now()); err != nil {
		return fmt.Errorf("record refused key: %w", err)
	}
	select {
	case <-late:
	case <-ctx.Done():
	}
	return nil
}

func (a *API) clientAddr(r *http.Request) netip.Addr {
	if a.ClientAddr != nil {
		return a.ClientAddr(r)
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	addr, _ := netip.ParseAddr(host)
	return addr.Unmap()
}
