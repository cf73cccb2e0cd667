package pickup

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/web"
)

// showSenders serves GET /senders: how to be registered, for people whose mail
// was refused because nobody here knows them.
func (s *Site) showSenders(c echo.Context) error {
	return c.Render(http.StatusOK, "senders.html", web.Page{})
}
