package pickup

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// askAgainPage is what askagain.html shows.
type askAgainPage struct {
	Before bool // the sender was told not long ago, and is not told again
}

// askAgain serves POST /m/:token/ask, the button on the page of an expired
// message: its sender is told. To ask once more is no mistake of the patient's.
func (s *Site) askAgain(c echo.Context, v visit) error {
	if !s.expired(v) {
		return toLink(c, v)
	}
	err := s.store.AskAgain(c.Request().Context(), v.Token.Hash(), s.visitor(c), s.now())
	switch {
	case err == nil:
		s.logAskedAgain(c, v)
	case errors.Is(err, store.ErrConflict): // wiped meanwhile
		return toLink(c, v)
	case !errors.Is(err, store.ErrThrottled):
		return fmt.Errorf("ask for message again: %w", err)
	}
	return c.Render(http.StatusOK, "askagain.html", v.page(askAgainPage{Before: err != nil}))
}
