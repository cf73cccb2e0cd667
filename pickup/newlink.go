package pickup

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// newLinkPage is what late.html and linksent.html show.
type newLinkPage struct {
	Path   string
	Ending string // last digits of the number the text goes to
}

// errAsked is a [store.ErrThrottled] for asking again too soon.
var errAsked = errors.New("asked for a new link too soon")

// offerNewLink shows the page for a link that is too old for first use: whoever
// holds the phone now gets a fresh one, and nobody else.
func (s *Site) offerNewLink(c echo.Context, v visit) error { return s.newLinkPage(c, v, "late.html") }

// sendNewLink serves POST /m/:token/link.
func (s *Site) sendNewLink(c echo.Context, v visit) error {
	r := c.Request()
	by := store.Actor{Kind: store.ByVisitor, Addr: s.address(r)}
	err := s.store.NewLink(r.Context(), v.Token.Hash(), by, s.now())
	if errors.Is(err, store.ErrThrottled) {
		return errAsked
	}
	if err != nil {
		return fmt.Errorf("send new link: %w", err)
	}
	return s.newLinkPage(c, v, "linksent.html")
}

func (s *Site) newLinkPage(c echo.Context, v visit, template string) error {
	ending, err := s.ending(c, v)
	if err != nil {
		return fmt.Errorf("show %s: %w", template, err)
	}
	return c.Render(http.StatusOK, template, v.page(newLinkPage{Path: v.path(), Ending: ending}))
}
