package console

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/pickup/device"
	"securetext/pickup/passkey"
	"securetext/store"
)

// newPasskeyPage is what passkey.html shows.
type newPasskeyPage struct {
	Name   string // that is proposed
	Failed bool   // the last one was not taken
	Full   bool   // there are as many as there may be
}

// showNewPasskey serves GET /account/passkey.
func (s *Console) showNewPasskey(c echo.Context, v visit) error {
	return s.newPasskey(c, v, http.StatusOK, false)
}

func (s *Console) newPasskey(c echo.Context, v visit, status int, failed bool) error {
	if err := s.takesPasskeys(); err != nil {
		return err
	}
	p := newPasskeyPage{Name: device.Label(c.Request().UserAgent()), Failed: failed, Full: v.Passkeys >= store.MostPasskeys}
	return s.render(c, status, "passkey.html", v, p)
}

// askNewPasskey serves POST /account/passkey/ask: what is needed to make one, as JSON
// for the page's script.
func (s *Console) askNewPasskey(c echo.Context, v visit) error {
	if err := s.takesPasskeys(); err != nil {
		return err
	}
	kept, err := s.store.StaffPasskeys(c.Request().Context(), v.Org.ID, v.ID)
	if err != nil {
		return fmt.Errorf("ask for new passkey: %w", err)
	}
	if len(kept) >= store.MostPasskeys {
		return store.ErrConflict
	}
	r, err := s.begin(c, store.Ceremony{Purpose: store.ToAddStaff, Org: v.Org.ID, Staff: v.ID})
	if err != nil {
		return fmt.Errorf("ask for new passkey: %w", err)
	}
	o, err := s.owner(c.Request().Context(), v.Staff, kept)
	if err != nil {
		return err
	}
	asked, err := s.passkeys.Make(o, r.Value)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, asked)
}

// addPasskey serves POST /account/passkey: the browser made one.
func (s *Console) addPasskey(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p, err := s.made(c, v, []byte(f.get("passkey")))
	if err == nil {
		p.Name = cmp.Or(trimmed(f.line("label")), device.Label(c.Request().UserAgent()), "Passkey")
		err = s.store.AddStaffPasskey(c.Request().Context(), p, v.Epoch, s.actor(c, v), s.now())
	}
	switch {
	case errors.Is(err, errOver), errors.Is(err, store.ErrGone), errors.Is(err, passkey.ErrRefused), errors.Is(err, store.ErrConflict):
		return s.newPasskey(c, v, http.StatusUnprocessableEntity, true)
	case err != nil:
		return fmt.Errorf("add passkey: %w", err)
	}
	return toPage(c, "/account", "passkey")
}

// trimmed is a name that is not too long.
func trimmed(name string) string {
	for len(name) > maxName {
		runes := []rune(name)
		name = string(runes[:len(runes)-1])
	}
	return name
}

// made is the passkey that the browser made for its challenge, which was made for
// this person.
func (s *Console) made(c echo.Context, v visit, answer []byte) (store.StaffPasskey, error) {
	var none store.StaffPasskey
	if err := s.takesPasskeys(); err != nil {
		return none, err
	}
	ctx := c.Request().Context()
	r, err := s.end(c, store.ToAddStaff)
	if err != nil {
		return none, err
	}
	if r.Staff != v.ID || r.Org != v.Org.ID {
		return none, errOver
	}
	kept, err := s.store.StaffPasskeys(ctx, v.Org.ID, v.ID)
	if err != nil {
		return none, err
	}
	o, err := s.owner(ctx, v.Staff, kept)
	if err != nil {
		return none, err
	}
	k, count, err := s.passkeys.Made(o, r.Value, answer)
	if err != nil {
		return none, err
	}
	record, err := k.Bytes()
	if err != nil {
		return none, fmt.Errorf("seal passkey: %w", err)
	}
	p := store.StaffPasskey{
		ID: store.NewPasskeyID(s.now()), Org: v.Org.ID, Staff: v.ID, Handle: store.CredentialOf(k.ID), Counter: count,
	}
	return p.Seal(ctx, s.keys, record)
}

// removePasskey serves POST /account/passkey/remove: signed out everywhere else. That
// it is gone already is no mistake of the person's.
func (s *Console) removePasskey(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	who, err := s.store.RemoveStaffPasskey(c.Request().Context(), v.Org.ID, v.ID, store.PasskeyID(f.get("id")), v.Epoch, s.actor(c, v), s.now())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return toPage(c, "/account", "")
	case errors.Is(err, store.ErrConflict):
		return toPage(c, "/account", "lastway")
	case err != nil:
		return fmt.Errorf("remove passkey: %w", err)
	}
	s.tidy(c, s.sessions, who.Org, string(who.ID))
	if err := s.newSession(c, who, v.at); err != nil {
		return err
	}
	return toPage(c, "/account", "nopasskey")
}
