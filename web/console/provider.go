package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/web/idp"
)

// backPath is where providers send browsers back to.
const backPath = "/signin/back"

var (
	// errOver: the browser began nothing that could end now.
	errOver = errors.New("nothing was begun in this browser")
	// errProvider: what people have here is not what they sign in by.
	errProvider = errors.New("the org's provider alone signs them in")
	// errTurnedDown: the provider let nobody in.
	errTurnedDown = errors.New("the org's provider turned it down")
	// errNotAdmitted: the provider vouched for somebody who is not let in.
	errNotAdmitted = errors.New("not let in")
)

// awayPage is what away.html shows, on the way to an org's provider.
type awayPage struct{ URL, Host string }

// mayProve reports whether what a person has here signs them in: everybody, unless
// their org's provider alone does; then only who is kept for when that is away, by a
// second factor.
func (s *Console) mayProve(ctx context.Context, a store.Account, second bool) (bool, error) {
	alone, err := s.providerAlone(ctx, a.Org)
	return err == nil && proves(a, alone, second), err
}

// proves is mayProve where it is known whether the org's provider alone does.
func proves(a store.Account, alone, second bool) bool { return !alone || a.Spare() && second }

// providerAlone reports whether only an org's provider signs its people in.
func (s *Console) providerAlone(ctx context.Context, org store.OrgID) (bool, error) {
	p, err := s.store.Provider(ctx, org)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find provider: %w", err)
	}
	return !p.Passwords, nil
}

// ownProofs lets through only whom what they have here signs in.
func (s *Console) ownProofs(next handler) handler {
	return func(c echo.Context, v visit) error {
		ok, err := s.mayProve(c.Request().Context(), v.Account, true)
		if err != nil {
			return err
		}
		if !ok {
			return errProvider
		}
		return next(c, v)
	}
}

// askProvider serves POST /signin/provider: by the domain of the address that they
// typed the org is found, and they are sent to its provider.
func (s *Console) askProvider(c echo.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	email, to := strings.ToLower(f.line("email")), local(f.get("to"))
	_, domain, _ := strings.Cut(email, "@")
	p, err := s.store.ProviderFor(c.Request().Context(), domain)
	if errors.Is(err, store.ErrNotFound) {
		page := s.signInPage(to)
		page.Email, page.Unknown = email, true
		return s.render(c, http.StatusUnprocessableEntity, "signin.html", visit{}, page)
	}
	if err != nil {
		return fmt.Errorf("find provider: %w", err)
	}
	return s.sendAway(c, visit{}, p, store.Ceremony{Purpose: store.ToVouch, Org: p.Org, Back: to}, email)
}

// againByProvider serves POST /again/provider: it asks who is there once more.
func (s *Console) againByProvider(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	if !v.Vouched {
		return store.ErrConflict
	}
	p, err := s.store.Provider(c.Request().Context(), v.Org.ID)
	if err != nil {
		return fmt.Errorf("find provider: %w", err)
	}
	what := store.Ceremony{Purpose: store.ToRevouch, Org: v.Org.ID, Staff: v.ID, Back: local(f.get("to"))}
	return s.sendAway(c, v, p, what, v.Email)
}

// sendAway sends the browser to an org's provider. Not by a redirect, since browsers
// follow a form nowhere but to us.
func (s *Console) sendAway(c echo.Context, v visit, p store.Provider, what store.Ceremony, email string) error {
	ctx := c.Request().Context()
	settings, err := s.settings(ctx, p)
	if err != nil {
		return err
	}
	r, err := s.begin(c, what)
	if err != nil {
		return fmt.Errorf("ask provider: %w", err)
	}
	to, err := s.providers.Begin(ctx, settings, idp.Ask{
		Back: s.url + backPath, State: r.derived("state"), Nonce: r.derived("nonce"), Verifier: idp.Secret(r.derived("verifier")),
		Hint: email, Fresh: what.Purpose == store.ToRevouch,
	})
	if err != nil {
		return fmt.Errorf("ask provider of %s: %w", p.Org, err)
	}
	at, err := url.Parse(to)
	if err != nil {
		return fmt.Errorf("ask provider of %s: %T", p.Org, err)
	}
	c.Response().Header().Set("Refresh", "0;url="+to)
	return s.render(c, http.StatusOK, "away.html", v, awayPage{to, at.Host})
}

// settings opens those of an org's provider.
func (s *Console) settings(ctx context.Context, p store.Provider) (idp.Settings, error) {
	record, err := p.Open(ctx, s.keys)
	if err != nil {
		return idp.Settings{}, err
	}
	return idp.Parse(record)
}
