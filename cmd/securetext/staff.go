package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"securetext/store"
	"securetext/store/token"
	"securetext/web/console"
)

type staffAddCmd struct {
	Email string   `arg:"" help:"The person's email address: who they sign in as."`
	Org   string   `help:"Id or name of the org; may be left out if there is only one."`
	Name  string   `help:"The person's name; by default the address."`
	Roles []string `required:"" help:"What they may do: sender, admin, auditor, with commas between." sep:","`
}

// Run adds the person and prints their set-up link, this once.
func (c *staffAddCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		s := store.Staff{ID: store.NewStaffID(p.now()), Org: org.ID, Name: strings.TrimSpace(c.Name), Created: p.now()}
		if s.Email, err = address(c.Email); err != nil {
			return err
		}
		if s.Name == "" {
			s.Name = s.Email
		}
		if s.Roles, err = readRoles(c.Roles); err != nil {
			return fmt.Errorf("--roles: %w", err)
		}
		line, invite := h.inviteLine(s, p.now())
		err = h.store.AddStaff(ctx, s, invite, operator(), p.now())
		if errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("%s is taken (see: securetext staff list)", s.Email)
		}
		if err != nil {
			return fmt.Errorf("add staff: %w", err)
		}
		return p.print(line)
	})
}

// readRoles reads the names of roles, in the order of [store.AllRoles].
func readRoles(names []string) (roles []store.Role, err error) {
	for _, name := range names {
		if !slices.Contains(store.AllRoles, store.Role(name)) {
			return nil, fmt.Errorf("%q is none of sender, admin, auditor", name)
		}
	}
	for _, r := range store.AllRoles {
		if slices.Contains(names, string(r)) {
			roles = append(roles, r)
		}
	}
	return roles, nil
}

// inviteLine makes a set-up link: what is printed, and what is stored.
func (h *house) inviteLine(s store.Staff, now time.Time) (staffInviteLine, store.Invite) {
	t := token.New()
	i := store.Invite{Hash: t.Hash(), Until: now.Add(store.InviteLife)}
	return staffInviteLine{s.ID, s.Email, console.SetUpURL(h.cfg.ConsoleURL, t), i.Until.UTC()}, i
}

type staffInviteLine struct {
	ID    store.StaffID `json:"id"`
	Email string        `json:"email"`
	SetUp string        `json:"set_up_url"`
	Until time.Time     `json:"until"`
}

type staffListCmd struct {
	Org string `help:"Id or name of the org; may be left out if there is only one."`
}

// Run prints a line a person.
func (c *staffListCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		org, err := h.org(ctx, c.Org)
		if err != nil {
			return err
		}
		list, err := h.store.Personnel(ctx, org.ID)
		if err != nil {
			return fmt.Errorf("list staff: %w", err)
		}
		for _, s := range list {
			if err := p.print(lineOfStaff(s)); err != nil {
				return err
			}
		}
		return nil
	})
}

type staffLine struct {
	ID        store.StaffID `json:"id"`
	Org       store.OrgID   `json:"org"`
	Email     string        `json:"email"`
	Name      string        `json:"name"`
	Roles     []store.Role  `json:"roles"`
	SetUp     bool          `json:"set_up"`
	App       bool          `json:"app"`
	Passkeys  int           `json:"passkeys"`
	Vouched   bool          `json:"vouched"`
	Created   time.Time     `json:"created_at"`
	SignedIn  *time.Time    `json:"signed_in_at,omitempty"`
	Suspended *time.Time    `json:"suspended_at,omitempty"`
}

func lineOfStaff(s store.Staff) staffLine {
	return staffLine{s.ID, s.Org, s.Email, s.Name, s.Roles, s.SetUp, s.Second, s.Passkeys, s.Vouched, s.Created.UTC(), set(s.SignedIn), set(s.Suspended)}
}

// colleague names somebody by address or id, of whichever org.
type colleague struct {
	Person string `arg:"" help:"The person's email address or id."`
}

func (c colleague) find(ctx context.Context, h *house) (store.Staff, error) {
	orgs, err := h.store.Orgs(ctx)
	if err != nil {
		return store.Staff{}, err
	}
	for _, o := range orgs {
		list, err := h.store.Personnel(ctx, o.ID)
		if err != nil {
			return store.Staff{}, err
		}
		for _, s := range list {
			if s.Email == strings.ToLower(c.Person) || string(s.ID) == c.Person {
				return s, nil
			}
		}
	}
	return store.Staff{}, fmt.Errorf("nobody has the address or the id %q (see: securetext staff list)", c.Person)
}

func (c colleague) suspend(ctx context.Context, p *program, suspended bool) error {
	return p.use(ctx, func(h *house) error {
		s, err := c.find(ctx, h)
		if err != nil {
			return err
		}
		err = h.store.SuspendStaff(ctx, s.Org, s.ID, suspended, operator(), p.now())
		if errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("%s is so already", s.Email)
		}
		return err
	})
}

type staffSuspendCmd struct{ colleague }

// Run suspends the person. The epoch in the store ends their sessions.
func (c *staffSuspendCmd) Run(ctx context.Context, p *program) error { return c.suspend(ctx, p, true) }

type staffResumeCmd struct{ colleague }

// Run lets the person in again.
func (c *staffResumeCmd) Run(ctx context.Context, p *program) error { return c.suspend(ctx, p, false) }

type staffInviteCmd struct{ colleague }

// Run prints a new set-up link.
func (c *staffInviteCmd) Run(ctx context.Context, p *program) error {
	return p.use(ctx, func(h *house) error {
		s, err := c.find(ctx, h)
		if err != nil {
			return err
		}
		line, invite := h.inviteLine(s, p.now())
		if err := h.store.InviteStaff(ctx, s.Org, s.ID, invite, operator(), p.now()); err != nil {
			return fmt.Errorf("invite: %w", err)
		}
		return p.print(line)
	})
}
