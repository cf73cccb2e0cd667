package pickup

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/pickup/photo"
	"securetext/store"
)

// replyPage is what reply.html shows: a reply that was not taken.
type replyPage struct {
	Path  string // where the link leads
	At    string // where the message is shown
	Reply replyForm
}

// unsaid is what people see of a reply that was not taken.
type unsaid struct {
	err    error
	status int
	name   string        // in reply.html
	wait   time.Duration // before another try; zero: not said
	fault  bool          // ours, for the log
}

// unsent gives the first that an error is.
var unsent = []unsaid{
	{err: errCutOff, status: http.StatusBadRequest, name: "cut"},
	{err: errNothingWritten, status: http.StatusUnprocessableEntity, name: "empty"},
	{err: errTooLong, status: http.StatusRequestEntityTooLarge, name: "long"},
	{err: errManyFiles, status: http.StatusRequestEntityTooLarge, name: "count"},
	{err: errLargeFile, status: http.StatusRequestEntityTooLarge, name: "large"},
	{err: errLargeTogether, status: http.StatusRequestEntityTooLarge, name: "total"},
	{err: errAppleFormat, status: http.StatusUnsupportedMediaType, name: "heic"},
	{err: errFileType, status: http.StatusUnsupportedMediaType, name: "kind"},
	{err: photo.ErrTooLarge, status: http.StatusUnprocessableEntity, name: "pixels"},
	{err: photo.ErrDamaged, status: http.StatusUnprocessableEntity, name: "damaged"},
	{err: errInfected, status: http.StatusUnprocessableEntity, name: "virus"},
	{err: store.ErrCrowded, status: http.StatusConflict, name: "crowded"},
	{err: store.ErrFull, status: http.StatusInsufficientStorage, name: "full", fault: true},
	{err: errManyUploads, status: http.StatusServiceUnavailable, name: "busy", wait: 15 * time.Second},
	{err: errUnscanned, status: http.StatusServiceUnavailable, name: "busy", wait: time.Minute, fault: true},
	{err: store.ErrUnavailable, status: http.StatusServiceUnavailable, name: "busy", wait: time.Minute, fault: true},
	{err: context.DeadlineExceeded, status: http.StatusServiceUnavailable, name: "busy", wait: time.Minute, fault: true},
}

// unsaidOf is what people see of an error; false: a page that is about the message
// or the session, and not the reply.
func unsaidOf(c echo.Context, err error) (unsaid, bool) {
	for _, u := range unsent {
		if errors.Is(err, u.err) {
			return u, true
		}
	}
	unforeseen := outcomeOf(err) == failure && !locks(err) && c.Request().Context().Err() == nil
	return unsaid{status: failure.status, name: "busy", fault: true}, unforeseen
}

// refuseReply leads to the page that shows why a reply was not taken, and the words
// that were typed. Meanwhile they are kept sealed: what answers a form itself stays in
// the browser's history with all that the form had, on the phone's disk (S13).
func (s *Site) refuseReply(c echo.Context, v visit, viewer store.Viewer, w written, err error) error {
	u, ok := unsaidOf(c, err)
	if !ok {
		return fmt.Errorf("reply: %w", err)
	}
	if u.fault {
		s.logFailed(c, u.status, err)
	}
	kept := s.keepDraft(c, v, viewer, w, draftOf(w, u, err))
	switch {
	case kept == nil:
		return c.Redirect(http.StatusSeeOther, v.at()+replyPath)
	case errors.Is(kept, store.ErrConflict): // it was taken, and the answer lost
		return c.Redirect(http.StatusSeeOther, v.at()+"#replies")
	case closed(kept), locks(kept):
		return fmt.Errorf("reply: %w", kept)
	}
	s.logFailed(c, u.status, kept)
	return s.showUnsent(c, v, w, u, err)
}

// showUnsent answers the form itself: to lose the words would be worse.
func (s *Site) showUnsent(c echo.Context, v visit, w written, u unsaid, err error) error {
	if u.wait > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(u.wait.Seconds()))))
	}
	form := newReplyForm(v)
	form.fill(draftOf(w, u, err), w.nonce)
	return c.Render(u.status, "reply.html", v.page(replyPage{v.path(), v.at(), form}))
}
