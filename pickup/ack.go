package pickup

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// acknowledge serves POST /m/:token/ack, the buttons under a message that asks for
// an answer. The first answer stands, and the message's page shows it: that it was
// answered before, perhaps by a second tap, is no mistake of the patient's.
func (s *Site) acknowledge(c echo.Context, v visit, viewer store.Viewer) error {
	if err := parseForm(c.Request()); err != nil {
		return err
	}
	answer := store.Answer(c.Request().PostFormValue("choice"))
	err := s.store.Acknowledge(c.Request().Context(), v.message(), answer, viewer, s.now())
	switch {
	case err == nil:
		s.logAcknowledged(c, v)
	case !errors.Is(err, store.ErrConflict):
		return fmt.Errorf("acknowledge message: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, v.at()+"#answer")
}

// backToMessage serves GET of what the buttons post to.
func (s *Site) backToMessage(c echo.Context, v visit, _ store.Viewer) error {
	return c.Redirect(http.StatusSeeOther, v.at())
}
