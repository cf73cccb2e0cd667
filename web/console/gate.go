package console

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/pickup/device"
	"securetext/pickup/session"
	"securetext/store"
)

// freshFor is how long after somebody proved who they are what asks for that again
// may be done (S32).
const freshFor = 5 * time.Minute

var (
	errSignedOut = errors.New("nobody is signed in")
	errRole      = errors.New("the person has not the role")
)

// visit is a request of somebody who is signed in.
type visit struct {
	store.Account
	Org store.Org
	key session.Key
	at  time.Time // when they proved who they are; zero: nobody knows
}

// actor is the person as events name them.
func (s *Console) actor(c echo.Context, v visit) store.Actor {
	return store.Actor{Kind: store.ByStaff, ID: string(v.ID), Addr: s.address(c.Request())}
}

// stranger is who sent a request, while nobody is signed in.
func (s *Console) stranger(c echo.Context) store.Actor {
	return store.Actor{Kind: store.ByVisitor, Addr: s.address(c.Request())}
}

// visitKey is where the visit stands in an echo context, for the error page.
const visitKey = "console.visit"

// gate lets through who may have an address. It is the one place that decides.
func (s *Console) gate(r route) echo.HandlerFunc {
	if r.open != nil {
		return r.open
	}
	return func(c echo.Context) error {
		err := s.enter(c, r)
		if errors.Is(err, errSignedOut) || errors.Is(err, store.ErrRevoked) {
			return c.Redirect(http.StatusSeeOther, "/signin?to="+url.QueryEscape(s.pageOf(c, r)))
		}
		return err
	}
}

// enter hands a request on for who is signed in and has the role.
func (s *Console) enter(c echo.Context, r route) error {
	v, err := s.visitor(c)
	if err != nil {
		return err
	}
	c.Set(visitKey, v)
	if len(r.roles) > 0 && !v.Has(r.roles...) {
		return errRole
	}
	if r.fresh && s.now().Sub(v.at) > freshFor {
		return c.Redirect(http.StatusSeeOther, "/again?to="+url.QueryEscape(s.pageOf(c, r)))
	}
	return r.handler(c, v)
}

// visitor is who is signed in: their session is found, their epoch is still that of
// it, and they are not suspended (S14). Roles are those of this moment.
func (s *Console) visitor(c echo.Context) (visit, error) {
	ctx := c.Request().Context()
	id, ok := session.Staff.FromRequest(c.Request())
	if !ok {
		return visit{}, errSignedOut
	}
	sess, err := s.sessions.Find(ctx, id.Key(), s.now())
	if errors.Is(err, session.ErrNotFound) {
		return visit{}, errSignedOut
	}
	if err != nil {
		return visit{}, fmt.Errorf("find session: %w", err)
	}
	a, err := s.store.StaffMember(ctx, store.OrgID(sess.Org), store.StaffID(sess.Recipient))
	if errors.Is(err, store.ErrNotFound) {
		return visit{}, errSignedOut
	}
	if err != nil {
		return visit{}, fmt.Errorf("find who is signed in: %w", err)
	}
	if a.Epoch != sess.Epoch || !a.Suspended.IsZero() || !a.SetUp {
		return visit{}, errSignedOut
	}
	org, err := s.store.Org(ctx, a.Org)
	if err != nil {
		return visit{}, fmt.Errorf("find org: %w", err)
	}
	return visit{Account: a, Org: org, key: id.Key(), at: sess.Proved}, nil
}

// newSession gives the browser a session in place of the one it may have (S13).
// What they proved, they proved at that time.
func (s *Console) newSession(c echo.Context, who store.Staff, proved time.Time) error {
	now := s.now()
	return session.Staff.Begin(c.Request().Context(), c.Response(), c.Request(), s.sessions, session.Session{
		Org: string(who.Org), Recipient: string(who.ID), Epoch: who.Epoch, Label: device.Label(c.Request().UserAgent()),
		Created: now, Seen: now, Proved: proved,
	}, now)
}

// pageOf is where to come back to after signing in: the page itself, or that on
// which the form stands.
func (s *Console) pageOf(c echo.Context, r route) string {
	path := c.Request().URL.Path
	switch {
	case r.method == http.MethodGet:
		return c.Request().URL.RequestURI()
	case s.shown[r.path]:
		return path
	}
	return cmp.Or(path[:strings.LastIndexByte(path, '/')], "/")
}

// local is a path of ours to go on to; what leads elsewhere is the first page. Two
// slashes at the beginning would be a host to browsers.
func local(to string) string {
	u, err := url.Parse(to)
	switch {
	case err != nil, u.IsAbs(), u.Host != "", !strings.HasPrefix(u.Path, "/"), strings.HasPrefix(u.Path, "//"),
		strings.ContainsAny(to, "\\\t\r\n"):
		return "/"
	}
	return u.RequestURI()
}

// toPage sends the browser to a page, by GET, which says what was done.
func toPage(c echo.Context, path, done string) error {
	if done != "" {
		path += "?done=" + url.QueryEscape(done)
	}
	return c.Redirect(http.StatusSeeOther, path)
}

// visitOf returns the visit of a request, if it came so far.
func visitOf(c echo.Context) (visit, bool) {
	v, ok := c.Get(visitKey).(visit)
	return v, ok
}
