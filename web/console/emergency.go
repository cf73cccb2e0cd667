package console

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// reasonChoice is a reason that may be given, and what it is called.
type reasonChoice struct{ Code, Words string }

// Reasons are chosen and not written: what people write would be health information,
// and stands on record for years.
var (
	wipeReasons = []reasonChoice{
		{"wrong_recipient", "They went to the wrong patients"}, {"mistake", "They were sent by mistake"},
		{"patient_request", "The patient asked for it"}, {"incident", "A security incident"}, {"retention", "They are not to be kept any longer"},
	}
	emergencyReasons = []reasonChoice{
		{"safety", "A patient’s safety"}, {"unreachable", "Its sender cannot be reached"}, {"legal", "A legal order"}, {"incident", "A complaint, or a security incident"},
	}
)

func reasonWords(code string) string {
	for _, list := range [][]reasonChoice{wipeReasons, emergencyReasons} {
		for _, r := range list {
			if r.Code == code {
				return r.Words
			}
		}
	}
	return code
}

// ticketsOf are the references in a text, a line or a space between.
func ticketsOf(text string) []string { return strings.Fields(strings.ReplaceAll(text, ",", " ")) }

// emergencyPage is what emergency.html shows.
type emergencyPage struct {
	store.Ask
	Ending  string
	Reasons []reasonChoice
	Problem string
}

// showEmergency serves GET /messages/:id/emergency.
func (s *Console) showEmergency(c echo.Context, v visit) error {
	return s.emergencyForm(c, v, http.StatusOK, emergencyPage{})
}

func (s *Console) emergencyForm(c echo.Context, v visit, status int, p emergencyPage) error {
	m, err := s.message(c, v)
	if err != nil {
		return err
	}
	rows, err := s.rows(c.Request().Context(), v, []store.MessageInfo{m})
	if err != nil {
		return err
	}
	p.Message, p.Ending, p.Reasons = m.ID, rows[0].Ending, emergencyReasons
	return s.render(c, status, "emergency.html", v, p)
}

// askToRead serves POST /messages/:id/emergency. Nothing is shown until another admin
// approved it.
func (s *Console) askToRead(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	var p emergencyPage
	if p.Ask, p.Problem = why(f, emergencyReasons); p.Problem != "" {
		return s.emergencyForm(c, v, http.StatusUnprocessableEntity, p)
	}
	p.Ask.ID, p.Ask.Org, p.Ask.Message = store.NewAskID(s.now()), v.Org.ID, store.MessageID(c.Param("id"))
	a, err := s.store.AskToRead(c.Request().Context(), p.Ask, s.actor(c, v), s.now())
	if err != nil {
		return fmt.Errorf("ask to read: %w", err)
	}
	return toPage(c, askPath(a.ID), "asked")
}

// openedPage is what opened.html shows: what a message says, to who did not write it.
// However it is formatted it shows as the content does.
type openedPage struct {
	Ask     store.Ask
	Message store.MessageID
	From    string
	Created time.Time
	Until   time.Time
	Content store.Content
}

// openAsked serves POST /asks/:id/open: what two admins opened, to who asked, as text.
// The event is stored before anything is shown.
func (s *Console) openAsked(c echo.Context, v visit) error {
	ctx, id := c.Request().Context(), store.AskID(c.Param("id"))
	m, err := s.store.OpenAsked(ctx, v.Org.ID, id, s.actor(c, v), s.now())
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrGone) {
		return s.decide(c, "", err)
	}
	if err != nil {
		return fmt.Errorf("open what was asked for: %w", err)
	}
	a, err := s.store.Ask(ctx, v.Org.ID, id)
	if err != nil {
		return fmt.Errorf("find ask: %w", err)
	}
	content, _, err := m.Open(ctx, s.keys)
	if err != nil {
		return fmt.Errorf("open message %s: %w", m.ID, err)
	}
	return s.render(c, http.StatusOK, "opened.html", v, openedPage{a, m.ID, m.SenderName, m.Created, a.OpenUntil(), content})
}
