package pickup

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/pickup/device"
	"securetext/pickup/session"
	"securetext/store"
)

// sessionsPage is what sessions.html shows.
type sessionsPage struct {
	Path     string
	Here     signedInOn
	Others   []signedInOn
	Done     bool // all of them are signed out, this one too
	Passkeys bool // there may be some
	Any      bool // there are
}

// signedInOn is one browser of the patient's.
type signedInOn struct {
	Handle  session.Handle
	Browser string // empty: one we do not know by name
	Machine string // empty: likewise
	Seen    time.Time
}

// showSessions serves GET /m/:token/sessions: where the patient is signed in.
func (s *Site) showSessions(c echo.Context, v visit, viewer store.Viewer) error {
	if err := s.stillIn(c, v, viewer); err != nil {
		return err
	}
	list, err := s.sessions.List(c.Request().Context(), string(viewer.Org), string(viewer.Recipient), s.now())
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	p := sessionsPage{Path: v.path(), Here: newSignedInOn(session.Listed{Label: labelOf(c)}), Passkeys: s.takesPasskeys(v), Any: v.Link.Passkeys}
	here := handleOf(c)
	for _, l := range list {
		if l.Handle != here && l.Epoch == viewer.Epoch {
			p.Others = append(p.Others, newSignedInOn(l))
		}
	}
	return c.Render(http.StatusOK, "sessions.html", v.page(p))
}

// endSession serves POST /m/:token/sessions/end: one of the browsers is signed
// out. If it is this one, that is signing out.
func (s *Site) endSession(c echo.Context, v visit, viewer store.Viewer) error {
	if err := parseForm(c.Request()); err != nil {
		return err
	}
	if err := s.stillIn(c, v, viewer); err != nil {
		return err
	}
	h := session.Handle(c.Request().PostForm.Get("session"))
	if h == handleOf(c) {
		return s.signOut(c)
	}
	if err := s.sessions.End(c.Request().Context(), string(viewer.Org), string(viewer.Recipient), h); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	s.forgetDrafts(c, viewer.Org, viewer.Recipient)
	s.logSessionEnded(c, v)
	return toPage(c, v, "/sessions")
}

// endSessions serves POST /m/:token/sessions/end-all: every browser is signed
// out, this one too. As in [Site.signOut] it forgets its session whatever comes.
//
// The sessions are ended in their own store only. The epoch stays, for raising
// it is the clinic's: so a session store that is put back as it was before would
// bring the sessions back, each for as long as it would have lived.
func (s *Site) endSessions(c echo.Context, v visit, viewer store.Viewer) error {
	if err := s.stillIn(c, v, viewer); err != nil {
		return err
	}
	session.SignOut(c.Response())
	if err := s.sessions.DeleteAll(c.Request().Context(), string(viewer.Org), string(viewer.Recipient)); err != nil {
		return fmt.Errorf("end all sessions: %w", err)
	}
	s.forgetDrafts(c, viewer.Org, viewer.Recipient)
	s.logSessionsEnded(c, v)
	return c.Render(http.StatusOK, "sessions.html", v.page(sessionsPage{Done: true}))
}

// stillIn has the store compare the epoch, which it does when it loads a message
// (S14). The message stays sealed.
func (s *Site) stillIn(c echo.Context, v visit, viewer store.Viewer) error {
	if _, err := s.store.Message(c.Request().Context(), v.Token.Hash(), viewer, s.now()); err != nil {
		return fmt.Errorf("look at sessions: %w", err)
	}
	return nil
}

// handleOf is the handle of the browser's own session.
func handleOf(c echo.Context) session.Handle {
	id, ok := session.FromRequest(c.Request())
	if !ok {
		return ""
	}
	return id.Key().Handle()
}

// labelOf says what sort of browser it is.
func labelOf(c echo.Context) string { return device.Label(c.Request().UserAgent()) }

// newSignedInOn takes a label apart, so that each language can put it together.
func newSignedInOn(l session.Listed) signedInOn {
	browser, machine, _ := strings.Cut(l.Label, " on ")
	if browser == device.Label("") {
		browser = ""
	}
	return signedInOn{Handle: l.Handle, Browser: browser, Machine: machine, Seen: l.Seen}
}
