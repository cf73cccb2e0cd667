package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	// maxTogether is how many bytes of files a form takes: as many as a mail.
	maxTogether = 25 << 20
	// letterLimit is what the form may have in all, with what stands around text and
	// files.
	letterLimit = maxTogether + formLimit
	// mostUploads is how many forms with files are read at once: they are in memory
	// until they are stored.
	mostUploads = 4
	uploadWait  = 5 * time.Second // for others to end
	// uploadTime is what a slow line has for its files.
	uploadTime = 10 * time.Minute
)

// What keeps files from being taken, besides what the intake says.
var (
	errLarge = errors.New("more files than a mail may have")
	errMany  = errors.New("too many files are being sent")
)

// written is a message as it was written into the form.
type written struct {
	form
	files []DraftFile
	wrong string // with the files; empty: nothing
	leave func() // gives the place back among those who send files
}

// readWritten reads the form as it arrives, into memory alone: what a patient is
// told stands in no file of ours. The fields come before the files, so they are
// known whatever becomes of those.
func (s *Console) readWritten(c echo.Context) (written, error) {
	w := written{form: form{url.Values{}}, leave: func() {}}
	parts, err := c.Request().MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) { // there were no files to choose
		w.form, err = readForm(c)
		return w, err
	}
	if err != nil {
		return w, formError(err)
	}
	over := http.NewResponseController(c.Response())
	// A server without deadlines needs none set.
	_ = over.SetReadDeadline(time.Now().Add(uploadTime))
	_ = over.SetWriteDeadline(time.Now().Add(uploadTime + patience))
	switch err := s.readParts(c.Request().Context(), &w, parts); {
	case errors.Is(err, errLarge):
		w.wrong = "Files may have 25 MB together."
	case errors.Is(err, errMany):
		w.wrong = "Too many files are being sent at the moment. Please try again in a minute."
	case err != nil:
		return w, err
	}
	return w, nil
}

func (s *Console) readParts(ctx context.Context, w *written, parts *multipart.Reader) error {
	for fields, total := 0, 0; ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return formError(err)
		}
		most := maxTogether - total
		if part.FileName() == "" {
			most = formLimit - fields
		} else if err := s.admitFiles(ctx, w); err != nil {
			return err
		}
		b, err := io.ReadAll(io.LimitReader(part, int64(most)+1))
		switch {
		case err != nil:
			return formError(err)
		case part.FileName() == "":
			fields += len(b) + len(part.FormName())
			w.values.Add(part.FormName(), strings.ToValidUTF8(string(b), "\uFFFD"))
		default:
			total += len(b)
			w.files = append(w.files, DraftFile{part.FileName(), b})
		}
		if fields > formLimit {
			return errBadForm
		}
		if total > maxTogether {
			return errLarge
		}
	}
}

// admitFiles waits a little for a place among those who send files.
func (s *Console) admitFiles(ctx context.Context, w *written) error {
	if len(w.files) > 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, uploadWait)
	defer cancel()
	select {
	case s.uploads <- struct{}{}:
		w.leave = func() { <-s.uploads }
		return nil
	case <-ctx.Done():
		return errMany
	}
}

// names are those of the files.
func (w written) names() (list []string) {
	for _, f := range w.files {
		list = append(list, f.Name)
	}
	return list
}

// formError tells a form that is too large from one that broke off. The reader's
// own words may quote the form.
func formError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errLarge
	}
	return fmt.Errorf("%w (%T)", errBadForm, err)
}
