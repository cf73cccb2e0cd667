package pickup

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/pickup/passkey"
	"securetext/store"
)

// passkeyForm is the part of unlock.html and code.html by which a passkey signs in.
type passkeyForm struct {
	Path   string
	Code   bool // the other way is a code, not the password
	Failed bool // the last one did not
}

// passkeyForm is nil where the recipient has no passkey, or a passcode comes first.
func (s *Site) passkeyForm(c echo.Context, v visit) *passkeyForm {
	if !s.takesPasskeys(v) || !v.Link.Passkeys || v.Link.Passcode != store.PasscodeNone {
		return nil
	}
	return &passkeyForm{Path: v.path() + "/passkey", Failed: c.QueryParam(passkeyAnswer) == passkeyFailed}
}

// askPasskey serves POST /m/:token/passkey/ask: what a passkey is to sign, as JSON
// for the page's script. Whoever holds the link may ask, in whatever browser.
func (s *Site) askPasskey(c echo.Context, v visit) error {
	if err := s.opened(c, v); err != nil {
		return err
	}
	ch, kept, err := s.challenge(c, v, store.ToUnlock)
	if err != nil {
		return fmt.Errorf("ask for passkey: %w", err)
	}
	o, err := s.owner(c, v, kept)
	if err != nil {
		return err
	}
	asked, err := s.passkeys.Use(o, ch)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, asked)
}

// unlockByPasskey serves POST /m/:token/passkey: a passkey signed. The phone has
// looked who is there, so neither code nor password is asked for, and what
// strangers did to the tries is not in the way (S08, S10).
func (s *Site) unlockByPasskey(c echo.Context, v visit) error {
	if err := parseForm(c.Request()); err != nil {
		return err
	}
	u, err := s.signed(c, v)
	if err != nil {
		return s.refusePasskey(c, v, err)
	}
	viewer, err := s.store.UnlockedByPasskey(c.Request().Context(), u, s.now())
	if err != nil {
		return s.refusePasskey(c, v, err)
	}
	s.logUnlocked(c, v)
	return s.signIn(c, v, viewer)
}

// signed is whose passkey signed this browser's challenge.
func (s *Site) signed(c echo.Context, v visit) (store.PasskeyUnlock, error) {
	ch, kept, err := s.taken(c, v, store.ToUnlock)
	if err != nil {
		return store.PasskeyUnlock{}, err
	}
	o, err := s.owner(c, v, kept)
	if err != nil {
		return store.PasskeyUnlock{}, err
	}
	which, count, err := s.passkeys.Used(o, ch, answered(c))
	if err != nil {
		return store.PasskeyUnlock{}, err
	}
	return store.PasskeyUnlock{
		Link: v.Token.Hash(), Device: keepDevice(c), Label: labelOf(c), Passkey: kept[which].ID, Counter: count, Addr: s.address(c.Request()),
	}, nil
}

// notTaken are why a passkey is refused: too late, a second time, no right
// signature, removed meanwhile, perhaps a copy, or a passcode is owed by now.
var notTaken = []error{store.ErrGone, passkey.ErrRefused, store.ErrNotFound, store.ErrConflict, store.ErrUnvouched}

// refusePasskey sends the browser back, to whatever way there is besides.
func (s *Site) refusePasskey(c echo.Context, v visit, err error) error {
	for _, reason := range notTaken {
		if errors.Is(err, reason) {
			s.logPasskeyRefused(c, v, err)
			return toPage(c, v, "?"+passkeyAnswer+"="+passkeyFailed)
		}
	}
	return fmt.Errorf("unlock by passkey: %w", err)
}
