package pickup

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/web/letter"
)

// showHTML serves GET /m/:token/html, the sanitised message within the frame of
// its page. It is text that is shown, so it has its own Read event.
func (s *Site) showHTML(c echo.Context, v visit, viewer store.Viewer) error {
	ctx := c.Request().Context()
	sealed, err := s.sealed(c, v, viewer)
	if err != nil {
		return fmt.Errorf("show html: %w", err)
	}
	content, key, err := s.open(c, sealed)
	if err != nil {
		return fmt.Errorf("show html of %s: %w", sealed.ID, err)
	}
	images, err := letter.Images(sealed, content, key, func(part int) (store.SealedAttachment, error) {
		return s.attachment(c, v, part, viewer)
	})
	if err != nil {
		return fmt.Errorf("show html of %s: %w", sealed.ID, err)
	}
	label, err := s.renderer.Say(c, "message.earlier")
	if err != nil {
		return fmt.Errorf("show html of %s: %w", sealed.ID, err)
	}
	if err := s.store.Read(ctx, sealed.ID, viewer, s.now()); err != nil {
		return fmt.Errorf("show html of %s: %w", sealed.ID, err)
	}
	c.Response().Header().Set(echo.HeaderContentSecurityPolicy, letter.FramePolicy)
	return c.HTML(http.StatusOK, letter.Frame(sealed.Lang, content, images, label))
}
