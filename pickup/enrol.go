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

// enrolPage is what enrol.html shows.
type enrolPage struct {
	Path    string
	Ending  string // last digits of the number, by which a password manager knows the account
	Problem string // why the password was refused: short, long, common, personal; empty: it was not
	Word    sms.Word
	BadWord bool
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

// askNewPassword shows the first-use page, with the reasons if something was refused.
func (s *Site) askNewPassword(c echo.Context, v visit, status int, page enrolPage) error {
	ending, err := s.ending(c, v)
	if err != nil {
		return fmt.Errorf("ask for new password: %w", err)
	}
	page.Path, page.Ending = v.path(), ending
	return c.Render(status, "enrol.html", v.page(page))
}

// enrol serves POST /m/:token/enrol: the first password. Of many at once the
// store lets one win; the others are asked for the password that was set.
func (s *Site) enrol(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	if err := parseForm(c.Request()); err != nil {
		return err
	}
	if v.Link.Password != "" || s.owes(v, toSignIn) {
		return toLink(c, v)
	}
	if err := s.opened(c, v); err != nil {
		return err
	}
	word, badWord := typedWord(c)
	chosen := password.Password(c.Request().PostForm.Get("password"))
	refused, err := s.checkNew(c, v, chosen, word)
	if err != nil {
		return err
	}
	if refused != nil || badWord != nil {
		page := enrolPage{Problem: problem(refused), Word: word, BadWord: badWord != nil}
		return s.askNewPassword(c, v, http.StatusUnprocessableEntity, page)
	}
	e := store.Enrolment{
		Link: v.Token.Hash(), Grace: s.grace, Label: device.Label(c.Request().UserAgent()), Addr: s.address(c.Request()),
	}
	if e.Word, err = s.sealWord(c, v, word); err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	if e.Password, err = s.passwords.Hash(ctx, chosen); err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	e.Device = keepDevice(c)
	viewer, err := s.store.Enrol(ctx, e, s.now())
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrTooLate) || errors.Is(err, store.ErrUnvouched) {
		return toLink(c, v)
	}
	if err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	s.logEnrolled(c, v)
	return s.signIn(c, v, viewer)
}

// checkNew says why a password is refused, among other things because it is made
// of the recipient's own number or of what the clinic is called (S06). One made
// of the word would stand in every text, for all who see the phone, and one made of
// the recipient's name is the first that others who share it would try.
func (s *Site) checkNew(c echo.Context, v visit, chosen password.Password, word sms.Word) (refused, err error) {
	number, err := s.number(c, v)
	if err != nil {
		return nil, fmt.Errorf("check password: %w", err)
	}
	refused = password.Check(chosen, string(number), v.Link.OrgName)
	if refused == nil && errors.Is(password.Check(chosen, v.Link.OrgName, word.Secret(), v.For.Written()), password.ErrPersonal) {
		refused = password.ErrCommon
	}
	return refused, nil
}

// problem is the name of a reason to refuse a password.
func problem(refused error) string {
	for _, p := range problems {
		if errors.Is(refused, p.err) {
			return p.name
		}
	}
	return ""
}
