package pickup

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/seal"
	"securetext/web/letter"
)

// file is one attachment of a message.
type file struct {
	letter.File
	of store.Sealed
}

// file finds the attachment that the address names.
func (s *Site) file(c echo.Context, v visit, viewer store.Viewer) (file, error) {
	part, err := strconv.Atoi(c.Param("part"))
	if err != nil || part < seal.FirstAttachment {
		return file{}, store.ErrNotFound
	}
	att, err := s.attachment(c, v, part, viewer)
	if err != nil {
		return file{}, fmt.Errorf("find attachment: %w", err)
	}
	content, key, err := s.open(c, att.Sealed)
	if err != nil {
		return file{}, fmt.Errorf("find attachment of %s: %w", att.ID, err)
	}
	f, ok := letter.FileOf(att, content, key)
	if !ok {
		return file{}, store.ErrNotFound
	}
	return file{f, att.Sealed}, nil
}

// saveAttachment serves GET /m/:token/a/:part: one attachment, as a download.
func (s *Site) saveAttachment(c echo.Context, v visit, viewer store.Viewer) error {
	return s.send(c, v, viewer, letter.File.Saved)
}

// send sends the attachment that the address names.
func (s *Site) send(c echo.Context, v visit, viewer store.Viewer, headers func(letter.File, http.Header)) error {
	f, err := s.file(c, v, viewer)
	if err != nil {
		return err
	}
	if err := s.store.AttachmentRead(c.Request().Context(), f.of.ID, f.Part, viewer, s.now()); err != nil {
		return fmt.Errorf("send attachment of %s: %w", f.of.ID, err)
	}
	s.logAttachmentRead(c, v)
	headers(f.File, c.Response().Header())
	if err := f.Send(c.Response()); err != nil {
		return fmt.Errorf("send attachment of %s: %w", f.of.ID, err)
	}
	return nil
}
