package pickup

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/web"
	"securetext/web/letter"
)

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
	shown, err := f.Viewable()
	if err != nil {
		return fmt.Errorf("view attachment of %s: %w", f.of.ID, err)
	}
	if err := s.store.Read(c.Request().Context(), f.of.ID, viewer, s.now()); err != nil {
		return fmt.Errorf("view attachment of %s: %w", f.of.ID, err)
	}
	web.SetLanguage(c, f.of.Lang)
	return c.Render(http.StatusOK, "view.html", v.page(viewPage{
		At: v.at(), File: v.file(f.Part), Name: letter.SafeName(f.Name), Size: f.Size,
		Shown: shown, Picture: f.Picture(), Large: c.QueryParam("size") == "large",
	}))
}

// showAttachment serves GET /m/:token/a/:part/shown: what that page shows.
func (s *Site) showAttachment(c echo.Context, v visit, viewer store.Viewer) error {
	f, err := s.file(c, v, viewer)
	if err != nil {
		return err
	}
	shown, err := f.Viewable()
	if err != nil {
		return fmt.Errorf("show attachment of %s: %w", f.of.ID, err)
	}
	if !shown {
		return store.ErrNotFound
	}
	return s.send(c, v, viewer, letter.File.InPlace)
}
