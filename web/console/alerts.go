package console

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// alertsLength is how many alerts a page shows.
const alertsLength = 50

// alertsPage is what alerts.html shows.
type alertsPage struct {
	All   bool
	Rows  []alertRow
	Older string
}

// alertRow is an alert with whom it is about in words, and where there is more.
type alertRow struct {
	store.Alert
	About string
	More  string // address of the events, for auditors; of the patient or the sender, for admins
	Whose string // who took note
}

// listAlerts serves GET /alerts: those that nobody took note of, or all.
func (s *Console) listAlerts(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	p := alertsPage{All: c.QueryParam("all") != ""}
	found, err := s.store.Alerts(ctx, store.AlertFilter{
		Org: v.Org.ID, Open: !p.All, Before: store.AlertID(c.QueryParam("before")), Limit: alertsLength + 1,
	})
	if err != nil {
		return fmt.Errorf("list alerts: %w", err)
	}
	if len(found) > alertsLength {
		found = found[:alertsLength]
		p.Older = "/alerts?before=" + string(found[len(found)-1].ID)
		if p.All {
			p.Older += "&all=yes"
		}
	}
	names, _, err := s.names(ctx, v)
	if err != nil {
		return err
	}
	for _, a := range found {
		p.Rows = append(p.Rows, alertRowOf(a, v, names))
	}
	return s.render(c, http.StatusOK, "alerts.html", v, p)
}

func alertRowOf(a store.Alert, v visit, names map[string]string) alertRow {
	id, addr, _ := strings.Cut(a.Subject, " ")
	row := alertRow{Alert: a, About: id, Whose: names[string(a.SeenBy)]}
	if name := names[id]; name != "" {
		row.About = name
	}
	if addr != "" {
		row.About += ", from " + addr
	}
	switch {
	case strings.HasPrefix(id, "ask_") && v.Has(store.RoleAdmin):
		row.More = askPath(store.AskID(id))
	case strings.HasPrefix(id, "ask_"):
		row.More = "/events?person=" + id
	case strings.HasPrefix(id, "rcp_") && v.Has(store.RoleAdmin):
		row.More = pathOf(store.RecipientID(id))
	case strings.HasPrefix(id, "rcp_"):
		row.More = "/events?recipient=" + id
	case persons.MatchString(id) && v.Has(store.RoleAuditor):
		row.More = "/events?person=" + id
	case strings.HasPrefix(id, "stf_"):
		row.More = "/people/" + id
	case strings.HasPrefix(id, "snd_"):
		row.More = "/senders/" + id
	}
	return row
}

// seeAlert serves POST /alerts/:id/seen.
func (s *Console) seeAlert(c echo.Context, v visit) error {
	err := s.store.SeeAlert(c.Request().Context(), v.Org.ID, store.AlertID(c.Param("id")), s.actor(c, v), s.now())
	done, err := said(err, "seen", words{store.ErrConflict: "seenby"})
	if err != nil {
		return fmt.Errorf("take note of alert: %w", err)
	}
	return toPage(c, "/alerts", done)
}

// alertRulesPage is what alertrules.html shows.
type alertRulesPage struct {
	store.AlertRules
	Problem string // mail, or the name of a number
}

// ruleNumber is a field of the form.
type ruleNumber struct {
	Name, Label string
	Value       int
	Wrong       bool
}

// Numbers are the fields of the form.
func (p alertRulesPage) Numbers() []ruleNumber {
	list := []ruleNumber{
		{"volume", "Messages of one sender in a day, at least", p.Volume, false},
		{"factor", "and so many times its usual day", p.Factor, false},
		{"refusals", "Wrong passwords, codes and keys about one in an hour", p.Refusals, false},
		{"reading", "Looks at messages by one reader in an hour", p.Reading, false},
		{"wipes", "Messages destroyed by one person in a day", p.Wipes, false},
	}
	for i := range list {
		list[i].Wrong = list[i].Name == p.Problem
	}
	return list
}

// showAlertRules serves GET /alerts/rules.
func (s *Console) showAlertRules(c echo.Context, v visit) error {
	r, err := s.store.AlertRules(c.Request().Context(), v.Org.ID)
	if err != nil {
		return fmt.Errorf("find alert rules: %w", err)
	}
	return s.render(c, http.StatusOK, "alertrules.html", v, alertRulesPage{AlertRules: r})
}

// mostOfRule bounds the numbers of rules: what is more is a slip.
const mostOfRule = 1_000_000

// setAlertRules serves POST /alerts/rules.
func (s *Console) setAlertRules(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := alertRulesPage{AlertRules: store.AlertRules{Mail: f.line("mail"), Places: f.has("places", "yes")}}
	if p.Mail != "" && (!isAddress(p.Mail) || len(p.Mail) > maxName) {
		p.Problem = "mail"
	}
	for name, into := range map[string]*int{
		"volume": &p.Volume, "factor": &p.Factor, "refusals": &p.Refusals, "reading": &p.Reading, "wipes": &p.Wipes,
	} {
		if *into, err = strconv.Atoi(f.line(name)); err != nil || *into < 0 || *into > mostOfRule {
			*into, p.Problem = 0, name
		}
	}
	if p.Problem != "" {
		return s.render(c, http.StatusUnprocessableEntity, "alertrules.html", v, p)
	}
	if err := s.store.SetAlertRules(c.Request().Context(), v.Org.ID, p.AlertRules, s.actor(c, v), s.now()); err != nil {
		return fmt.Errorf("set alert rules: %w", err)
	}
	return toPage(c, "/alerts", "rules")
}
