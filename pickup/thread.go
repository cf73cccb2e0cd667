package pickup

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/web/letter"
)

// thread loads what was written back, oldest first, and the form to write more, if
// the message takes it. They are a part of the message, and read with it.
func (s *Site) thread(c echo.Context, v visit, viewer store.Viewer, sealed store.Sealed) ([]letter.Written, *letter.Form, error) {
	if !sealed.Reply {
		return nil, nil, nil
	}
	replies, err := s.store.Replies(c.Request().Context(), sealed.ID, viewer, s.now())
	if err != nil {
		return nil, nil, err
	}
	var sent []letter.Written
	for _, r := range replies {
		content, _, err := r.Open(c.Request().Context(), s.keys)
		if err != nil {
			return nil, nil, fmt.Errorf("open reply %s: %w", r.ID, err)
		}
		sent = append(sent, letter.NewWritten(v.at(), r, content))
	}
	if len(replies) >= store.MostReplies {
		return sent, nil, nil
	}
	form, err := s.draftForm(c, v, viewer)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, nil, err
	}
	form.Problem = "" // which is for the page that tells of it
	return sent, &form, nil
}

// sendReplyFile serves GET /m/:token/reply/:reply/a/:part, as saveAttachment does.
func (s *Site) sendReplyFile(c echo.Context, v visit, viewer store.Viewer) error {
	ctx, id := c.Request().Context(), store.ReplyID(c.Param("reply"))
	part, err := strconv.Atoi(c.Param("part"))
	if err != nil {
		return store.ErrNotFound
	}
	f, err := s.store.ReplyFile(ctx, v.message(), id, part, viewer, s.now())
	if err != nil {
		return fmt.Errorf("send file of reply: %w", err)
	}
	content, key, err := f.Open(ctx, s.keys)
	if err != nil {
		return fmt.Errorf("send file of reply %s: %w", f.ID, err)
	}
	file, ok := letter.ReplyFileOf(f, content, key)
	if !ok {
		return store.ErrNotFound
	}
	if err := s.store.ReplyFileRead(ctx, v.message(), id, part, viewer, s.now()); err != nil {
		return fmt.Errorf("send file of reply %s: %w", f.ID, err)
	}
	s.logAttachmentRead(c, v)
	file.Saved(c.Response().Header())
	if err := file.Send(c.Response()); err != nil {
		return fmt.Errorf("send file of reply %s: %w", f.ID, err)
	}
	return nil
}
