package pickup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/web"
)

const (
	// formLimit is the most bytes that a form may have: a password of the
	// greatest length, percent-encoded, is well below it.
	formLimit = 16 << 10
	// patience is how long any page may take to make.
	patience = 20 * time.Second
)

var errBadForm = errors.New("form cannot be read")

// bound is what a request may take.
type bound struct {
	body int64         // bytes
	time time.Duration // zero: as long as the server lets it
}

// bounds are those of the routes that take or send files. All others are
// [ordinary].
var bounds = map[string]bound{
	linkPath + filePath:       {body: formLimit},
	otherPath + filePath:      {body: formLimit},
	linkPath + shownPath:      {body: formLimit},
	otherPath + shownPath:     {body: formLimit},
	linkPath + replyFilePath:  {body: formLimit},
	otherPath + replyFilePath: {body: formLimit},
	linkPath + replyPath:      {body: replyLimit, time: uploadTime + patience},
	otherPath + replyPath:     {body: replyLimit, time: uploadTime + patience},
}

var ordinary = bound{body: formLimit, time: patience}

func boundOf(c echo.Context) bound {
	if b, ok := bounds[c.Path()]; ok {
		return b
	}
	return ordinary
}

// small bounds what is read of any request. What a phone goes on sending of files
// that were refused is read and thrown away: a browser whose connection breaks
// shows no page that says why.
func small(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		sent, most := c.Request().Body, boundOf(c).body
		err := web.Small(most)(next)(c)
		if most > formLimit {
			_, _ = io.CopyN(io.Discard, sent, 4*most) // it may be gone
		}
		return err
	}
}

// hurried bounds how long a page may take, so that a store that hangs does not
// hold its visitors too.
func hurried(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		patience := boundOf(c).time
		if patience == 0 {
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
