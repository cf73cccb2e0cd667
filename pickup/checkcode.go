package pickup

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/sms"
	"securetext/store"
)

// checkCode serves POST /m/:token/code/check and /m/:token/forgot/check: the
// code that was texted. The right one leads on to the password.
func (s *Site) checkCode(e errand) func(echo.Context, visit) error {
	return func(c echo.Context, v visit) error {
		if err := parseForm(c.Request()); err != nil {
			return err
		}
		switch {
		case !s.owes(v, e):
			return toPage(c, v, e.page)
		case !v.known():
			return errNoCookies
		}
		err := s.tryCode(c, v)
		switch {
		case errors.Is(err, sms.ErrCode), errors.Is(err, store.ErrNotFound):
			return s.askCode(c, v, e, http.StatusUnprocessableEntity, codePage{Typing: true, Problem: "wrong"})
		case errors.Is(err, store.ErrGone):
			return s.askCode(c, v, e, http.StatusUnprocessableEntity, codePage{Problem: "gone"})
		case err != nil:
			return fmt.Errorf("check code: %w", err)
		}
		s.logProved(c, v)
		return toPage(c, v, e.page)
	}
}

// tryCode has the store compare the code that was typed, if it is one at all.
func (s *Site) tryCode(c echo.Context, v visit) error {
	r := c.Request()
	typed, err := sms.ParseCode(r.PostForm.Get("code"))
	if err != nil {
		return err
	}
	given := store.CodesOf(s.index, v.Link.Recipient, typed.Secret())
	err = s.store.TryCode(r.Context(), v.Token.Hash(), v.Device, given, s.visitor(c), s.now())
	if errors.Is(err, store.ErrNotFound) {
		s.logCodeFailed(c, v)
	}
	return err
}
