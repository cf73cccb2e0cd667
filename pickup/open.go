package pickup

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/web"
)

// openLink serves GET /m/:token, the ways of a link: the message to whoever is
// signed in, the password page, the first-use page, and before either of them a
// code where there is doubt who holds the phone. A passcode comes before all of
// them. Without a session it changes nothing (S03); that of another who shares the
// number is ended.
func (s *Site) openLink(c echo.Context, v visit) error {
	if web.Prefetch(c.Request()) {
		return errPrefetch
	}
	viewer, ok, err := s.viewer(c, v)
	if err != nil {
		return err
	}
	if ok {
		err := s.showMessage(c, v, viewer)
		if !locks(err) {
			return err
		}
	}
	if err := s.leave(c, v); err != nil {
		return err
	}
	return s.ask(c, v)
}

// locks reports whether a viewer has to sign in again, or to give a passcode: then
// the link says which.
func locks(err error) bool {
	return errors.Is(err, store.ErrRevoked) || errors.Is(err, store.ErrUnvouched)
}

// peek serves HEAD /m/:token. It shows nothing, so it records nothing, whoever asks.
func (s *Site) peek(c echo.Context, _ visit) error {
	c.Response().Header().Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	return c.NoContent(http.StatusOK)
}

// ask shows the page that leads to the message.
func (s *Site) ask(c echo.Context, v visit) error {
	switch {
	case dropsCookies(c, v, "cookie"):
		return errNoCookies
	case v.Link.Passcode == store.PasscodeLocked:
		return store.ErrLocked
	case v.Link.Passcode == store.PasscodeOwed:
		return s.askPasscode(c, v, http.StatusOK)
	case s.owes(v, toSignIn) && dropsCookies(c, v, "code"):
		return errNoCookies
	case s.owes(v, toSignIn):
		return s.askCode(c, v, toSignIn, http.StatusOK, codePage{Typing: c.QueryParam("code") != ""})
	case v.Link.Password != "":
		return s.askPassword(c, v, http.StatusOK)
	default:
		return s.askNewPassword(c, v, http.StatusOK, enrolPage{})
	}
}
