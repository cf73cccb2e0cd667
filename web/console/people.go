package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"strings"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/token"
)

// errSelf: nobody takes their own rights away, so that an org keeps an admin.
var errSelf = errors.New("it is the person's own account")

// peoplePage is what people.html shows, newPersonPage what newperson.html does.
type peoplePage struct{ People []store.Staff }

type newPersonPage struct {
	Email, Name string
	Roles       []store.Role
	Problem     string
}

// personPage is what person.html shows.
type personPage struct {
	store.Staff
	Self bool
}

// linkPage is what link.html shows, this once.
type linkPage struct {
	store.Staff
	URL string
}

// listPeople serves GET /people.
func (s *Console) listPeople(c echo.Context, v visit) error {
	list, err := s.store.Personnel(c.Request().Context(), v.Org.ID)
	if err != nil {
		return fmt.Errorf("list people: %w", err)
	}
	return s.render(c, http.StatusOK, "people.html", v, peoplePage{list})
}

// showNewPerson serves GET /people/new.
func (s *Console) showNewPerson(c echo.Context, v visit) error {
	return s.render(c, http.StatusOK, "newperson.html", v, newPersonPage{})
}

// addPerson serves POST /people/new, and shows the set-up link.
func (s *Console) addPerson(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := newPersonPage{Email: strings.ToLower(f.line("email")), Name: f.line("name"), Roles: rolesOf(f)}
	switch {
	case !isAddress(p.Email):
		p.Problem = "email"
	case p.Name == "" || len(p.Name) > maxName:
		p.Problem = "name"
	case len(p.Roles) == 0:
		p.Problem = "roles"
	}
	if p.Problem != "" {
		return s.render(c, http.StatusUnprocessableEntity, "newperson.html", v, p)
	}
	who := store.Staff{ID: store.NewStaffID(s.now()), Org: v.Org.ID, Email: p.Email, Name: p.Name, Roles: p.Roles, Created: s.now()}
	link, invite := s.newInvite()
	err = s.store.AddStaff(c.Request().Context(), who, invite, s.actor(c, v), s.now())
	if errors.Is(err, store.ErrConflict) {
		p.Problem = "taken"
		return s.render(c, http.StatusConflict, "newperson.html", v, p)
	}
	if err != nil {
		return fmt.Errorf("add person: %w", err)
	}
	return s.render(c, http.StatusOK, "link.html", v, linkPage{who, link})
}

// maxName is how many bytes a name may have.
const maxName = 100

// isAddress reports whether it is a bare email address.
func isAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text
}

// rolesOf are the ticked ones.
func rolesOf(f form) (roles []store.Role) {
	for _, r := range store.AllRoles {
		if f.has("roles", string(r)) {
			roles = append(roles, r)
		}
	}
	return roles
}

// newInvite makes a set-up link, and what is stored of it.
func (s *Console) newInvite() (link string, i store.Invite) {
	t := token.New()
	return SetUpURL(s.url, t), store.Invite{Hash: t.Hash(), Until: s.now().Add(store.InviteLife)}
}

// SetUpURL is where a person sets their first password.
func SetUpURL(base string, t token.Token) string { return base + "/setup/" + t.Secret() }

// showPerson serves GET /people/:id.
func (s *Console) showPerson(c echo.Context, v visit) error {
	a, err := s.person(c, v)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "person.html", v, personPage{Staff: a.Staff, Self: a.ID == v.ID})
}

func (s *Console) person(c echo.Context, v visit) (store.Account, error) {
	a, err := s.store.StaffMember(c.Request().Context(), v.Org.ID, store.StaffID(c.Param("id")))
	if err != nil {
		return store.Account{}, fmt.Errorf("find person: %w", err)
	}
	return a, nil
}

// toPerson does something to another person of the org, and shows them.
func (s *Console) toPerson(c echo.Context, v visit, do func(store.StaffID, store.Actor) error, done string) error {
	a, err := s.person(c, v)
	if err != nil {
		return err
	}
	if a.ID == v.ID {
		return errSelf
	}
	done, err = said(do(a.ID, s.actor(c, v)), done, words{store.ErrConflict: "already"})
	if err != nil {
		return fmt.Errorf("change person: %w", err)
	}
	return toPage(c, "/people/"+string(a.ID), done)
}

// setRoles serves POST /people/:id/roles. They count from the next request on.
func (s *Console) setRoles(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	return s.toPerson(c, v, func(id store.StaffID, by store.Actor) error {
		return s.store.SetRoles(c.Request().Context(), v.Org.ID, id, rolesOf(f), by, s.now())
	}, "roles")
}

// suspendPerson serves POST /people/:id/suspend: signed out at once.
func (s *Console) suspendPerson(c echo.Context, v visit) error {
	return s.suspend(c, v, true, "suspend")
}

// resumePerson serves POST /people/:id/resume.
func (s *Console) resumePerson(c echo.Context, v visit) error {
	return s.suspend(c, v, false, "resume")
}

func (s *Console) suspend(c echo.Context, v visit, suspended bool, done string) error {
	return s.toPerson(c, v, func(id store.StaffID, by store.Actor) error {
		err := s.store.SuspendStaff(c.Request().Context(), v.Org.ID, id, suspended, by, s.now())
		if err == nil {
			s.tidy(c, s.sessions, v.Org.ID, string(id))
		}
		return err
	}, done)
}

// endPerson serves POST /people/:id/end: all sessions of a person.
func (s *Console) endPerson(c echo.Context, v visit) error {
	return s.toPerson(c, v, func(id store.StaffID, _ store.Actor) error { return s.endStaff(c, v, id) }, "ended")
}

// invitePerson serves POST /people/:id/invite: a new set-up link, in place of a
// password that is forgotten or an app that is lost.
func (s *Console) invitePerson(c echo.Context, v visit) error {
	a, err := s.person(c, v)
	if err != nil {
		return err
	}
	if a.ID == v.ID {
		return errSelf
	}
	link, invite := s.newInvite()
	if err := s.store.InviteStaff(c.Request().Context(), v.Org.ID, a.ID, invite, s.actor(c, v), s.now()); err != nil {
		return fmt.Errorf("invite person: %w", err)
	}
	s.tidy(c, s.sessions, v.Org.ID, string(a.ID))
	return s.render(c, http.StatusOK, "link.html", v, linkPage{a.Staff, link})
}
