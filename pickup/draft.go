package pickup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/pickup/session"
	"securetext/store"
	"securetext/store/seal"
	"securetext/web/letter"
)

// draftPatience is how long keeping a draft may take, whatever became of the
// request: the line may have broken, or its time be over.
const draftPatience = 5 * time.Second

// draftOf is what is kept of a reply that was not taken: the words, why, and which
// file was at fault. It is sealed as what replies say is, with the reason for a
// subject.
func draftOf(w written, u unsaid, err error) store.Content {
	d := store.Content{Subject: u.name, Text: w.text}
	if at, ok := errors.AsType[*fileError](err); ok {
		d.Attachments = []store.ContentAttachment{{Name: at.name}}
	}
	return d
}

// keepDraft seals what was written and keeps it for as long as a session may last.
func (s *Site) keepDraft(c echo.Context, v visit, viewer store.Viewer, w written, content store.Content) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), draftPatience)
	defer cancel()
	now := s.now()
	d := store.Draft{ID: store.NewDraftID(now), Message: v.message(), Nonce: w.nonce, Until: now.Add(session.PatientLimits.Absolute)}
	if d.Nonce == "" {
		d.Nonce = rand.Text()
	}
	key, wrapped, err := s.keys.NewDataKey(ctx, d.Place(viewer, seal.PartKey))
	if err != nil {
		return fmt.Errorf("make key of draft: %w", err)
	}
	d.Key, d.Content = wrapped, key.Seal(content.Plaintext(), d.Place(viewer, seal.PartContent))
	if err := s.store.KeepDraft(ctx, d, viewer, now); err != nil {
		return fmt.Errorf("keep draft: %w", err)
	}
	return nil
}

// draftForm is the form with what was kept of it. It is [store.ErrNotFound] when
// nothing was.
func (s *Site) draftForm(c echo.Context, v visit, viewer store.Viewer) (letter.Form, error) {
	form := newReplyForm(v)
	ctx := c.Request().Context()
	d, err := s.store.Draft(ctx, v.message(), viewer, s.now())
	if err != nil {
		return form, fmt.Errorf("load draft: %w", err)
	}
	content, err := d.Open(ctx, s.keys, viewer)
	if err != nil {
		return form, fmt.Errorf("open draft: %w", err)
	}
	fill(&form, content, d.Nonce)
	return form, nil
}

// fill puts a draft into the form. The nonce is the one that it was sent with: it
// may have been taken, and the answer lost.
func fill(f *letter.Form, d store.Content, nonce string) {
	f.Text, f.Problem = d.Text, d.Subject
	if len(d.Attachments) > 0 {
		f.File = d.Attachments[0].Name
	}
	if nonce != "" {
		f.Nonce = nonce
	}
}

// showDraft serves GET /m/:token/reply: why a reply was not taken, with its words. It
// shows nothing of the message, so nothing is read by it.
func (s *Site) showDraft(c echo.Context, v visit, viewer store.Viewer) error {
	form, err := s.draftForm(c, v, viewer)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return c.Redirect(http.StatusSeeOther, v.at())
	case err != nil:
		return fmt.Errorf("show draft: %w", err)
	}
	return c.Render(http.StatusOK, "reply.html", v.page(replyPage{v.path(), v.at(), form}))
}

// forgetDrafts destroys what is kept of a recipient whose session ended. If it
// cannot, the words stay sealed until their time is over; nothing of them is on the
// phone, which is what signing out promises.
func (s *Site) forgetDrafts(c echo.Context, org store.OrgID, recipient store.RecipientID) {
	if err := s.store.ForgetDrafts(c.Request().Context(), org, recipient); err != nil {
		s.logFailed(c, http.StatusOK, fmt.Errorf("forget drafts: %w", err))
	}
}
