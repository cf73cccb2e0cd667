package pickup

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/seal"
)

// attachmentPolicy makes a file that a browser shows a dead one, in an origin of
// its own.
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

// file is one attachment, and what opens it.
type file struct {
	store.ContentAttachment
	sealed store.SealedAttachment
	key    seal.Key
}

// write opens the file piece by piece. It can be done once.
func (f file) write(w io.Writer) error {
	return f.key.OpenChunks(w, f.sealed.Chunks, f.sealed.Size, f.sealed.Place(f.Part))
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
	i := slices.IndexFunc(content.Attachments, func(a store.ContentAttachment) bool { return a.Part == part })
	if i < 0 {
		return file{}, store.ErrNotFound
	}
	return file{content.Attachments[i], att, key}, nil
}

// saveAttachment serves GET /m/:token/a/:part: one attachment, as a download.
func (s *Site) saveAttachment(c echo.Context, v visit, viewer store.Viewer) error {
	return s.send(c, v, viewer, saved)
}

// send sends the attachment that the address names, opened piece by piece. If a
// piece does not open, the answer breaks off short of its length, so that no
// browser takes it for whole.
func (s *Site) send(c echo.Context, v visit, viewer store.Viewer, headers func(http.Header, file)) error {
	f, err := s.file(c, v, viewer)
	if err != nil {
		return err
	}
	if err := s.store.AttachmentRead(c.Request().Context(), f.sealed.ID, f.Part, viewer, s.now()); err != nil {
		return fmt.Errorf("send attachment of %s: %w", f.sealed.ID, err)
	}
	s.logAttachmentRead(c, v)
	headers(c.Response().Header(), f)
	c.Response().Header().Set(echo.HeaderContentLength, strconv.FormatInt(f.sealed.Size, 10))
	c.Response().WriteHeader(http.StatusOK)
	if err := f.write(c.Response()); err != nil {
		return fmt.Errorf("send attachment of %s: %w", f.sealed.ID, err)
	}
	return nil
}

// saved has a browser put the file away, and show nothing of it.
func saved(h http.Header, f file) {
	mediaType := "application/octet-stream"
	if slices.Contains(safeTypes, f.Type) {
		mediaType = f.Type
	}
	h.Set(echo.HeaderContentType, mediaType)
	h.Set(echo.HeaderContentDisposition, disposition("attachment", f.Name))
	h.Set(echo.HeaderContentSecurityPolicy, attachmentPolicy)
}
