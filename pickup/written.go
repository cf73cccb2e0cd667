package pickup

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// The limits of a reply. The texts of the page say them too.
const (
	maxWritten  = 8000     // characters
	maxFiles    = 5        //
	maxFile     = 10 << 20 // bytes
	maxTogether = 25 << 20 // bytes of files
	// replyLimit is what the form may have in bytes, with all that stands around
	// text and files.
	replyLimit = maxTogether + 256<<10
	// maxField is what a field other than a file may have in bytes: each character
	// up to 4, and line ends 2.
	maxField = 4*maxWritten + 4<<10
)

// Why a reply is not taken, besides what the store says.
var (
	errNothingWritten = errors.New("neither text nor files")
	errTooLong        = errors.New("text too long")
	errManyFiles      = errors.New("too many files")
	errLargeFile      = errors.New("file too large")
	errLargeTogether  = errors.New("files too large together")
	errCutOff         = errors.New("the form broke off")
)

// written is a reply as it came, its files fit to keep. Its fields are not
// exported, and nothing prints it.
type written struct {
	nonce string
	text  string
	files []enclosed
}

var nonces = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// readReply reads the form as it arrives: the nonce and the text stand before the
// files, so that they are known whatever becomes of those.
func (s *Site) readReply(c echo.Context, viewer store.Viewer) (w written, err error) {
	form, err := c.Request().MultipartReader()
	if err != nil {
		return w, fmt.Errorf("%w (%T)", errBadForm, err)
	}
	leave := func() {}
	defer func() { leave() }()
	for total := 0; ; {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return w, w.check()
		}
		if err != nil {
			return w, formError(err)
		}
		if part.FileName() == "" {
			if err := w.field(part); err != nil {
				return w, err
			}
			continue
		}
		if len(w.files) == 0 {
			if leave, err = s.uploads.enter(c.Request().Context(), viewer.Recipient); err != nil {
				return w, err
			}
		}
		if err := s.enclose(c, &w, part, &total); err != nil {
			return w, err
		}
	}
}

// field reads what is no file. A file field that was left empty is a part without
// a name.
func (w *written) field(part *multipart.Part) error {
	b, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return formError(err)
	}
	switch part.FormName() {
	case "nonce":
		if w.nonce = string(b); !nonces.MatchString(w.nonce) {
			w.nonce = ""
			return errBadForm
		}
	case "text":
		w.text = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(string(b), "\uFFFD"), "\r\n", "\n"))
		if len(b) > maxField || utf8.RuneCountInString(w.text) > maxWritten {
			return errTooLong
		}
	case "files":
		if len(b) > 0 {
			return errBadForm
		}
	default:
		return errBadForm
	}
	return nil
}

// enclose reads one file, has it looked at, and keeps what is fit to keep of it.
func (s *Site) enclose(c echo.Context, w *written, part *multipart.Part, total *int) error {
	if part.FormName() != "files" {
		return errBadForm
	}
	if len(w.files) == maxFiles {
		return errManyFiles
	}
	name := safeName(part.FileName())
	data, err := io.ReadAll(io.LimitReader(part, maxFile+1))
	if err != nil {
		return formError(err)
	}
	if *total += len(data); len(data) > maxFile {
		return &fileError{name, errLargeFile}
	}
	if *total > maxTogether {
		return errLargeTogether
	}
	f, err := s.fit(c.Request().Context(), name, data)
	if err != nil {
		return &fileError{name, err}
	}
	w.files = append(w.files, f)
	return nil
}

// check finds what only the whole form shows.
func (w *written) check() error {
	switch {
	case w.nonce == "":
		return errBadForm
	case w.text == "" && len(w.files) == 0:
		return errNothingWritten
	}
	return nil
}

// formError tells a form that is too large from one that broke off, as on a weak
// line, and from one that no browser made. The reader's own words may quote the form.
func formError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errLargeTogether
	}
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.ErrUnexpectedEOF) {
		return errCutOff
	}
	return fmt.Errorf("%w (%T)", errBadForm, err)
}

// fileError is an error about one file. What it is called is for the patient's
// page alone.
type fileError struct {
	name string
	err  error
}

func (e *fileError) Error() string { return "file of reply: " + e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }
