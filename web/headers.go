package web

import "github.com/labstack/echo/v4"

// ContentSecurityPolicy is that of every page of ours: own files only, no
// inline script or style, in nobody's frame.
const ContentSecurityPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; " +
	"connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// headers go with every answer (S16). Referrer-Policy is not no-referrer, since
// under that older Safaris send "Origin: null" with our own forms.
var headers = [...][2]string{
	{echo.HeaderCacheControl, "no-store"},
	{echo.HeaderContentSecurityPolicy, ContentSecurityPolicy},
	{echo.HeaderStrictTransportSecurity, "max-age=63072000"},
	{echo.HeaderXContentTypeOptions, "nosniff"},
	{echo.HeaderReferrerPolicy, "same-origin"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), " +
		"magnetometer=(), microphone=(), midi=(), payment=(), usb=()"},
	{"X-Robots-Tag", "noindex, nofollow"},
}

// Headers is middleware that makes every answer private. A handler that serves
// something else than a page (a file, a frame) sets its own over them.
func Headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		for _, kv := range headers {
			h.Set(kv[0], kv[1])
		}
		return next(c)
	}
}
