package pickup

import (
	"errors"

	"github.com/labstack/echo/v4"
)

// errNoCookies is for a browser that did not keep the cookie it was given. Asked
// again for its code or password, it would go round in circles.
var errNoCookies = errors.New("browser keeps no cookies")

// cookieGiven, after the link's address, says that the browser was given a cookie
// just before, as codeTexted does. The device's outlives the session's, so a
// browser that comes back by such an address later has that one.
const cookieGiven = "?cookie=given"

// withCookie sends a browser that was given a cookie to the link: one that had
// none before by the address that says so.
func withCookie(c echo.Context, v visit) error {
	if v.known() {
		return toLink(c, v)
	}
	return toPage(c, v, cookieGiven)
}

// dropsCookies reports whether the browser lacks the cookie that the address says
// it was given: cookie or code, as the queries above have it. By any other address
// it was given none (S03).
func dropsCookies(c echo.Context, v visit, query string) bool {
	return c.QueryParam(query) != "" && !v.known()
}
