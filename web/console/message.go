package console

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// messagePage is what message.html and wipe.html show.
type messagePage struct {
	Row    messageRow
	Status Status
	Own    bool   // the person wrote it, and may see what it says
	Wrong  string // why it cannot be extended by what was typed
}

// message finds a message that the person may see.
func (s *Console) message(c echo.Context, v visit) (store.MessageInfo, error) {
	f, err := within(v)
	if err != nil {
		return store.MessageInfo{}, err
	}
	return s.find(c, f)
}

// ownMessage finds a message that the person wrote: what others did not even admins
// see (S32).
func (s *Console) ownMessage(c echo.Context, v visit) (store.MessageInfo, error) {
	if v.Own.ID == "" {
		return store.MessageInfo{}, store.ErrNotFound
	}
	return s.find(c, store.MessageFilter{Org: v.Org.ID, Sender: v.Own.ID})
}

// find is the message that the address names, if the filter lets it through.
func (s *Console) find(c echo.Context, f store.MessageFilter) (store.MessageInfo, error) {
	if f.ID = store.MessageID(c.Param("id")); f.ID == "" {
		return store.MessageInfo{}, store.ErrNotFound
	}
	found, err := s.store.Messages(c.Request().Context(), f)
	if err != nil {
		return store.MessageInfo{}, fmt.Errorf("find message: %w", err)
	}
	if len(found) == 0 {
		return store.MessageInfo{}, store.ErrNotFound
	}
	return found[0], nil
}

// showMessage serves GET /messages/:id: its timeline, in plain words.
func (s *Console) showMessage(c echo.Context, v visit) error {
	return s.aboutMessage(c, v, "message.html")
}

func (s *Console) aboutMessage(c echo.Context, v visit, template string) error {
	m, err := s.message(c, v)
	if err != nil {
		return err
	}
	return s.tellOf(c, v, m, template, "")
}

// tellOf shows what became of a message, and what is wrong with what was typed, if
// anything.
func (s *Console) tellOf(c echo.Context, v visit, m store.MessageInfo, template, wrong string) error {
	ctx := c.Request().Context()
	status, err := s.desk.Status(ctx, v.Org.ID, m.ID)
	if err != nil {
		return fmt.Errorf("find status: %w", err)
	}
	rows, err := s.rows(ctx, v, []store.MessageInfo{m})
	if err != nil {
		return err
	}
	code := http.StatusOK
	if wrong != "" {
		code = http.StatusUnprocessableEntity
	}
	return s.render(c, code, template, v, messagePage{rows[0], status, m.Sender == v.Own.ID, wrong})
}

// extendMessage serves POST /messages/:id/extend: it can be read for longer.
func (s *Console) extendMessage(c echo.Context, v visit) error {
	if err := s.maySend(v); err != nil {
		return err
	}
	f, err := readForm(c)
	if err != nil {
		return err
	}
	m, err := s.message(c, v)
	if err != nil {
		return err
	}
	wrong, err := s.desk.Extend(c.Request().Context(), m, f.line("expires_in"), s.actor(c, v), s.now())
	if wrong != "" {
		return s.tellOf(c, v, m, "message.html", sentence(wrong))
	}
	done, err := said(err, "extend", words{store.ErrConflict: "longer", store.ErrGone: "over"})
	if err != nil {
		return fmt.Errorf("extend message %s: %w", m.ID, err)
	}
	return toPage(c, "/messages/"+string(m.ID), done)
}

// resendMessage serves POST /messages/:id/resend: another text with a fresh link.
func (s *Console) resendMessage(c echo.Context, v visit) error {
	if err := s.maySend(v); err != nil {
		return err
	}
	return s.change(c, v, func(m store.MessageInfo, by store.Actor) error {
		err := s.store.Resend(c.Request().Context(), v.Org.ID, m.ID, by, s.now())
		if err == nil {
			s.desk.Nudge()
		}
		return err
	}, "resend", words{store.ErrConflict: "waits", store.ErrThrottled: "again", store.ErrGone: "over"})
}

// takeMessage serves POST /messages/:id/take: the person has charge of it.
func (s *Console) takeMessage(c echo.Context, v visit) error {
	if err := s.maySend(v); err != nil {
		return err
	}
	return s.change(c, v, func(m store.MessageInfo, by store.Actor) error {
		return s.store.Take(c.Request().Context(), v.Org.ID, m.ID, by, s.now())
	}, "take", words{store.ErrConflict: "settled"})
}

// releaseMessage serves POST /messages/:id/release: what was sealed can be read.
func (s *Console) releaseMessage(c echo.Context, v visit) error {
	if err := s.maySend(v); err != nil {
		return err
	}
	return s.change(c, v, func(m store.MessageInfo, by store.Actor) error {
		return s.store.ReleaseMessage(c.Request().Context(), v.Org.ID, m.ID, by, s.now())
	}, "release", words{store.ErrConflict: "notheld"})
}

// errPaused is for a sender who may not send, and not let others read, for the time
// being.
var errPaused = errors.New("the sender is suspended")

// maySend is [errPaused] for one who is suspended as a sender, and no admin.
func (s *Console) maySend(v visit) error {
	if !v.Has(store.RoleAdmin) && !v.Own.Suspended.IsZero() {
		return errPaused
	}
	return nil
}

// askWipe serves GET /messages/:id/wipe.
func (s *Console) askWipe(c echo.Context, v visit) error { return s.aboutMessage(c, v, "wipe.html") }

// wipe serves POST /messages/:id/wipe. When it returns nobody can read the message.
func (s *Console) wipe(c echo.Context, v visit) error {
	return s.change(c, v, func(m store.MessageInfo, by store.Actor) error {
		return s.store.Wipe(c.Request().Context(), v.Org.ID, m.ID, by, s.now())
	}, "wipe", words{store.ErrNotFound: "wiped", store.ErrOnHold: "onhold"})
}

// words are what is said of errors that are no fault.
type words map[error]string

// change does something to a message that the person may see, and shows it.
func (s *Console) change(c echo.Context, v visit, do func(store.MessageInfo, store.Actor) error, done string, otherwise words) error {
	m, err := s.message(c, v)
	if err != nil {
		return err
	}
	done, err = said(do(m, s.actor(c, v)), done, otherwise)
	if err != nil {
		return fmt.Errorf("change message %s: %w", m.ID, err)
	}
	return toPage(c, "/messages/"+string(m.ID), done)
}

// said is what to say of what was done.
func said(err error, done string, otherwise words) (string, error) {
	for known, word := range otherwise {
		if errors.Is(err, known) {
			return word, nil
		}
	}
	return done, err
}
