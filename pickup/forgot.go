package pickup

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// forgot serves GET /m/:token/forgot, for who cannot remember the password: a
// code first, on whatever device, then the page to choose another. It changes
// nothing by itself.
func (s *Site) forgot(c echo.Context, v visit) error {
	switch {
	case v.Link.Password == "":
		return toLink(c, v)
	case dropsCookies(c, v, "code"):
		return errNoCookies
	case s.owes(v, toReset):
		return s.askCode(c, v, toReset, http.StatusOK, codePage{Typing: c.QueryParam("code") != ""})
	}
	return s.askReset(c, v, http.StatusOK, nil)
}
