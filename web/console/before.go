package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	// formLimit is the most bytes that a form may have: a long letter,
	// percent-encoded.
	formLimit = 512 << 10
	// patience is how long any page may take to make, but for what is copied out.
	patience = 20 * time.Second
)

var errBadForm = errors.New("form cannot be read")

// lists are what goes out or comes in as a whole, and takes as long as it takes.
var lists = []string{exportPath, accountingPath, suppressionExport, suppressionImport}

// hurried bounds how long a page may take.
func hurried(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if slices.Contains(lists, c.Path()) {
			return next(c)
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// form is what was posted.
type form struct{ r *http.Request }

// readForm reads the form of a POST.
func readForm(c echo.Context) (form, error) {
	if err := c.Request().ParseForm(); err != nil {
		return form{}, fmt.Errorf("%w (%T)", errBadForm, err) // not err, which may quote it
	}
	return form{c.Request()}, nil
}

// get is a field as it was typed, and line one without spaces around it.
func (f form) get(name string) string  { return f.r.PostForm.Get(name) }
func (f form) line(name string) string { return strings.TrimSpace(f.get(name)) }

// sent reports whether a form has a field, and has whether a box is ticked.
func (f form) sent(name string) bool       { return f.r.PostForm.Has(name) }
func (f form) has(name, value string) bool { return slices.Contains(f.r.PostForm[name], value) }
