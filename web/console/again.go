package console

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/pickup/password"
	"securetext/pickup/session"
	"securetext/store"
)

// showAgain serves GET /again: a proof once more, before what cannot be undone (S32).
func (s *Console) showAgain(c echo.Context, v visit) error {
	p, err := s.againPage(c, v, local(c.QueryParam("to")))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "signin.html", v, p)
}

// againPage has the ways that the person has, of those that sign them in.
func (s *Console) againPage(c echo.Context, v visit, to string) (signInPage, error) {
	alone, err := s.providerAlone(c.Request().Context(), v.Org.ID)
	if err != nil {
		return signInPage{}, err
	}
	p := signInPage{To: to, Again: true, Password: v.Password != "" && proves(v.Account, alone, v.Second), Code: v.Second, Provider: v.Vouched}
	if s.passkeys != nil && v.Passkeys > 0 && proves(v.Account, alone, true) {
		p.Passkey = &passkeyForm{Path: "/again/passkey", To: to}
	}
	return p, nil
}

// again serves POST /again. It is a sign-in like any other, by the same person.
func (s *Console) again(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p, err := s.againPage(c, v, local(f.get("to")))
	if err != nil {
		return err
	}
	who, err := s.prove(c, v.Email, password.Password(f.get("password")), f.line("code"))
	if errors.Is(err, errWrong) {
		p.Wrong = true
		return s.render(c, http.StatusUnprocessableEntity, "signin.html", v, p)
	}
	if err != nil {
		return err
	}
	return s.admit(c, who, s.now(), p.To)
}

// home serves GET /: the first page of a person's day.
func (s *Console) home(c echo.Context, v visit) error {
	to := "/account"
	switch {
	case v.Has(ofMessages...):
		to = "/messages"
	case v.Has(auditors...):
		to = "/events"
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// signOut serves POST /signout. The browser forgets its session even when the
// store cannot be reached to end it; then the page does not say that all is done.
func (s *Console) signOut(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	session.Staff.SignOut(c.Response())
	if err := s.sessions.Delete(ctx, v.key); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	e := store.Event{Org: v.Staff.Org, Kind: store.StaffSignedOut, By: s.actor(c, v), Detail: string(v.ID), At: s.now()}
	if err := s.store.Record(ctx, e); err != nil {
		return fmt.Errorf("record sign-out: %w", err)
	}
	return s.render(c, http.StatusOK, "signedout.html", visit{}, v.Vouched)
}
