package pickup

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/seal"
	"securetext/web/letter"
)

// showMessage serves GET /m/:token to the message's recipient, and their other
// messages beneath it. The Read event is stored before the text is sent, so no text is
// ever shown without one.
func (s *Site) showMessage(c echo.Context, v visit, viewer store.Viewer) error {
	ctx := c.Request().Context()
	sealed, err := s.sealed(c, v, viewer)
	if err != nil {
		return fmt.Errorf("show message: %w", err)
	}
	content, _, err := s.open(c, sealed)
	if err != nil {
		return fmt.Errorf("show message %s: %w", sealed.ID, err)
	}
	p := letter.NewPage(v.at(), sealed, content, c.QueryParam("view") == "text")
	p.Path = v.path()
	if p.Written, p.Reply, err = s.thread(c, v, viewer, sealed); err != nil {
		return fmt.Errorf("show message %s: %w", sealed.ID, err)
	}
	var threaded map[store.MessageID]bool
	if p.Thread, threaded, err = s.conversation(c, v, viewer); err != nil {
		return fmt.Errorf("show message %s: %w", sealed.ID, err)
	}
	if p.Others, err = s.listed(c, v, viewer, threaded); err != nil {
		return fmt.Errorf("show message %s: %w", sealed.ID, err)
	}
	p.Offer = s.takesPasskeys(v) && v.Other == "" && v.Device != (store.DeviceHash{}) && !v.Link.Device.Passkey
	if err := s.store.Read(ctx, sealed.ID, viewer, s.now()); err != nil {
		return fmt.Errorf("show message %s: %w", sealed.ID, err)
	}
	s.logRead(c, v)
	return c.Render(http.StatusOK, "message.html", v.page(p))
}

// open opens a message's content; the key opens its attachments too.
func (s *Site) open(c echo.Context, sealed store.Sealed) (store.Content, seal.Key, error) {
	content, key, err := sealed.Open(c.Request().Context(), s.keys)
	return letter.Shown(content), key, err
}
