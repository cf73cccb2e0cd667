package console

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/pickup/password"
	"securetext/pickup/session"
	"securetext/store"
)

// accountPage is what account.html shows.
type accountPage struct {
	Sessions []session.Listed
	Here     session.Handle
	Password bool // they have one
	Own      bool // what they have here signs them in
	Passkeys []store.StaffPasskey
	CanAdd   bool // browsers make passkeys for the console
}

// showAccount serves GET /account: what a person proves themselves by, and where
// they are signed in.
func (s *Console) showAccount(c echo.Context, v visit) error {
	list, err := s.sessions.List(c.Request().Context(), string(v.Staff.Org), string(v.ID), s.now())
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	p := accountPage{Here: v.key.Handle(), Password: v.Password != "", CanAdd: s.passkeys != nil}
	if p.Own, err = s.mayProve(c.Request().Context(), v.Account, true); err != nil {
		return err
	}
	if p.Passkeys, err = s.store.StaffPasskeys(c.Request().Context(), v.Org.ID, v.ID); err != nil {
		return fmt.Errorf("list passkeys: %w", err)
	}
	for _, l := range list {
		if l.Epoch == v.Epoch {
			p.Sessions = append(p.Sessions, l)
		}
	}
	return s.render(c, http.StatusOK, "account.html", v, p)
}

// endOwn serves POST /account/end: signed out everywhere, here too.
func (s *Console) endOwn(c echo.Context, v visit) error {
	if err := s.endStaff(c, v, v.ID); err != nil {
		return err
	}
	session.Staff.SignOut(c.Response())
	return s.render(c, http.StatusOK, "signedout.html", visit{}, v.Vouched)
}

// endStaff ends a person's sessions: in the store first, which holds, then where
// they are kept.
func (s *Console) endStaff(c echo.Context, v visit, id store.StaffID) error {
	ctx := c.Request().Context()
	if err := s.store.RevokeStaff(ctx, v.Staff.Org, id, s.actor(c, v), s.now()); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	s.tidy(c, s.sessions, v.Staff.Org, string(id))
	return nil
}

// tidy deletes sessions that were revoked.
func (s *Console) tidy(c echo.Context, from session.Store, org store.OrgID, whose string) {
	if err := from.DeleteAll(c.Request().Context(), string(org), whose); err != nil {
		s.logUntidy(c, err)
	}
}

// showPassword serves GET /account/password.
func (s *Console) showPassword(c echo.Context, v visit) error {
	return s.render(c, http.StatusOK, "password.html", v, proofPage{Person: v.Staff})
}

// setPassword serves POST /account/password.
func (s *Console) setPassword(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	hash, err := s.newPassword(c, v, password.Password(f.get("password")), v.Second)
	if why := problemOf(err); why != "" {
		return s.render(c, http.StatusUnprocessableEntity, "password.html", v, proofPage{Person: v.Staff, Problem: why})
	}
	if err != nil {
		return err
	}
	if _, err := s.replace(c, v, store.Proofs{Password: hash}); err != nil {
		return err
	}
	return toPage(c, "/account", "password")
}

// replace stores other proofs, which ends all sessions, and gives this browser a
// new one.
func (s *Console) replace(c echo.Context, v visit, p store.Proofs) (visit, error) {
	p.Epoch = v.Epoch
	who, err := s.store.SetProofs(c.Request().Context(), v.Staff.Org, v.ID, p, s.actor(c, v), s.now())
	if err != nil {
		return v, fmt.Errorf("set proofs: %w", err)
	}
	s.tidy(c, s.sessions, who.Org, string(who.ID))
	v.Staff = who
	return v, s.newSession(c, who, v.at)
}

// showApp serves GET /account/app.
func (s *Console) showApp(c echo.Context, v visit) error {
	return s.askApp(c, v, newAppSecret(), nil)
}

func (s *Console) askApp(c echo.Context, v visit, secret appSecret, why error) error {
	p, err := proofPage{Person: v.Staff, Problem: problemOf(why)}.offer(secret, v.Staff, v.Org)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if why != nil {
		status = http.StatusUnprocessableEntity
	}
	return s.render(c, status, "app.html", v, p)
}

// setApp serves POST /account/app: another authenticator app, with new codes for
// when it is lost.
func (s *Console) setApp(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	secret, ok := parseAppSecret(f.get("secret"))
	if !ok {
		return errBadForm
	}
	var p store.Proofs
	codes, err := s.newApp(c, v.Staff, f, secret, &p)
	if problemOf(err) != "" {
		return s.askApp(c, v, secret, err)
	}
	if err == nil {
		v, err = s.replace(c, v, p)
	}
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "recovery.html", v, proofPage{Codes: codes})
}

// newRecovery serves POST /account/recovery: codes in place of the former ones.
func (s *Console) newRecovery(c echo.Context, v visit) error {
	if !v.Second {
		return store.ErrConflict
	}
	codes, hashes := s.newRecoveryCodes(v.ID)
	v, err := s.replace(c, v, store.Proofs{Recovery: hashes})
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "recovery.html", v, proofPage{Codes: codes})
}
