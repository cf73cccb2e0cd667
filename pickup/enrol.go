package pickup

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/pickup/password"
	"securetext/store"
)

// enrolPage is what enrol.html shows.
type enrolPage struct {
	Path    string
	Ending  string // last digits of the number, by which a password manager knows the account
	Problem string // why the password was refused: short, long, common, personal; empty: not yet
}

// problems names the reasons to refuse a new password as enrol.html does.
var problems = []struct {
	err  error
	name string
}{
	{password.ErrTooShort, "short"},
	{password.ErrTooLong, "long"},
	{password.ErrCommon, "common"},
	{password.ErrPersonal, "personal"},
}

// askNewPassword shows the first-use page, with the reason if a password was refused.
func (s *Site) askNewPassword(c echo.Context, v visit, status int, refused error) error {
	ending, err := s.ending(c, v)
	if err != nil {
		return fmt.Errorf("ask for new password: %w", err)
	}
	page := enrolPage{Path: v.path(), Ending: ending}
	for _, p := range problems {
		if errors.Is(refused, p.err) {
			page.Problem = p.name
		}
	}
	return c.Render(status, "enrol.html", v.page(page))
}

// enrol serves POST /m/:token/enrol: the first password. Of many at once the
// store lets one win; the others are asked for the password that was set.
func (s *Site) enrol(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	if err := parseForm(c.Request()); err != nil {
		return err
	}
	if v.Link.Password != "" || s.late(v, s.now()) {
		return toLink(c, v)
	}
	if err := s.openedByPerson(c, v); err != nil {
		return err
	}
	chosen := password.Password(c.Request().PostForm.Get("password"))
	refused, err := s.checkNew(c, v, chosen)
	if err != nil {
		return err
	}
	if refused != nil {
		return s.askNewPassword(c, v, http.StatusUnprocessableEntity, refused)
	}
	hash, err := s.passwords.Hash(ctx, chosen)
	if err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	viewer, err := s.store.Enrol(ctx, store.Enrolment{
		Link: v.Token.Hash(), Password: hash, Grace: s.grace, Addr: s.address(c.Request()),
	}, s.now())
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrTooLate) {
		return toLink(c, v)
	}
	if err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	s.logEnrolled(c, v)
	return s.signIn(c, v, viewer)
}

// checkNew says why a password is refused, among other things because it is made
// of the recipient's own number or of what the clinic is called (S06).
func (s *Site) checkNew(c echo.Context, v visit, chosen password.Password) (refused, err error) {
	number, err := s.number(c, v)
	if err != nil {
		return nil, fmt.Errorf("check password: %w", err)
	}
	return password.Check(chosen, string(number), v.Link.OrgName), nil
}
