package pickup

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/pickup/password"
	"securetext/pickup/session"
	"securetext/store"
	"securetext/store/token"
	"securetext/web"
)

// problemPage is what problem.html shows.
type problemPage struct {
	Kind    string
	Minutes int    // to wait
	Back    string // where to try again; empty: there is no use
	Ask     string // where to ask for the message again; empty: it is no use either
}

// outcome is what people get to see of an error.
type outcome struct {
	err    error
	status int
	kind   string        // in problem.html
	wait   time.Duration // before another try; zero: not said
	fault  bool          // ours, for the log
	call   bool          // another try is no use: only the clinic can help
}

// outcomes gives the first that an error is. Any other is our fault, and shows nothing.
var outcomes = []outcome{
	{err: token.ErrMalformed, status: http.StatusNotFound, kind: "notfound"},
	{err: store.ErrNotFound, status: http.StatusNotFound, kind: "notfound"},
	{err: echo.ErrNotFound, status: http.StatusNotFound, kind: "notfound"},
	{err: echo.ErrMethodNotAllowed, status: http.StatusMethodNotAllowed, kind: "notfound"},
	{err: store.ErrGone, status: http.StatusGone, kind: "wiped"},
	{err: web.ErrCrossOrigin, status: http.StatusForbidden, kind: "refused"},
	{err: errBadForm, status: http.StatusBadRequest, kind: "refused"},
	{err: errPrefetch, status: http.StatusServiceUnavailable, kind: "busy"},
	{err: store.ErrHeld, status: http.StatusForbidden, kind: "held", call: true},
	{err: store.ErrLocked, status: http.StatusForbidden, kind: "locked", call: true},
	{err: errNoCookies, status: http.StatusForbidden, kind: "cookies"},
	{err: errNoTexts, status: http.StatusConflict, kind: "notexts", call: true},
	{err: store.ErrThrottled, status: http.StatusTooManyRequests, kind: "throttled", wait: store.MaxDelay},
	{err: password.ErrBusy, status: http.StatusServiceUnavailable, kind: "busy", wait: 10 * time.Second},
	{err: session.ErrUnavailable, status: http.StatusServiceUnavailable, kind: "busy", wait: time.Minute, fault: true},
	{err: store.ErrUnavailable, status: http.StatusServiceUnavailable, kind: "busy", wait: time.Minute, fault: true},
	{err: context.DeadlineExceeded, status: http.StatusServiceUnavailable, kind: "busy", wait: time.Minute, fault: true},
}

// clientGone is what logs and metrics of many servers call a visitor who left
// before the answer. Nobody sees it.
const clientGone = 499

var failure = outcome{status: http.StatusInternalServerError, kind: "failed", fault: true}

func outcomeOf(err error) outcome {
	for _, o := range outcomes {
		if errors.Is(err, o.err) {
			return o
		}
	}
	return failure
}

// answer is the one place that turns errors into pages.
func (s *Site) answer(err error, c echo.Context) {
	if errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		_ = c.NoContent(clientGone)
		return
	}
	o := outcomeOf(err)
	if o.fault {
		s.logFailed(c, o.status, err)
	}
	if c.Response().Committed {
		return
	}
	if o.wait = s.wait(c, o); o.wait > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(o.wait.Seconds()))))
	}
	if err := c.Render(o.status, "problem.html", s.problemPage(c, o)); err != nil {
		s.logFailed(c, o.status, err)
		_ = c.NoContent(o.status)
	}
}

// wait is how long another try has to wait: after wrong passwords, what the
// link said when the request came in.
func (s *Site) wait(c echo.Context, o outcome) time.Duration {
	v, ok := visitOf(c)
	if !ok || !errors.Is(o.err, store.ErrThrottled) {
		return o.wait
	}
	return min(max(v.Link.Device.RetryAt.Sub(s.now()), time.Second), o.wait)
}

// problemPage names the clinic where the link is known. A page that leads
// nowhere looks the same wherever it was asked for (S04).
func (s *Site) problemPage(c echo.Context, o outcome) web.Page {
	p := problemPage{Kind: o.kind, Minutes: int(math.Ceil(o.wait.Minutes()))}
	v, ok := visitOf(c)
	if !ok || o.status == http.StatusNotFound {
		return web.Page{Data: p}
	}
	switch {
	case o.call:
	case o.status != http.StatusGone:
		p.Back = v.path()
	case s.expired(v):
		p.Kind, p.Ask = "expired", v.path()+"/ask"
	}
	return v.page(p)
}

// expired reports whether the message's life is over, perhaps only since its
// link was looked up. One that was wiped before that never expires.
func (s *Site) expired(v visit) bool {
	return v.Link.State == store.LinkExpired || v.Link.State == store.LinkLive && !s.now().Before(v.Link.Expires)
}
