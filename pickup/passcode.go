package pickup

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/passcode"
)

// passcodePage is what passcode.html shows.
type passcodePage struct {
	Path  string
	Hint  string // which one is asked for; empty: it does not say
	Wrong bool   // the one just given was not the right one
}

// vouched lets only browsers through that owe no passcode (S09). Others are sent to
// the link, which asks for it before anything else.
func (s *Site) vouched(next func(echo.Context, visit) error) func(echo.Context, visit) error {
	return func(c echo.Context, v visit) error {
		if v.Link.Passcode != store.PasscodeNone {
			return toLink(c, v)
		}
		return next(c, v)
	}
}

// askPasscode shows the page that asks for what was agreed beforehand; any status
// but 200 says that it was wrong.
func (s *Site) askPasscode(c echo.Context, v visit, status int) error {
	hint, err := s.hint(c, v)
	if err != nil {
		return fmt.Errorf("ask for passcode: %w", err)
	}
	return c.Render(status, "passcode.html", v.page(passcodePage{Path: v.path(), Hint: hint, Wrong: status != http.StatusOK}))
}

// hint opens what tells which passcode is asked for.
func (s *Site) hint(c echo.Context, v visit) (string, error) {
	if len(v.Link.Hint) == 0 {
		return "", nil
	}
	if len(v.Link.Key.Wrapped) == 0 { // as after an old backup was restored
		return "", store.ErrGone
	}
	key, err := s.keys.DataKey(c.Request().Context(), v.Link.Key, v.Link.HintPlace())
	if err != nil {
		return "", fmt.Errorf("open key: %w", err)
	}
	hint, err := key.Open(v.Link.Hint, v.Link.HintPlace())
	if err != nil {
		return "", fmt.Errorf("open hint: %w", err)
	}
	return string(hint), nil
}

// givePasscode serves POST /m/:token/passcode. What the right one gives is bound to
// this browser, so that nobody else with the link can set the password.
func (s *Site) givePasscode(c echo.Context, v visit) error {
	if err := parseForm(c.Request()); err != nil {
		return err
	}
	if v.Link.Passcode != store.PasscodeOwed {
		return toLink(c, v)
	}
	if err := s.opened(c, v); err != nil {
		return err
	}
	err := s.tryPasscode(c, v)
	switch {
	case errors.Is(err, passcode.ErrMalformed), errors.Is(err, store.ErrNotFound):
		return s.askPasscode(c, v, http.StatusUnprocessableEntity)
	case errors.Is(err, store.ErrUnproved):
		v.Link.Passcode = store.PasscodeUnproved
		return s.askCode(c, v, toSignIn, http.StatusUnprocessableEntity, codePage{Problem: "passcode"})
	case errors.Is(err, store.ErrConflict): // since the link was looked up
		return toLink(c, v)
	case err != nil:
		return fmt.Errorf("give passcode: %w", err)
	}
	s.logVouched(c, v)
	return withCookie(c, v)
}

// tryPasscode has the store compare the passcode that was typed, if it is one at
// all.
func (s *Site) tryPasscode(c echo.Context, v visit) error {
	typed, err := passcode.Parse(c.Request().PostForm.Get("passcode"))
	if err != nil {
		return err
	}
	viewer, signedIn, err := s.viewer(c, v)
	if err != nil {
		return err
	}
	by := s.visitor(c)
	if signedIn {
		by = viewer.Actor()
	}
	err = s.store.TryPasscode(c.Request().Context(), store.PasscodeTry{
		Link: v.Token.Hash(), Device: keepDevice(c), Viewer: viewer, By: by,
		Given: store.PasscodesOf(s.index, v.Link.Org, v.Link.Message, typed),
	}, s.now())
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrUnproved) || errors.Is(err, store.ErrLocked) {
		s.logPasscodeFailed(c, v)
	}
	return err
}
