package pickup

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/pickup/device"
	"securetext/pickup/password"
	"securetext/sms"
	"securetext/store"
)

// resetPage is what reset.html shows.
type resetPage struct {
	Path    string
	Ending  string // as in enrolPage
	Problem string // likewise
	Done    bool   // it is chosen
}

// askReset shows the page to choose another password, with the reason if one was
// refused.
func (s *Site) askReset(c echo.Context, v visit, status int, refused error) error {
	ending, err := s.ending(c, v)
	if err != nil {
		return fmt.Errorf("ask for another password: %w", err)
	}
	return c.Render(status, "reset.html", v.page(resetPage{Path: v.path(), Ending: ending, Problem: problem(refused)}))
}

// reset serves POST /m/:token/reset: another password in place of a forgotten
// one (S11). It opens nothing that was sent before, this link's message included:
// who has the number now may not be who had it then. Who did not prove to hold
// the phone is sent away before anything is spent on hashing.
func (s *Site) reset(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	if err := parseForm(c.Request()); err != nil {
		return err
	}
	if v.Link.Password == "" || s.owes(v, toReset) {
		return toPage(c, v, toReset.page)
	}
	chosen := password.Password(c.Request().PostForm.Get("password"))
	refused, err := s.checkNew(c, v, chosen, sms.Word{})
	if err != nil {
		return err
	}
	if refused != nil {
		return s.askReset(c, v, http.StatusUnprocessableEntity, refused)
	}
	e := store.Enrolment{
		Link: v.Token.Hash(), Device: v.Device, Label: device.Label(c.Request().UserAgent()), Addr: s.address(c.Request()),
	}
	if e.Password, err = s.passwords.Hash(ctx, chosen); err != nil {
		return fmt.Errorf("reset password: %w", err)
	}
	viewer, err := s.store.ResetPassword(ctx, e, s.now())
	if errors.Is(err, store.ErrUnproved) || errors.Is(err, store.ErrUnvouched) || errors.Is(err, store.ErrConflict) {
		return toPage(c, v, toReset.page)
	}
	if err != nil {
		return fmt.Errorf("reset password: %w", err)
	}
	s.logReset(c, v)
	if err := s.sessions.DeleteAll(ctx, string(viewer.Org), string(viewer.Recipient)); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	if err := s.newSession(c, viewer); err != nil {
		return err
	}
	return c.Render(http.StatusOK, "reset.html", v.page(resetPage{Path: v.path(), Done: true}))
}
