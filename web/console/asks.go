package console

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

const (
	// asksLength is how many asks the list shows, and askedLength how many messages
	// the page of one does; the file has all of them.
	asksLength, askedLength = 100, 50
)

// asksPage is what asks.html shows.
type asksPage struct{ Rows []askRow }

// askRow is an ask with the names of those who asked and approved.
type askRow struct {
	store.Ask
	Asker, Second string
	Over          bool // nobody approved it in time
}

// Words are how far the ask got.
func (r askRow) Words() string {
	switch {
	case r.Over:
		return "Over: nobody approved it within a day"
	case r.State == store.AskOpen:
		return "Waits for another admin"
	case r.State == store.AskWithdrawn:
		return "Withdrawn"
	case r.State == store.AskDone:
		return "Done"
	case r.Kind == store.AskEmergency:
		return "Approved"
	}
	return "Being wiped"
}

// askPage is what ask.html shows.
type askPage struct {
	askRow
	Own      bool
	Messages []store.MessageID // the first of them
	Readable bool              // the person may open it now
}

// listAsks serves GET /asks.
func (s *Console) listAsks(c echo.Context, v visit) error {
	list, err := s.store.Asks(c.Request().Context(), v.Org.ID, asksLength)
	if err != nil {
		return fmt.Errorf("list asks: %w", err)
	}
	var p asksPage
	names, _, err := s.names(c.Request().Context(), v)
	if err != nil {
		return err
	}
	for _, a := range list {
		p.Rows = append(p.Rows, s.askRowOf(a, names))
	}
	return s.render(c, http.StatusOK, "asks.html", v, p)
}

func (s *Console) askRowOf(a store.Ask, names map[string]string) askRow {
	return askRow{
		Ask: a, Asker: names[string(a.By)], Second: names[string(a.Approver)],
		Over: a.State == store.AskOpen && !s.now().Before(a.Until()),
	}
}

// showAsk serves GET /asks/:id.
func (s *Console) showAsk(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	a, err := s.store.Ask(ctx, v.Org.ID, store.AskID(c.Param("id")))
	if err != nil {
		return fmt.Errorf("find ask: %w", err)
	}
	names, _, err := s.names(ctx, v)
	if err != nil {
		return err
	}
	p := askPage{askRow: s.askRowOf(a, names), Own: a.By == v.ID}
	p.Readable = p.Own && a.Kind == store.AskEmergency && a.State == store.AskApproved && s.now().Before(a.OpenUntil())
	if p.Messages, err = s.store.AskedMessages(ctx, v.Org.ID, a.ID, "", askedLength); err != nil {
		return fmt.Errorf("list asked messages: %w", err)
	}
	return s.render(c, http.StatusOK, "ask.html", v, p)
}

// listAsked serves GET /asks/:id/messages: the ids of all messages of an ask, a line
// each, of which the digest is.
func (s *Console) listAsked(c echo.Context, v visit) error {
	ctx, id := c.Request().Context(), store.AskID(c.Param("id"))
	ids, err := s.store.AskedMessages(ctx, v.Org.ID, id, "", store.MostAsked)
	if err != nil {
		return fmt.Errorf("list asked messages: %w", err)
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/plain; charset=utf-8")
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s.txt"`, id))
	c.Response().WriteHeader(http.StatusOK)
	for _, m := range ids {
		if _, err := fmt.Fprintln(c.Response(), m); err != nil {
			return err
		}
	}
	return nil
}

// approve serves POST /asks/:id/approve, by another admin than who asked.
func (s *Console) approve(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	return s.decide(c, "approve", s.store.Approve(c.Request().Context(), v.Org.ID, store.AskID(c.Param("id")), f.get("digest"), s.actor(c, v), s.now()))
}

// withdraw serves POST /asks/:id/withdraw, by who asked.
func (s *Console) withdraw(c echo.Context, v visit) error {
	return s.decide(c, "withdraw", s.store.Withdraw(c.Request().Context(), v.Org.ID, store.AskID(c.Param("id")), s.actor(c, v), s.now()))
}

// decide shows the ask again, with what was done.
func (s *Console) decide(c echo.Context, done string, err error) error {
	done, err = said(err, done, words{store.ErrConflict: "notyours", store.ErrGone: "toolate"})
	if err != nil {
		return fmt.Errorf("%s ask: %w", done, err)
	}
	return toPage(c, askPath(store.AskID(c.Param("id"))), done)
}

func askPath(id store.AskID) string { return "/asks/" + string(id) }

// ticket is what a reference may be: letters of which no sentence is made.
var ticket = regexp.MustCompile(`^[A-Za-z0-9._:-]{0,64}$`)

// why reads the reason and the reference of a form, and says which of them is wrong.
func why(f form, reasons []reasonChoice) (a store.Ask, problem string) {
	a.Reason, a.Reference = f.get("reason"), f.line("ticket")
	if !ticket.MatchString(a.Reference) {
		problem = "ticket"
	}
	for _, r := range reasons {
		if r.Code == a.Reason {
			return a, problem
		}
	}
	a.Reason = ""
	return a, "reason"
}

// newWipePage is what newwipe.html shows.
type newWipePage struct {
	store.Ask
	Reasons              []reasonChoice
	Senders              []store.Sender
	Sender               store.SenderID
	From, To, References string
	Problem              string // reason, ticket, number, days, nothing, none, many
}

// showNewWipe serves GET /asks/new.
func (s *Console) showNewWipe(c echo.Context, v visit) error {
	return s.wipeForm(c, v, http.StatusOK, newWipePage{})
}

func (s *Console) wipeForm(c echo.Context, v visit, status int, p newWipePage) (err error) {
	p.Reasons = wipeReasons
	if p.Senders, err = s.store.Senders(c.Request().Context(), v.Org.ID); err != nil {
		return fmt.Errorf("list senders: %w", err)
	}
	return s.render(c, status, "newwipe.html", v, p)
}

// askToWipe serves POST /asks/new: for the messages that are there now, and selected.
func (s *Console) askToWipe(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := newWipePage{Sender: store.SenderID(f.get("sender")), From: f.line("from"), To: f.line("to"), References: f.get("references")}
	p.Ask, p.Problem = why(f, wipeReasons)
	sel, problem, err := s.selection(c, v, p, f.line("number"))
	if err != nil {
		return err
	}
	if p.Problem == "" {
		p.Problem = problem
	}
	if p.Problem != "" {
		return s.wipeForm(c, v, http.StatusUnprocessableEntity, p)
	}
	p.Ask.ID, p.Ask.Org = store.NewAskID(s.now()), v.Org.ID
	a, err := s.store.AskToWipe(c.Request().Context(), p.Ask, sel, s.actor(c, v), s.now())
	switch {
	case errors.Is(err, store.ErrNotFound):
		p.Problem = "none"
	case errors.Is(err, store.ErrCrowded):
		p.Problem = "many"
	case err != nil:
		return fmt.Errorf("ask to wipe: %w", err)
	default:
		return toPage(c, askPath(a.ID), "asked")
	}
	return s.wipeForm(c, v, http.StatusUnprocessableEntity, p)
}

// mostReferences bounds a list of references.
const mostReferences = 1000

// selection reads which messages are meant.
func (s *Console) selection(c echo.Context, v visit, p newWipePage, number string) (sel store.Selection, problem string, err error) {
	days := eventFilter{From: p.From, To: p.To}.of(v)
	sel = store.Selection{Sender: p.Sender, Since: days.Since, Until: days.Until, References: ticketsOf(p.References)}
	for _, day := range []string{p.From, p.To} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return sel, "days", nil
		}
	}
	if number != "" {
		id, ok, err := s.recipientOf(c, v, number)
		if err != nil {
			return sel, "", err
		}
		if sel.Recipient = id; !ok {
			return sel, "number", nil
		}
	}
	switch {
	case len(sel.References) > mostReferences:
		return sel, "many", nil
	case sel.Sender == "" && sel.Recipient == "" && p.From == "" && p.To == "" && len(sel.References) == 0:
		return sel, "nothing", nil
	}
	return sel, "", nil
}
