package pickup

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	// formLimit is the most bytes that a form may have: a password of the
	// greatest length, percent-encoded, is well below it.
	formLimit = 16 << 10
	// patience is how long any page may take to make.
	patience = 20 * time.Second
)

var (
	errCrossOrigin = errors.New("request comes from another site")
	errBadForm     = errors.New("form cannot be read")
)

// sameOrigin refuses what another site has a browser send (S15).
func (s *Site) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.origins.Check(c.Request()); err != nil {
			return fmt.Errorf("%w: %w", errCrossOrigin, err)
		}
		return next(c)
	}
}

// small bounds what is read of any request.
func small(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		r.Body = http.MaxBytesReader(c.Response(), r.Body, formLimit)
		return next(c)
	}
}

// hurried bounds how long a page may take, so that a store that hangs does not
// hold its visitors too.
func hurried(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if slices.Contains(lengthy, c.Path()) {
			return next(c)
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// recovered turns a panic into an error: our fault, for the log.
func (s *Site) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				s.logPanic(c, debug.Stack())
				err = fmt.Errorf("panic of type %T", p) // what it says may quote anything
			}
		}()
		return next(c)
	}
}

// parseForm reads the form of a POST.
func parseForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w (%T)", errBadForm, err) // not err, which may quote it
	}
	return nil
}
