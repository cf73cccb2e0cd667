package pickup

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/pickup/device"
	"securetext/pickup/password"
	"securetext/store"
)

// unlockPage is what unlock.html shows.
type unlockPage struct {
	Path    string
	Ending  string       // as in enrolPage
	Wrong   bool         // the password just given was not the right one
	Passkey *passkeyForm // nil: there is none to sign in with
}

// askPassword shows the password page; any status but 200 says that the
// password given was wrong.
func (s *Site) askPassword(c echo.Context, v visit, status int) error {
	ending, err := s.ending(c, v)
	if err != nil {
		return fmt.Errorf("ask for password: %w", err)
	}
	page := unlockPage{Path: v.path(), Ending: ending, Wrong: status != http.StatusOK, Passkey: s.passkeyForm(c, v)}
	return c.Render(status, "unlock.html", v.page(page))
}

// unlock serves POST /m/:token/unlock: the password. The try is counted, and
// refused if there were too many, before anything is spent on hashing (S07).
func (s *Site) unlock(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	if err := parseForm(c.Request()); err != nil {
		return err
	}
	if v.Link.Password == "" || s.owes(v, toSignIn) {
		return toLink(c, v)
	}
	if err := s.opened(c, v); err != nil {
		return err
	}
	err := s.store.TryUnlock(ctx, v.Token.Hash(), v.Device, s.now())
	if errors.Is(err, store.ErrUnproved) || errors.Is(err, store.ErrUnvouched) { // since the link was looked up
		return toLink(c, v)
	}
	if err != nil {
		return fmt.Errorf("unlock: %w", err)
	}
	typed := password.Password(c.Request().PostForm.Get("password"))
	ok, outdated, err := s.passwords.Verify(ctx, typed, v.Link.Password)
	if err != nil {
		return fmt.Errorf("unlock: %w", err)
	}
	if !ok {
		return s.refuse(c, v)
	}
	return s.admit(c, v, typed, outdated)
}

// refuse records a wrong password and asks again.
func (s *Site) refuse(c echo.Context, v visit) error {
	if err := s.store.UnlockFailed(c.Request().Context(), v.Token.Hash(), s.visitor(c), s.now()); err != nil {
		return fmt.Errorf("record wrong password: %w", err)
	}
	s.logUnlockFailed(c, v)
	return s.askPassword(c, v, http.StatusUnprocessableEntity)
}

// admit records a right password and signs in. A password that was changed
// while this one was compared is asked for anew.
func (s *Site) admit(c echo.Context, v visit, typed password.Password, outdated bool) error {
	ctx := c.Request().Context()
	u := store.Unlock{
		Link: v.Token.Hash(), Verified: v.Link.Password, Label: device.Label(c.Request().UserAgent()), Addr: s.address(c.Request()),
	}
	if outdated {
		rehash, err := s.passwords.Hash(ctx, typed)
		if err != nil && !errors.Is(err, password.ErrBusy) { // when busy, the next sign-in does it
			return fmt.Errorf("rehash password: %w", err)
		}
		u.Rehash = rehash
	}
	u.Device = keepDevice(c)
	viewer, err := s.store.Unlocked(ctx, u, s.now())
	if errors.Is(err, store.ErrConflict) {
		return toLink(c, v)
	}
	if err != nil {
		return fmt.Errorf("unlock: %w", err)
	}
	s.logUnlocked(c, v)
	return s.signIn(c, v, viewer)
}
