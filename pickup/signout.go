package pickup

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/pickup/session"
	"securetext/web"
)

// signOut serves POST /signout. The browser forgets its session even when the
// store cannot be reached to end it; then the page does not say that all is done.
func (s *Site) signOut(c echo.Context) error {
	id, ok := session.FromRequest(c.Request())
	session.SignOut(c.Response())
	if ok {
		if err := s.sessions.Delete(c.Request().Context(), id.Key()); err != nil {
			return fmt.Errorf("sign out: %w", err)
		}
	}
	return c.Render(http.StatusOK, "signedout.html", web.Page{})
}
