package pickup

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// notMinePage is what notmine.html shows.
type notMinePage struct {
	Path string
	Done bool // we were told, and are not asking any more
}

// askNotMine serves GET /m/:token/notmine: what it means to say so, and whether
// that is wanted.
func (s *Site) askNotMine(c echo.Context, v visit) error {
	return c.Render(http.StatusOK, "notmine.html", v.page(notMinePage{Path: v.path()}))
}

// notMine serves POST /m/:token/notmine: who holds the link is not who the
// message is for (S12).
func (s *Site) notMine(c echo.Context, v visit) error {
	if err := s.opened(c, v); err != nil {
		return err
	}
	err := s.store.NotMine(c.Request().Context(), v.Token.Hash(), s.visitor(c), s.now())
	if errors.Is(err, store.ErrGone) { // wiped meanwhile, or somebody else said so
		return toLink(c, v)
	}
	if err != nil {
		return fmt.Errorf("disown message: %w", err)
	}
	s.logDisowned(c, v)
	return s.showDisowned(c, v, http.StatusOK)
}

// showDisowned says what came of it, to whoever opens the link from then on too.
func (s *Site) showDisowned(c echo.Context, v visit, status int) error {
	return c.Render(status, "notmine.html", v.page(notMinePage{Path: v.path(), Done: true}))
}
