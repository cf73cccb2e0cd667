package pickup

import (
	"errors"

	"github.com/labstack/echo/v4"
)

// errNoCookies is for a browser that did not keep the cookie it was given. Asked
// again for its code or password, it would go round in circles.
var errNoCookies = errors.New("browser keeps no cookies")

// signedIn, after the link's address, says that the browser was given its
// cookies just before, as codeTexted does. The device's outlives the session's, so
// a browser that comes back by such an address later has that one.
const signedIn = "?signed=in"

// keepsCookies reports whether the browser has the cookie that the address says it
// was given. By any other address it was given none (S03).
func keepsCookies(c echo.Context, v visit) bool {
	given := c.QueryParam("code") != "" || c.QueryParam("signed") != ""
	return !given || v.known()
}
