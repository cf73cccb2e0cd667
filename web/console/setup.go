package console

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"securetext/pickup/password"
	"securetext/store"
	"securetext/store/token"
)

// aloneLength is how many characters a password has that needs no second factor
// beside it (S32).
const aloneLength = 15

var (
	errAlone = errors.New("password too short to stand alone")
	errApp   = errors.New("an app is needed")
	errCode  = errors.New("code of the app is not right")
)

// proofPage is what setup.html, password.html and app.html show.
type proofPage struct {
	Path    string
	Person  store.Staff
	OrgName string
	Secret  string // in the form; empty: no app is asked for
	Groups  string
	Link    template.URL
	Picture picture
	Problem string
	Codes   []string // recovery codes, this once
}

// offer puts a secret for an app on a page.
func (p proofPage) offer(secret appSecret, who store.Staff, org store.Org) (proofPage, error) {
	p.Secret, p.Groups, p.Link = string(secret), secret.groups(), secret.link(who, org)
	var err error
	p.Picture, err = draw(string(p.Link))
	return p, err
}

// problems are why proofs were refused, as the templates know them.
var problems = []struct {
	err  error
	name string
}{
	{password.ErrTooShort, "short"}, {password.ErrTooLong, "long"}, {password.ErrCommon, "common"},
	{password.ErrPersonal, "personal"}, {errAlone, "alone"}, {errApp, "app"}, {errCode, "code"},
}

func problemOf(err error) string {
	for _, p := range problems {
		if errors.Is(err, p.err) {
			return p.name
		}
	}
	return ""
}

// invited finds whose set-up link it is. Where the org's provider alone signs people
// in, only admins set up anything else, for when it is away.
func (s *Console) invited(c echo.Context) (token.Token, visit, error) {
	t, err := token.Parse(c.Param("token"))
	if err != nil {
		return t, visit{}, err
	}
	a, err := s.store.StaffByInvite(c.Request().Context(), t.Hash(), s.now())
	if err != nil {
		return t, visit{}, fmt.Errorf("find set-up link: %w", err)
	}
	alone, err := s.providerAlone(c.Request().Context(), a.Org)
	if err != nil {
		return t, visit{}, err
	}
	if alone && !a.Has(admins...) {
		return t, visit{}, errProvider
	}
	org, err := s.store.Org(c.Request().Context(), a.Org)
	if err != nil {
		return t, visit{}, fmt.Errorf("find org: %w", err)
	}
	return t, visit{Account: a, Org: org}, nil
}

// showSetUp serves GET /setup/:token, which changes nothing.
func (s *Console) showSetUp(c echo.Context) error {
	_, v, err := s.invited(c)
	if err != nil {
		return err
	}
	return s.askSetUp(c, v, newAppSecret(), nil)
}

func (s *Console) askSetUp(c echo.Context, v visit, secret appSecret, why error) error {
	p, err := proofPage{Path: c.Request().URL.Path, Person: v.Staff, OrgName: v.Org.Name, Problem: problemOf(why)}.offer(secret, v.Staff, v.Org)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if why != nil {
		status = http.StatusUnprocessableEntity
	}
	return s.render(c, status, "setup.html", visit{}, p)
}

// setUp serves POST /setup/:token: a first password, and a second factor with it
// unless the password is long.
func (s *Console) setUp(c echo.Context) error {
	t, v, err := s.invited(c)
	if err != nil {
		return err
	}
	f, err := readForm(c)
	if err != nil {
		return err
	}
	secret, ok := parseAppSecret(f.get("secret"))
	if !ok {
		return errBadForm
	}
	proofs, codes, err := s.proofs(c, v, f, secret, f.line("code") != "")
	if problemOf(err) != "" {
		return s.askSetUp(c, v, secret, err)
	}
	if err != nil {
		return err
	}
	by := store.Actor{Kind: store.ByStaff, ID: string(v.ID), Addr: s.address(c.Request())}
	who, err := s.store.SetUpStaff(c.Request().Context(), t.Hash(), proofs, by, s.now())
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	if err := s.newSession(c, who, s.now()); err != nil {
		return err
	}
	s.remember(c, who.ID)
	v.Staff = who
	return s.render(c, http.StatusOK, "recovery.html", v, proofPage{Codes: codes})
}

// proofs makes them of a form: a password, and an app if there is one.
func (s *Console) proofs(c echo.Context, v visit, f form, secret appSecret, app bool) (p store.Proofs, codes []string, err error) {
	if p.Password, err = s.newPassword(c, v, password.Password(f.get("password")), app); err != nil {
		return p, nil, err
	}
	if app {
		codes, err = s.newApp(c, v.Staff, f, secret, &p)
	}
	return p, codes, err
}

// newPassword hashes a password that may be set.
func (s *Console) newPassword(c echo.Context, v visit, typed password.Password, second bool) (string, error) {
	name, _, _ := strings.Cut(v.Email, "@")
	if err := password.Check(typed, v.Org.Name, v.Name, name); err != nil {
		return "", err
	}
	if !second {
		if err := s.standsAlone(c.Request().Context(), v.Account.Org, typed); err != nil {
			return "", err
		}
	}
	hash, err := s.passwords.Hash(c.Request().Context(), typed)
	if err != nil {
		return "", fmt.Errorf("set password: %w", err)
	}
	return hash, nil
}

// standsAlone is nil for a password that needs no second factor beside it.
func (s *Console) standsAlone(ctx context.Context, org store.OrgID, typed password.Password) error {
	alone, err := s.providerAlone(ctx, org)
	switch {
	case err != nil:
		return err
	case alone:
		return errApp
	case utf8.RuneCountInString(string(typed)) < aloneLength:
		return errAlone
	}
	return nil
}

// newApp adds an app to the proofs, once a code shows that it has the secret, and
// codes for when it is lost.
func (s *Console) newApp(c echo.Context, who store.Staff, f form, secret appSecret, p *store.Proofs) (codes []string, err error) {
	if p.Step, err = secret.step(f.line("code"), s.now()); err != nil {
		return nil, err
	}
	if p.Step == 0 {
		return nil, errCode
	}
	if p.Key, p.Secret, err = s.sealSecret(c.Request().Context(), who, secret); err != nil {
		return nil, err
	}
	codes, p.Recovery = s.newRecoveryCodes(who.ID)
	return codes, nil
}
