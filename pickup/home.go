package pickup

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/web"
)

// showHome serves GET /, for people who wonder what this is.
func (s *Site) showHome(c echo.Context) error {
	return c.Render(http.StatusOK, "home.html", web.Page{})
}
