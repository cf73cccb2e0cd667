package pickup

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"
	"golang.org/x/image/webp"

	"securetext/store"
	"securetext/web"
)

// A picture beyond these is for saving: it might take more of a phone than the
// phone has.
const (
	maxPicture = 10 << 20   // bytes
	maxPixels  = 40_000_000 // once it is unpacked
)

const pdf = "application/pdf"

// pictures are the images that are viewed in place, by the type that their bytes
// tell, and what reads their size.
var pictures = map[string]func(io.Reader) (image.Config, error){
	"image/png": png.DecodeConfig, "image/jpeg": jpeg.DecodeConfig, "image/gif": gif.DecodeConfig, "image/webp": webp.DecodeConfig,
}

// mayView reports whether a file is of a sort that is viewed in place. SVG, HTML
// and XML are none: they are programs (S20).
func mayView(a store.ContentAttachment, size int64) bool {
	return a.Type == pdf || pictures[a.Type] != nil && size <= maxPicture
}

// viewPage is what view.html shows.
type viewPage struct {
	At      string // where the message is shown
	File    string // where the file is saved from; "/view" and "/shown" are beneath it
	Name    string
	Size    int64 // bytes
	Shown   bool  // in place; else it can be saved only
	Picture bool  // else it is a PDF
	Large   bool  // the picture in its own size
}

// viewAttachment serves GET /m/:token/a/:part/view: a page of ours around a
// picture or a PDF. A PDF by itself would leave its title in the browser's history.
// What the page says of the file is text of the message, so it has its Read event.
func (s *Site) viewAttachment(c echo.Context, v visit, viewer store.Viewer) error {
	f, err := s.file(c, v, viewer)
	if err != nil {
		return err
	}
	shown, err := f.viewable()
	if err != nil {
		return fmt.Errorf("view attachment of %s: %w", f.sealed.ID, err)
	}
	if err := s.store.Read(c.Request().Context(), f.sealed.ID, viewer, s.now()); err != nil {
		return fmt.Errorf("view attachment of %s: %w", f.sealed.ID, err)
	}
	web.SetLanguage(c, f.sealed.Lang)
	return c.Render(http.StatusOK, "view.html", v.page(viewPage{
		At: v.at(), File: v.file(f.Part), Name: safeName(f.Name), Size: f.sealed.Size,
		Shown: shown, Picture: f.Type != pdf, Large: c.QueryParam("size") == "large",
	}))
}

// showAttachment serves GET /m/:token/a/:part/shown: what that page shows.
func (s *Site) showAttachment(c echo.Context, v visit, viewer store.Viewer) error {
	f, err := s.file(c, v, viewer)
	if err != nil {
		return err
	}
	shown, err := f.viewable()
	if err != nil {
		return fmt.Errorf("show attachment of %s: %w", f.sealed.ID, err)
	}
	if !shown {
		return store.ErrNotFound
	}
	return s.send(c, v, viewer, inPlace)
}

// inPlace has a browser show the file within a page of ours, by its type alone.
func inPlace(h http.Header, f file) {
	h.Set(echo.HeaderContentType, f.Type)
	h.Set(echo.HeaderContentDisposition, disposition("inline", f.Name))
	h.Set(echo.HeaderContentSecurityPolicy, attachmentPolicy+"; frame-ancestors 'self'")
}

// viewable reports whether the file is what its type says, and bounded. It opens
// the file's beginning, so the file must be found anew to be sent.
func (f file) viewable() (bool, error) {
	if !mayView(f.ContentAttachment, f.sealed.Size) {
		return false, nil
	}
	var b beginning
	if err := f.write(&b); err != nil && !errors.Is(err, errBegun) {
		return false, err
	}
	if f.Type == pdf {
		return bytes.HasPrefix(b.Bytes(), []byte("%PDF-")), nil
	}
	if http.DetectContentType(b.Bytes()) != f.Type {
		return false, nil
	}
	size, err := pictures[f.Type](&b)
	return err == nil && int64(size.Width)*int64(size.Height) <= maxPixels, nil
}

// beginning takes in enough of a picture to know its size, whatever a camera
// wrote before that.
type beginning struct{ bytes.Buffer }

var errBegun = errors.New("that is enough of the file")

func (b *beginning) Write(p []byte) (int, error) {
	if b.Len()+len(p) > 1<<20 {
		return 0, errBegun
	}
	return b.Buffer.Write(p)
}
