package pickup

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/seal"
)

// replyForm is the part of a page by which the recipient writes back.
type replyForm struct {
	Action  string
	Nonce   string // the same form sent twice is one reply
	Text    string // what was typed
	Accept  string // what files are offered
	Problem string // why it was not taken, as reply.html names it; empty: it was not sent
	File    string // which file is at fault
}

func newReplyForm(v visit) replyForm {
	return replyForm{Action: v.at() + "/reply", Nonce: rand.Text(), Accept: acceptedFiles}
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
		return s.refuseReply(c, v, viewer, w, err)
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
