package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/web"
)

const (
	// formLimit is the most bytes that a form may have: a long letter,
	// percent-encoded.
	formLimit = 512 << 10
	// patience is how long any page may take to make, but for what is copied out.
	patience = 20 * time.Second
)

var errBadForm = errors.New("form cannot be read")

// takeFiles are the addresses to which files are sent.
var takeFiles = map[string]bool{composePath: true, logoPath: true, suppressionImport: true}

// small bounds what is read of any request. What a browser goes on sending of files
// that were refused is read and thrown away: one whose connection breaks shows no
// page that says why.
func small(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		limit := int64(formLimit)
		if c.Path() == composePath {
			limit = letterLimit
		}
		sent := c.Request().Body
		err := web.Small(limit)(next)(c)
		if takeFiles[c.Path()] {
			_, _ = io.CopyN(io.Discard, sent, 4*letterLimit) // it may be gone
		}
		return err
	}
}

// unhurried are the addresses of what goes out or comes in as a whole: lists and
// files, which a slow line takes its time for.
var unhurried = map[string]bool{
	exportPath: true, accountingPath: true, suppressionExport: true, suppressionImport: true, composePath: true, lookPath + filePath: true, lookPath + filePath + "/shown": true,
	replyPath + filePath: true, replyPath + filePath + "/shown": true,
}

// hurried bounds how long a page may take.
func hurried(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if unhurried[c.Path()] {
			return next(c)
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// form is what was posted.
type form struct{ values url.Values }

// readForm reads the form of a POST.
func readForm(c echo.Context) (form, error) {
	if err := c.Request().ParseForm(); err != nil {
		return form{}, fmt.Errorf("%w (%T)", errBadForm, err) // not err, which may quote it
	}
	return form{c.Request().PostForm}, nil
}

// get is a field as it was typed, and line one without spaces around it.
func (f form) get(name string) string  { return f.values.Get(name) }
func (f form) line(name string) string { return strings.TrimSpace(f.get(name)) }

// sent reports whether a form has a field, and has whether a box is ticked.
func (f form) sent(name string) bool       { return f.values.Has(name) }
func (f form) has(name, value string) bool { return slices.Contains(f.values[name], value) }
