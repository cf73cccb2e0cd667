package pickup

import (
	"errors"
	"fmt"

	"github.com/labstack/echo/v4"

	"securetext/pickup/session"
	"securetext/store"
)

// viewer returns who is signed in, if that is the recipient of the link's
// message; somebody else's session is none here. The epoch in it is compared
// with the store's whenever a message is loaded (S14).
func (s *Site) viewer(c echo.Context, v visit) (viewer store.Viewer, ok bool, err error) {
	id, ok := session.FromRequest(c.Request())
	if !ok {
		return store.Viewer{}, false, nil
	}
	sess, err := s.sessions.Find(c.Request().Context(), id.Key(), s.now())
	if errors.Is(err, session.ErrNotFound) {
		return store.Viewer{}, false, nil
	}
	if err != nil {
		return store.Viewer{}, false, fmt.Errorf("find session: %w", err)
	}
	if sess.Org != string(v.Link.Org) || sess.Recipient != string(v.Link.Recipient) {
		return store.Viewer{}, false, nil
	}
	return store.Viewer{
		Org: v.Link.Org, Recipient: v.Link.Recipient, Epoch: sess.Epoch, Addr: s.address(c.Request()),
	}, true, nil
}

// signedIn lets only the message's recipient through; everybody else is sent to
// the link, which asks for the password.
func (s *Site) signedIn(next func(echo.Context, visit, store.Viewer) error) func(echo.Context, visit) error {
	return func(c echo.Context, v visit) error {
		if prefetch(c.Request()) {
			return errPrefetch
		}
		viewer, ok, err := s.viewer(c, v)
		if err != nil {
			return err
		}
		if !ok {
			return toLink(c, v)
		}
		err = next(c, v, viewer)
		if locks(err) && !c.Response().Committed {
			return toLink(c, v)
		}
		return err
	}
}

// signIn gives the browser a new session and sends it to the message.
func (s *Site) signIn(c echo.Context, v visit, viewer store.Viewer) error {
	if err := s.newSession(c, viewer); err != nil {
		return err
	}
	return withCookie(c, v)
}

// leave ends the session that another of those who share the number has in this
// browser: whoever opens a link to somebody else has the phone now, and neither Back
// nor the other's link may show them what is not theirs (S13).
func (s *Site) leave(c echo.Context, v visit) error {
	id, ok := session.FromRequest(c.Request())
	if !ok {
		return nil
	}
	ctx := c.Request().Context()
	sess, err := s.sessions.Find(ctx, id.Key(), s.now())
	if errors.Is(err, session.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find session: %w", err)
	}
	if sess.Family != string(v.Link.Family) || sess.Recipient == string(v.Link.Recipient) {
		return nil
	}
	session.SignOut(c.Response())
	if err := s.sessions.Delete(ctx, id.Key()); err != nil {
		return fmt.Errorf("end another's session: %w", err)
	}
	s.forgetDrafts(c, store.OrgID(sess.Org), store.RecipientID(sess.Recipient))
	return nil
}

// newSession gives the browser a session in place of the one it may have (S13).
func (s *Site) newSession(c echo.Context, viewer store.Viewer) error {
	v, _ := visitOf(c) // by which they signed in
	now := s.now()
	return session.Patients.Begin(c.Request().Context(), c.Response(), c.Request(), s.sessions, session.Session{
		Org: string(viewer.Org), Recipient: string(viewer.Recipient), Family: string(v.Link.Family), Epoch: viewer.Epoch, Label: labelOf(c), Created: now, Seen: now,
	}, now)
}
