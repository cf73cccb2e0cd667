package pickup

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/pickup/passkey"
	"securetext/pickup/session"
	"securetext/store"
)

// passkeysPage is what passkeys.html shows.
type passkeysPage struct {
	Path   string
	Added  bool // one just now
	Failed bool // to add one
	Keys   []listedPasskey
	Full   bool // no more can be added
}

// listedPasskey is one of the patient's.
type listedPasskey struct {
	signedInOn // where it was made; Seen is when it was used, zero: never
	ID         store.PasskeyID
	Made       time.Time
}

// showPasskeys serves GET /m/:token/passkeys: with what the patient can sign in
// besides the password.
func (s *Site) showPasskeys(c echo.Context, v visit, viewer store.Viewer) error {
	if !s.takesPasskeys(v) {
		return store.ErrNotFound
	}
	list, err := s.store.Passkeys(c.Request().Context(), viewer)
	if err != nil {
		return fmt.Errorf("show passkeys: %w", err)
	}
	answer := c.QueryParam(passkeyAnswer)
	p := passkeysPage{
		Path: v.path(), Added: answer == passkeyAdded, Failed: answer == passkeyFailed, Full: len(list) >= store.MostPasskeys,
	}
	for _, k := range list {
		p.Keys = append(p.Keys, listedPasskey{newSignedInOn(session.Listed{Label: k.Label, Seen: k.Used}), k.ID, k.Created})
	}
	return c.Render(http.StatusOK, "passkeys.html", v.page(p))
}

// askNewPasskey serves POST /m/:token/passkeys/ask: what the browser needs to make
// a passkey, as JSON for the page's script.
func (s *Site) askNewPasskey(c echo.Context, v visit, viewer store.Viewer) error {
	if _, err := s.store.Passkeys(c.Request().Context(), viewer); err != nil { // which compares the epoch
		return fmt.Errorf("ask for new passkey: %w", err)
	}
	ch, kept, err := s.challenge(c, v, store.ToAdd)
	if errors.Is(err, store.ErrConflict) { // there are enough
		return c.NoContent(http.StatusConflict)
	}
	if err != nil {
		return fmt.Errorf("ask for new passkey: %w", err)
	}
	o, err := s.owner(c, v, kept)
	if err != nil {
		return err
	}
	ending, err := s.ending(c, v)
	if err != nil {
		return fmt.Errorf("ask for new passkey: %w", err)
	}
	if o.Name, err = s.renderer.Say(c, "layout.account", "Org", v.Link.OrgName, "Ending", ending); err != nil {
		return fmt.Errorf("ask for new passkey: %w", err)
	}
	asked, err := s.passkeys.Make(o, ch)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, asked)
}

// addPasskey serves POST /m/:token/passkeys/add: the browser made a passkey.
func (s *Site) addPasskey(c echo.Context, v visit, viewer store.Viewer) error {
	if err := parseForm(c.Request()); err != nil {
		return err
	}
	p, err := s.made(c, v)
	if err == nil {
		err = s.store.AddPasskey(c.Request().Context(), p, v.Device, viewer, s.now())
	}
	switch {
	case errors.Is(err, passkey.ErrRefused), errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrGone):
		s.logPasskeyRefused(c, v, err)
		return toPasskeys(c, v, passkeyFailed)
	case err != nil:
		return fmt.Errorf("add passkey: %w", err)
	}
	s.logPasskeyAdded(c, v)
	return toPasskeys(c, v, passkeyAdded)
}

// made is the passkey that the browser made for its challenge.
func (s *Site) made(c echo.Context, v visit) (store.Passkey, error) {
	ch, kept, err := s.taken(c, v, store.ToAdd)
	if err != nil {
		return store.Passkey{}, err
	}
	o, err := s.owner(c, v, kept)
	if err != nil {
		return store.Passkey{}, err
	}
	k, count, err := s.passkeys.Made(o, ch, answered(c))
	if err != nil {
		return store.Passkey{}, err
	}
	p := store.Passkey{ID: store.NewPasskeyID(s.now()), Counter: count, Label: labelOf(c)}
	p.Record, err = s.sealPasskey(c, v, k)
	return p, err
}

// removePasskey serves POST /m/:token/passkeys/remove. That it is gone already,
// perhaps by a second tap, is no mistake of the patient's.
func (s *Site) removePasskey(c echo.Context, v visit, viewer store.Viewer) error {
	if err := parseForm(c.Request()); err != nil {
		return err
	}
	id := store.PasskeyID(c.Request().PostForm.Get("id"))
	err := s.store.RemovePasskey(c.Request().Context(), id, viewer, s.now())
	switch {
	case err == nil:
		s.logPasskeyRemoved(c, v)
	case !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("remove passkey: %w", err)
	}
	return toPage(c, v, "/passkeys")
}

// declinePasskey serves POST /m/:token/passkeys/decline: this browser is not
// asked again.
func (s *Site) declinePasskey(c echo.Context, v visit, viewer store.Viewer) error {
	if err := s.store.DeclinePasskey(c.Request().Context(), v.Device, viewer); err != nil {
		return fmt.Errorf("decline passkey: %w", err)
	}
	s.logPasskeyDeclined(c, v)
	return toLink(c, v)
}

// toPasskeys sends the browser to the list, which says what became of it.
func toPasskeys(c echo.Context, v visit, answer string) error {
	return toPage(c, v, "/passkeys?"+passkeyAnswer+"="+answer)
}
