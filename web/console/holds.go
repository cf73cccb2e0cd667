package console

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// holdsPage is what holds.html shows.
type holdsPage struct{ Holds []holdRow }

// holdRow is a hold with whom it is about.
type holdRow struct {
	store.Hold
	Ending string
}

// holdPage is what hold.html shows: what a hold is to be placed on.
type holdPage struct {
	Message   store.MessageID // this, or else
	Recipient store.RecipientID
	Ending    string
	Over      bool // nothing is left of the message
	Matter    string
	Problem   string
}

// Path is the address of what the hold is on.
func (p holdPage) Path() string {
	if p.Message != "" {
		return "/messages/" + string(p.Message)
	}
	return pathOf(p.Recipient)
}

// listHolds serves GET /holds: those in force, then those that were lifted.
func (s *Console) listHolds(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	list, err := s.store.Holds(ctx, store.HoldFilter{Org: v.Org.ID, Lifted: true})
	if err != nil {
		return fmt.Errorf("list holds: %w", err)
	}
	endings, err := s.holdEndings(ctx, v, list)
	if err != nil {
		return err
	}
	var p holdsPage
	for _, lifted := range []bool{false, true} {
		for _, h := range list {
			if h.Lifted.IsZero() != lifted {
				p.Holds = append(p.Holds, holdRow{h, endings[h.Recipient]})
			}
		}
	}
	return s.render(c, http.StatusOK, "holds.html", v, p)
}

func (s *Console) holdEndings(ctx context.Context, v visit, list []store.Hold) (map[store.RecipientID]string, error) {
	var ids []store.RecipientID
	for _, h := range list {
		if h.Recipient != "" {
			ids = append(ids, h.Recipient)
		}
	}
	return s.endings(ctx, v.Org.ID, ids)
}

// askHoldMessage serves GET /messages/:id/hold.
func (s *Console) askHoldMessage(c echo.Context, v visit) error {
	p, err := s.holdOnMessage(c, v)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "hold.html", v, p)
}

func (s *Console) holdOnMessage(c echo.Context, v visit) (holdPage, error) {
	m, err := s.message(c, v)
	if err != nil {
		return holdPage{}, err
	}
	endings, err := s.endings(c.Request().Context(), v.Org.ID, []store.RecipientID{m.Recipient})
	return holdPage{Message: m.ID, Ending: endings[m.Recipient], Over: !m.Wiped.IsZero()}, err
}

// askHoldRecipient serves GET /recipients/:id/hold.
func (s *Console) askHoldRecipient(c echo.Context, v visit) error {
	p, err := s.holdOnRecipient(c, v)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "hold.html", v, p)
}

func (s *Console) holdOnRecipient(c echo.Context, v visit) (holdPage, error) {
	ctx := c.Request().Context()
	r, err := s.recipient(ctx, v, store.RecipientID(c.Param("id")))
	if err != nil {
		return holdPage{}, err
	}
	ending, err := s.ending(ctx, r)
	return holdPage{Recipient: r.ID, Ending: ending}, err
}

// holdMessage serves POST /messages/:id/hold. When it returns nothing can destroy the
// message.
func (s *Console) holdMessage(c echo.Context, v visit) error {
	return s.placeHold(c, v, s.holdOnMessage)
}

// holdRecipient serves POST /recipients/:id/hold: all that is or will be sent to them.
func (s *Console) holdRecipient(c echo.Context, v visit) error {
	return s.placeHold(c, v, s.holdOnRecipient)
}

func (s *Console) placeHold(c echo.Context, v visit, on func(echo.Context, visit) (holdPage, error)) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p, err := on(c, v)
	if err != nil {
		return err
	}
	if p.Matter = f.line("matter"); !store.IsMatter(p.Matter) {
		p.Problem = "matter"
		return s.render(c, http.StatusUnprocessableEntity, "hold.html", v, p)
	}
	h := store.Hold{ID: store.NewHoldID(s.now()), Org: v.Org.ID, Message: p.Message, Recipient: p.Recipient, Matter: p.Matter}
	err = s.store.PlaceHold(c.Request().Context(), h, s.actor(c, v), s.now())
	done, err := said(err, "hold", words{store.ErrConflict: "held", store.ErrGone: "wiped"})
	if err != nil {
		return fmt.Errorf("place hold: %w", err)
	}
	return toPage(c, p.Path(), done)
}

// liftHold serves POST /holds/:id/lift.
func (s *Console) liftHold(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	list, err := s.store.Holds(ctx, store.HoldFilter{Org: v.Org.ID, Lifted: true})
	if err != nil {
		return fmt.Errorf("find hold: %w", err)
	}
	for _, h := range list {
		if string(h.ID) != c.Param("id") {
			continue
		}
		err := s.store.LiftHold(ctx, v.Org.ID, h.ID, s.actor(c, v), s.now())
		done, err := said(err, "lift", words{store.ErrNotFound: "lifted"})
		if err != nil {
			return fmt.Errorf("lift hold %s: %w", h.ID, err)
		}
		return toPage(c, "/holds", done)
	}
	return store.ErrNotFound
}
