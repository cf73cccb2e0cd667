package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/gateway/limit"
	"securetext/pickup/password"
	"securetext/store"
)

// triesFromAddress is how many wrong passwords may come from one address. Those of
// one person are counted in the store.
var triesFromAddress = limit.Rule{Burst: 20, Per: 10 * time.Minute}

var (
	errTooManyTries = errors.New("too many wrong passwords from one address")
	// errWrong: address, password or code is not right, or it is too soon for
	// another try. Which of them is nobody's to know.
	errWrong = errors.New("not signed in")
)

// signInPage is what signin.html shows.
type signInPage struct {
	To    string
	Email string
	Wrong bool
	Again bool // somebody is signed in, and proves once more who they are
	Code  bool // and has a code to give

	Password bool         // they have a password, or may have one
	Passkey  *passkeyForm // nil: they have none, or none can be made
	Provider bool         // their org's may vouch for them
	Unknown  bool         // no org's provider has addresses like that
}

// signInPage is one that nobody filled in yet.
func (s *Console) signInPage(to string) signInPage {
	p := signInPage{To: to, Password: true, Provider: true}
	if s.passkeys != nil {
		p.Passkey = &passkeyForm{Path: "/signin/passkey", To: to}
	}
	return p
}

// showSignIn serves GET /signin.
func (s *Console) showSignIn(c echo.Context) error {
	return s.render(c, http.StatusOK, "signin.html", visit{}, s.signInPage(local(c.QueryParam("to"))))
}

// signIn serves POST /signin.
func (s *Console) signIn(c echo.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := s.signInPage(local(f.get("to")))
	p.Email = f.line("email")
	who, err := s.prove(c, strings.ToLower(p.Email), password.Password(f.get("password")), f.line("code"))
	if errors.Is(err, errWrong) {
		p.Wrong = true
		return s.render(c, http.StatusUnprocessableEntity, "signin.html", visit{}, p)
	}
	if err != nil {
		return err
	}
	return s.admit(c, who, s.now(), p.To)
}

// admit gives the browser a session and sends it on.
func (s *Console) admit(c echo.Context, who store.Staff, proved time.Time, to string) error {
	if err := s.newSession(c, who, proved); err != nil {
		return err
	}
	s.remember(c, who.ID)
	return c.Redirect(http.StatusSeeOther, to)
}

// prove finds who has that address, password and code. It takes as long where
// there is nobody, and where it is too soon for another try.
func (s *Console) prove(c echo.Context, email string, typed password.Password, code string) (store.Staff, error) {
	ctx := c.Request().Context()
	key := "staff:" + s.address(c.Request()).String()
	ok, _, err := s.limiter.Allow(ctx, key, 0, triesFromAddress, s.now())
	if err != nil {
		return store.Staff{}, fmt.Errorf("count tries: %w", err)
	}
	if !ok {
		return store.Staff{}, errTooManyTries
	}
	who, err := s.proveTo(c, email, typed, code)
	if errors.Is(err, errWrong) {
		if _, _, err := s.limiter.Allow(ctx, key, 1, triesFromAddress, s.now()); err != nil {
			return store.Staff{}, fmt.Errorf("count tries: %w", err)
		}
	}
	return who, err
}

func (s *Console) proveTo(c echo.Context, email string, typed password.Password, code string) (store.Staff, error) {
	ctx := c.Request().Context()
	a, err := s.store.StaffByEmail(ctx, email)
	if errors.Is(err, store.ErrNotFound) || err == nil && (a.Password == "" || !a.Suspended.IsZero()) {
		return store.Staff{}, s.wrongAfterAll(ctx, typed)
	}
	if err != nil {
		return store.Staff{}, fmt.Errorf("sign in: %w", err)
	}
	if ok, err := s.mayProve(ctx, a, a.Second); err != nil {
		return store.Staff{}, err
	} else if !ok {
		return store.Staff{}, s.wrongAfterAll(ctx, typed)
	}
	known := s.knows(c, a.ID)
	err = s.store.TryStaff(ctx, a.Org, a.ID, known, s.now())
	if errors.Is(err, store.ErrThrottled) || errors.Is(err, store.ErrLocked) {
		return store.Staff{}, s.wrongAfterAll(ctx, typed)
	}
	if err != nil {
		return store.Staff{}, fmt.Errorf("sign in: %w", err)
	}
	right, outdated, err := s.passwords.Verify(ctx, typed, a.Password)
	if err != nil {
		return store.Staff{}, fmt.Errorf("sign in: %w", err)
	}
	if !right {
		return store.Staff{}, s.wrong(c, a.Staff)
	}
	in := store.StaffSignIn{Org: a.Org, ID: a.ID, Known: known, Epoch: a.Epoch, Verified: a.Password}
	if outdated {
		if in.Rehash, err = s.passwords.Hash(ctx, typed); err != nil && !errors.Is(err, password.ErrBusy) { // when busy, the next sign-in does it
			return store.Staff{}, fmt.Errorf("rehash password: %w", err)
		}
	}
	return s.proveSecond(c, a, in, code)
}

// proveSecond looks at the second factor, where there is one, and records the
// sign-in.
func (s *Console) proveSecond(c echo.Context, a store.Account, in store.StaffSignIn, code string) (store.Staff, error) {
	ctx := c.Request().Context()
	if a.Second {
		secret, err := s.openSecret(ctx, a)
		if err != nil {
			return store.Staff{}, err
		}
		if in.Step, err = secret.step(code, s.now()); err != nil {
			return store.Staff{}, err
		}
		if in.Step == 0 {
			in.Recovery = s.recoveryOf(a.ID, code)
		}
	}
	by := store.Actor{Kind: store.ByStaff, ID: string(a.ID), Addr: s.address(c.Request())}
	who, err := s.store.StaffSignedIn(ctx, in, by, s.now())
	if errors.Is(err, store.ErrConflict) {
		return store.Staff{}, s.wrong(c, a.Staff)
	}
	if err != nil {
		return store.Staff{}, fmt.Errorf("sign in: %w", err)
	}
	return who, nil
}

// wrong records a wrong password, code or signature.
func (s *Console) wrong(c echo.Context, a store.Staff) error {
	if err := s.store.StaffSignInFailed(c.Request().Context(), a.Org, a.ID, s.stranger(c), s.now()); err != nil {
		return fmt.Errorf("record failed sign-in: %w", err)
	}
	return errWrong
}

// wrongAfterAll takes as long as it does to look at a password.
func (s *Console) wrongAfterAll(ctx context.Context, typed password.Password) error {
	if err := s.passwords.VerifyNone(ctx, typed); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return errWrong
}
