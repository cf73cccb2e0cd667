package pickup

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/web"
)

const logoPath = "/logo/"

// logoOf is a clinic's logo as pages show it.
func logoOf(l store.Logo) web.Logo {
	if l.ID == "" {
		return web.Logo{}
	}
	return web.Logo{URL: logoPath + string(l.ID), Width: l.Width, Height: l.Height}
}

// showLogo serves GET /logo/:id. A clinic's next logo has another id.
func (s *Site) showLogo(c echo.Context) error {
	p, err := s.store.Logo(c.Request().Context(), store.LogoID(c.Param("id")))
	if err != nil {
		return fmt.Errorf("show logo: %w", err)
	}
	c.Response().Header().Set(echo.HeaderCacheControl, web.Forever)
	return c.Blob(http.StatusOK, p.Type, p.Data)
}
