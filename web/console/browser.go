package console

import (
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"slices"
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

// marks are what the browser of a person may keep, that of today first: nobody can
// make one without a key.
func (s *Console) marks(id store.StaffID) []string {
	var all []string
	for _, sum := range s.index.Sums("browser of staff", string(id)) {
		all = append(all, base64.RawURLEncoding.EncodeToString(sum[:]))
	}
	return all
}

// remember marks the browser as one of the person's.
func (s *Console) remember(c echo.Context, id store.StaffID) {
	c.SetCookie(&http.Cookie{
		Name: knownCookie, Value: s.marks(id)[0], Path: "/", MaxAge: int(knownFor / time.Second),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// knows reports whether the browser is one of the person's.
func (s *Console) knows(c echo.Context, id store.StaffID) bool {
	sent := c.Request().CookiesNamed(knownCookie)
	return len(sent) == 1 && slices.ContainsFunc(s.marks(id), func(mark string) bool {
		return subtle.ConstantTimeCompare([]byte(sent[0].Value), []byte(mark)) == 1
	})
}
