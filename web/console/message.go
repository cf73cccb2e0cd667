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
	Over   bool // nothing is left to read
}

// message finds a message that the person may see.
func (s *Console) message(c echo.Context, v visit) (store.MessageInfo, error) {
	f, err := s.within(c, v)
	if err != nil {
		return store.MessageInfo{}, err
	}
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
	ctx := c.Request().Context()
	m, err := s.message(c, v)
	if err != nil {
		return err
	}
	status, err := s.desk.Status(ctx, v.Org.ID, m.ID)
	if err != nil {
		return fmt.Errorf("find status: %w", err)
	}
	rows, err := s.rows(ctx, v, []store.MessageInfo{m})
	if err != nil {
		return err
	}
	over := !m.Wiped.IsZero() || !s.now().Before(m.Expires)
	return s.render(c, http.StatusOK, template, v, messagePage{rows[0], status, over})
}

// resendMessage serves POST /messages/:id/resend: another text with a fresh link.
func (s *Console) resendMessage(c echo.Context, v visit) error {
	if err := s.maySend(c, v); err != nil {
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
	return s.change(c, v, func(m store.MessageInfo, by store.Actor) error {
		return s.store.Take(c.Request().Context(), v.Org.ID, m.ID, by, s.now())
	}, "take", words{store.ErrConflict: "settled"})
}

// releaseMessage serves POST /messages/:id/release: what was sealed can be read.
func (s *Console) releaseMessage(c echo.Context, v visit) error {
	if err := s.maySend(c, v); err != nil {
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
func (s *Console) maySend(c echo.Context, v visit) error {
	if v.Has(store.RoleAdmin) {
		return nil
	}
	own, err := s.ownSender(c.Request().Context(), v)
	if err == nil && !own.Suspended.IsZero() {
		err = errPaused
	}
	return err
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
