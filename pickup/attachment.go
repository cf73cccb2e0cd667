package pickup

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/seal"
)

// attachmentPolicy makes a file that a browser shows after all a dead one.
const attachmentPolicy = "sandbox; default-src 'none'"

// safeTypes are the media types that are told as they are. Of any other file the
// browser learns only that it is bytes (S20).
var safeTypes = []string{
	"application/pdf", "application/zip", "application/dicom", "application/rtf", "application/json", "text/plain", "text/csv",
	"text/calendar", "image/png", "image/jpeg", "image/gif", "image/webp", "image/heic", "image/heif", "image/tiff", "image/bmp",
	"audio/mpeg", "audio/mp4", "audio/wav", "audio/ogg", "audio/amr", "video/mp4", "video/quicktime", "video/webm",
	"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation",
	"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet",
}

// sendAttachment serves GET /m/:token/a/:part: one attachment, opened piece by
// piece as it is sent. If a piece does not open, the answer breaks off short of
// its length, so that no browser takes it for whole.
func (s *Site) sendAttachment(c echo.Context, v visit, viewer store.Viewer) error {
	ctx := c.Request().Context()
	part, err := strconv.Atoi(c.Param("part"))
	if err != nil || part < seal.FirstAttachment {
		return store.ErrNotFound
	}
	att, err := s.attachment(c, v, part, viewer)
	if err != nil {
		return fmt.Errorf("send attachment: %w", err)
	}
	content, key, err := s.open(c, att.Sealed)
	if err != nil {
		return fmt.Errorf("send attachment of %s: %w", att.ID, err)
	}
	i := slices.IndexFunc(content.Attachments, func(a store.ContentAttachment) bool { return a.Part == part })
	if i < 0 {
		return store.ErrNotFound
	}
	if err := s.store.AttachmentRead(ctx, att.ID, part, viewer, s.now()); err != nil {
		return fmt.Errorf("send attachment of %s: %w", att.ID, err)
	}
	s.logAttachmentRead(c, v)
	setFileHeaders(c.Response().Header(), content.Attachments[i], att.Size)
	c.Response().WriteHeader(http.StatusOK)
	if err := key.OpenChunks(c.Response(), att.Chunks, att.Size, att.Place(part)); err != nil {
		return fmt.Errorf("send attachment of %s: %w", att.ID, err)
	}
	return nil
}

func setFileHeaders(h http.Header, a store.ContentAttachment, size int64) {
	mediaType := "application/octet-stream"
	if slices.Contains(safeTypes, a.Type) {
		mediaType = a.Type
	}
	h.Set(echo.HeaderContentType, mediaType)
	h.Set(echo.HeaderContentLength, strconv.FormatInt(size, 10))
	h.Set(echo.HeaderContentDisposition, disposition(a.Name))
	h.Set(echo.HeaderContentSecurityPolicy, attachmentPolicy)
}
