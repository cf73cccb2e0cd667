package pickup

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/web"
)

// recordOpened serves POST /m/:token/opened, which the page's script sends once
// somebody has looked at it or touched it. Only browsers send it: one that does
// not say where the request comes from is not ours.
func (s *Site) recordOpened(c echo.Context, v visit) error {
	r := c.Request()
	if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get(echo.HeaderOrigin) == "" {
		return web.ErrCrossOrigin
	}
	if err := s.opened(c, v); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// opened records that somebody, or a bot, opened the link. Who types a password
// or asks for a code has too: where there is no script, this is the first that
// is heard of them.
func (s *Site) opened(c echo.Context, v visit) error {
	r := c.Request()
	by := s.visitor(c)
	if bot(r) {
		by.Kind = store.ByBot
	}
	if err := s.store.Opened(r.Context(), v.Token.Hash(), by, s.now()); err != nil {
		return fmt.Errorf("record opened: %w", err)
	}
	return nil
}
