package letter

import (
	"io"
	"iter"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/seal"
)

// filePolicy makes a file that a browser shows a dead one, in an origin of its own.
const filePolicy = "sandbox; default-src 'none'"

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

// File is one attachment of a message or a reply, and what opens it.
type File struct {
	store.ContentAttachment
	Size   int64
	chunks iter.Seq2[seal.Ciphertext, error]
	place  seal.Place
	key    seal.Key
}

// FileOf is an attachment of a message; false: its content names none such.
func FileOf(a store.SealedAttachment, content store.Content, key seal.Key) (File, bool) {
	return fileOf(a.AttachmentInfo, content, File{chunks: a.Chunks, place: a.Place(a.Part), key: key})
}

// ReplyFileOf is an attachment of a reply, likewise.
func ReplyFileOf(r store.SealedReplyFile, content store.Content, key seal.Key) (File, bool) {
	return fileOf(r.AttachmentInfo, content, File{chunks: r.Chunks, place: r.Place(r.Part), key: key})
}

func fileOf(info store.AttachmentInfo, content store.Content, f File) (File, bool) {
	i := slices.IndexFunc(content.Attachments, func(a store.ContentAttachment) bool { return a.Part == info.Part })
	if i < 0 {
		return File{}, false
	}
	f.ContentAttachment, f.Size = content.Attachments[i], info.Size
	return f, true
}

// Saved has a browser put the file away, and show nothing of it.
func (f File) Saved(h http.Header) {
	mediaType := "application/octet-stream"
	if slices.Contains(safeTypes, f.Type) {
		mediaType = f.Type
	}
	h.Set(echo.HeaderContentType, mediaType)
	h.Set(echo.HeaderContentDisposition, disposition("attachment", f.Name))
	h.Set(echo.HeaderContentSecurityPolicy, filePolicy)
}

// InPlace has a browser show the file within a page of ours, by its type alone.
func (f File) InPlace(h http.Header) {
	h.Set(echo.HeaderContentType, f.Type)
	h.Set(echo.HeaderContentDisposition, disposition("inline", f.Name))
	h.Set(echo.HeaderContentSecurityPolicy, filePolicy+"; frame-ancestors 'self'")
}

// Send answers with the file, opened piece by piece, under the headers that were
// set. If a piece does not open, the answer breaks off short of its length, so that no
// browser takes it for whole.
func (f File) Send(w http.ResponseWriter) error {
	w.Header().Set(echo.HeaderContentLength, strconv.FormatInt(f.Size, 10))
	w.WriteHeader(http.StatusOK)
	return f.write(w)
}

func (f File) write(w io.Writer) error { return f.key.OpenChunks(w, f.chunks, f.Size, f.place) }
