package console

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
	"securetext/web/idp"
)

// outcome is what people get to see of an error.
type outcome struct {
	err    error
	status int
	kind   string        // in problem.html
	wait   time.Duration // before another try; zero: not said
	fault  bool          // ours, for the log
}

// outcomes gives the first that an error is. Any other is our fault, and shows nothing.
var outcomes = []outcome{
	{err: token.ErrMalformed, status: http.StatusNotFound, kind: "notfound"},
	{err: store.ErrNotFound, status: http.StatusNotFound, kind: "notfound"},
	{err: echo.ErrNotFound, status: http.StatusNotFound, kind: "notfound"},
	{err: echo.ErrMethodNotAllowed, status: http.StatusMethodNotAllowed, kind: "notfound"},
	{err: store.ErrGone, status: http.StatusGone, kind: "gone"},
	{err: errRole, status: http.StatusForbidden, kind: "role"},
	{err: errPaused, status: http.StatusForbidden, kind: "paused"},
	{err: errSelf, status: http.StatusConflict, kind: "self"},
	{err: errOver, status: http.StatusGone, kind: "over"},
	{err: errTurnedDown, status: http.StatusUnprocessableEntity, kind: "turneddown"},
	{err: errNotAdmitted, status: http.StatusForbidden, kind: "notadmitted"},
	{err: idp.ErrRefused, status: http.StatusUnprocessableEntity, kind: "turneddown"},
	{err: idp.ErrFactor, status: http.StatusForbidden, kind: "factor"},
	{err: idp.ErrStale, status: http.StatusUnprocessableEntity, kind: "stale"},
	{err: idp.ErrUnavailable, status: http.StatusServiceUnavailable, kind: "away", wait: time.Minute, fault: true},
	{err: errProvider, status: http.StatusConflict, kind: "provider"},
	{err: store.ErrConflict, status: http.StatusConflict, kind: "conflict"},
	{err: web.ErrCrossOrigin, status: http.StatusForbidden, kind: "refused"},
	{err: errBadForm, status: http.StatusBadRequest, kind: "refused"},
	{err: errTooManyTries, status: http.StatusTooManyRequests, kind: "throttled", wait: triesFromAddress.Per},
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
func (s *Console) answer(err error, c echo.Context) {
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
	if o.wait > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(o.wait.Seconds()))))
	}
	v, _ := visitOf(c)
	if err := s.render(c, o.status, "problem.html", v, o.kind); err != nil {
		s.logFailed(c, o.status, err)
		_ = c.NoContent(o.status)
	}
}
