package pickup

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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

var errBadForm = errors.New("form cannot be read")

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

// parseForm reads the form of a POST.
func parseForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w (%T)", errBadForm, err) // not err, which may quote it
	}
	return nil
}
