package console

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/web/idp"
)

// backPage is what back.html shows: a form with what the provider sent along.
type backPage struct{ Code, State, Issuer, Error string }

// showBack serves GET /signin/back, to which an org's provider sends the browser. It
// does nothing yet: no cookie of ours came along from there, and whoever made the
// address may be anybody. The form on it goes on.
func (s *Console) showBack(c echo.Context) error {
	return s.render(c, http.StatusOK, "back.html", visit{}, backPage{
		Code: c.QueryParam("code"), State: c.QueryParam("state"), Issuer: c.QueryParam("iss"), Error: c.QueryParam("error"),
	})
}

// comeBack serves POST /signin/back: whom the provider vouches for is signed in.
func (s *Console) comeBack(c echo.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	r, err := s.end(c, store.ToVouch, store.ToRevouch)
	if errors.Is(err, store.ErrGone) {
		return errOver
	}
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(f.get("state")), []byte(r.derived("state"))) != 1 {
		return errOver
	}
	if f.get("error") != "" || f.get("code") == "" {
		return errTurnedDown
	}
	p, settings, under, err := s.vouchedFor(c, f, r)
	if err != nil {
		return err
	}
	who, err := s.introduce(c, r, p, settings, under)
	if err != nil {
		return err
	}
	return s.admit(c, who, earlier(p.Proved, s.now()), r.Back)
}

// earlier is when somebody proved who they are, as far as our clock goes.
func earlier(proved, now time.Time) time.Time {
	if proved.After(now) {
		return now
	}
	return proved
}

// vouchedFor redeems what came back. That it proves nothing, or too little, is on
// record.
func (s *Console) vouchedFor(c echo.Context, f form, r ceremony) (idp.Person, idp.Settings, time.Time, error) {
	ctx := c.Request().Context()
	fail := func(err error) (idp.Person, idp.Settings, time.Time, error) {
		return idp.Person{}, idp.Settings{}, time.Time{}, err
	}
	p, err := s.store.Provider(ctx, r.Org)
	if errors.Is(err, store.ErrNotFound) {
		return fail(errOver) // it was taken away meanwhile
	}
	if err != nil {
		return fail(fmt.Errorf("find provider: %w", err))
	}
	settings, err := s.settings(ctx, p)
	if err != nil {
		return fail(err)
	}
	who, err := s.providers.End(ctx, settings, idp.Answer{
		Back: s.url + backPath, Nonce: r.derived("nonce"), Verifier: idp.Secret(r.derived("verifier")), Code: idp.Secret(f.get("code")), Issuer: f.get("iss"),
		Fresh: r.Purpose == store.ToRevouch, Asked: r.Begun,
	})
	for reason, word := range map[error]string{idp.ErrRefused: "token", idp.ErrFactor: "factor", idp.ErrStale: "stale"} {
		if errors.Is(err, reason) {
			return fail(errors.Join(err, s.refuse(c, r, word)))
		}
	}
	if err != nil {
		return fail(fmt.Errorf("ask provider of %s: %w", r.Org, err))
	}
	return who, settings, p.Set, nil
}

// refuse records that somebody is not let in for whom a provider was asked.
func (s *Console) refuse(c echo.Context, r ceremony, why string) error {
	if r.Staff != "" {
		why = string(r.Staff) + " " + why
	}
	e := store.Event{Org: r.Org, Kind: store.StaffRefused, By: s.stranger(c), Detail: why, At: s.now()}
	if err := s.store.Record(c.Request().Context(), e); err != nil {
		return fmt.Errorf("record refusal: %w", err)
	}
	return nil
}

// introduce finds the person, or makes them. Who confirms that it is still them must
// be who is signed in here.
func (s *Console) introduce(c echo.Context, r ceremony, p idp.Person, settings idp.Settings, under time.Time) (store.Staff, error) {
	i := store.Introduction{
		Org: r.Org, Under: under, Identity: store.IdentityOf(r.Org, settings.Issuer, p.Subject), Email: p.Email,
		Name: p.Name, Given: settings.Claim != "",
	}
	if i.Name == "" {
		i.Name = p.Email
	}
	for _, role := range store.AllRoles {
		for _, given := range p.Roles {
			if given == string(role) {
				i.Roles = append(i.Roles, role)
			}
		}
	}
	if settings.Make {
		i.New = store.NewStaffID(s.now())
	}
	if r.Purpose == store.ToRevouch {
		if err := s.still(c, r, i); err != nil {
			return store.Staff{}, err
		}
	}
	who, err := s.store.SignInVouched(c.Request().Context(), i, s.stranger(c), s.now())
	switch {
	case errors.Is(err, store.ErrConflict):
		return store.Staff{}, errNotAdmitted
	case errors.Is(err, store.ErrGone):
		return store.Staff{}, errOver
	case err != nil:
		return store.Staff{}, fmt.Errorf("sign in who is vouched for: %w", err)
	}
	return who, nil
}

// still is nil when the one vouched for is who began this, and is signed in here.
func (s *Console) still(c echo.Context, r ceremony, i store.Introduction) error {
	v, err := s.visitor(c)
	if err != nil {
		return errOver
	}
	if v.ID != r.Staff || v.Org.ID != r.Org || v.Identity != i.Identity {
		return errors.Join(errNotAdmitted, s.refuse(c, r, "other"))
	}
	return nil
}
