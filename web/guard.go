package web

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"
)

// ErrCrossOrigin: another site had a browser send the request.
var ErrCrossOrigin = errors.New("request comes from another site")

// SameOrigin refuses what another site has a browser send (S15).
func SameOrigin(origins *http.CrossOriginProtection) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := origins.Check(c.Request()); err != nil {
				return fmt.Errorf("%w: %w", ErrCrossOrigin, err)
			}
			return next(c)
		}
	}
}

// Small bounds what is read of any request.
func Small(limit int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
			return next(c)
		}
	}
}

// Recovered turns a panic into an error: our fault, for the log that tell writes.
func Recovered(tell func(c echo.Context, stack []byte)) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				switch p := recover(); p {
				case nil:
				case http.ErrAbortHandler:
					panic(p)
				default:
					tell(c, debug.Stack())
					err = fmt.Errorf("panic of type %T", p) // what it says may quote anything
				}
			}()
			return next(c)
		}
	}
}

// Prefetch reports whether a request was sent ahead of need (S03).
func Prefetch(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if r.Header.Get(name) != "" { // prefetch, prefetch;prerender, preview
			return true
		}
	}
	return false
}
