package pickup

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/web"
	"securetext/web/letter"
)

// viewAttachment serves GET /m/:token/a/:part/view: a page of ours around a
// picture or a PDF. A PDF by itself would leave its title in the browser's history.
// What the page says of the file is text of the message, so it has its Read event.
func (s *Site) viewAttachment(c echo.Context, v visit, viewer store.Viewer) error {
	f, err := s.file(c, v, viewer)
	if err != nil {
		return err
	}
	p, err := letter.NewView(v.at(), v.file(f.Part), f.File, c.QueryParam("size") == "large")
	if err != nil {
		return fmt.Errorf("view attachment of %s: %w", f.of.ID, err)
	}
	if err := s.store.Read(c.Request().Context(), f.of.ID, viewer, s.now()); err != nil {
		return fmt.Errorf("view attachment of %s: %w", f.of.ID, err)
	}
	web.SetLanguage(c, f.of.Lang)
	return c.Render(http.StatusOK, "view.html", v.page(p))
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
