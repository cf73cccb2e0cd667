package pickup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/pickup/photo"
	"securetext/store"
	"securetext/store/seal"
	"securetext/web/letter"
)

// replyPage is what reply.html shows: a reply that was not taken.
type replyPage struct {
	Path  string // where the link leads
	At    string // where the message is shown
	Reply letter.Form
}

func newReplyForm(v visit) letter.Form {
	return letter.Form{Action: v.at() + "/reply", Nonce: rand.Text(), Accept: acceptedFiles}
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

// reply serves POST /m/:token/reply, the form under a message. One that was sent
// twice is there already, which is no mistake of the patient's.
func (s *Site) reply(c echo.Context, v visit, viewer store.Viewer) error {
	extend(c)
	w, err := s.readReply(c, viewer)
	if err == nil {
		err = s.keepReply(c, v, viewer, w)
	}
	switch {
	case err == nil:
		s.logReplied(c, v)
	case !errors.Is(err, store.ErrConflict):
		return s.refuseReply(c, v, w, err)
	}
	return c.Redirect(http.StatusSeeOther, v.at()+"#replies")
}

// extend gives a slow phone the time that its photos take, now that it is known
// whose they are.
func extend(c echo.Context) {
	over := http.NewResponseController(c.Response())
	// A server without deadlines needs none set.
	_ = over.SetReadDeadline(time.Now().Add(uploadTime))
	_ = over.SetWriteDeadline(time.Now().Add(uploadTime + patience))
}

// keepReply seals what was written and stores it.
func (s *Site) keepReply(c echo.Context, v visit, viewer store.Viewer, w written) error {
	ctx, now := c.Request().Context(), s.now()
	r := store.Reply{ID: store.NewReplyID(now), Message: v.message(), Nonce: w.nonce}
	key, wrapped, err := s.keys.NewDataKey(ctx, r.Place(viewer, seal.PartKey))
	if err != nil {
		return fmt.Errorf("make key of reply: %w", err)
	}
	content := store.Content{Text: w.text}
	for i, f := range w.files {
		part := seal.FirstAttachment + i
		content.Attachments = append(content.Attachments, store.ContentAttachment{Part: part, Name: f.name, Type: f.kind})
		r.Attachments = append(r.Attachments, store.Attachment{
			Part: part, Size: int64(len(f.data)), Chunks: key.SealChunks(f.data, r.Place(viewer, part)),
		})
	}
	r.Key, r.Content = wrapped, key.Seal(content.Plaintext(), r.Place(viewer, seal.PartContent))
	if err := s.store.Reply(ctx, r, viewer, now); err != nil {
		return fmt.Errorf("store reply: %w", err)
	}
	return nil
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

// refuseReply shows why a reply was not taken, and the words that were typed. It
// shows nothing of the message, so nothing is read by it.
func (s *Site) refuseReply(c echo.Context, v visit, w written, err error) error {
	u, ok := unsaidOf(c, err)
	if !ok {
		return fmt.Errorf("reply: %w", err)
	}
	if u.fault {
		s.logFailed(c, u.status, err)
	}
	if u.wait > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(u.wait.Seconds()))))
	}
	form := newReplyForm(v)
	form.Text, form.Problem = w.text, u.name
	if w.nonce != "" {
		form.Nonce = w.nonce // it may have been stored, and the answer lost
	}
	if at, ok := errors.AsType[*fileError](err); ok {
		form.File = at.name
	}
	return c.Render(u.status, "reply.html", v.page(replyPage{v.path(), v.at(), form}))
}
