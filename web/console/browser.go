package console

import (
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// knownCookie tells a browser in which a person signed in before from all others,
// so that whoever knows only their address cannot make them wait. It opens nothing.
const (
	knownCookie = "__Host-staff-known"
	knownFor    = 400 * 24 * time.Hour // the longest that browsers keep a cookie
)

// mark is what the browser of a person keeps: nobody can make it without the key.
func (s *Console) mark(id store.StaffID) string {
	sum := s.index.Sum("browser of staff", string(id))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// remember marks the browser as one of the person's.
func (s *Console) remember(c echo.Context, id store.StaffID) {
	c.SetCookie(&http.Cookie{
		Name: knownCookie, Value: s.mark(id), Path: "/", MaxAge: int(knownFor / time.Second),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// knows reports whether the browser is one of the person's.
func (s *Console) knows(c echo.Context, id store.StaffID) bool {
	sent := c.Request().CookiesNamed(knownCookie)
	return len(sent) == 1 && subtle.ConstantTimeCompare([]byte(sent[0].Value), []byte(s.mark(id))) == 1
}
