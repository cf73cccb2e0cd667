package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/disclosure"
)

// eventsLength is how many events a page shows.
const eventsLength = 100

// eventsPage is what events.html shows.
type eventsPage struct {
	Filter  eventFilter
	Kinds   []store.Kind
	People  []named
	Rows    []eventRow
	Older   string
	Export  string // address of the page that exports what is shown
	Problem string // what is wrong: id, number; empty: nothing
}

// named is an id with a name: a person of the staff, a sender.
type named struct{ ID, Name, Group string }

// eventFilter is what events were asked for, as an address says it. Days are those
// of the org's clocks, the last one included.
type eventFilter struct {
	Kind      store.Kind
	Message   store.MessageID
	Recipient store.RecipientID
	Person    string // a person of the staff, a sender or an API key; or an ask of two
	From, To  string // days, as 2026-11-27; empty: open
	Before    int64
}

// eventRow is an event with who caused it in words, and the person it is about
// where its detail begins with one.
type eventRow struct {
	store.Event
	Who   string
	About string
	Rest  string // of the detail
}

// sortedKinds are all kinds by what they are called.
var sortedKinds = func() []store.Kind {
	var list []store.Kind
	for k := range kinds {
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b store.Kind) int { return strings.Compare(kindWords(a), kindWords(b)) })
	return list
}()

// ids are those of messages and recipients. What else somebody typed, such as a
// number, goes into no address and no event.
var (
	ids     = regexp.MustCompile(`^(?:(?:msg|rcp)_[0-9a-hjkmnp-tv-z]{26})?$`)
	persons = regexp.MustCompile(`^(?:(?:(?:stf|snd|ask)_)?[0-9a-hjkmnp-tv-z]{26})?$`)
)

// eventFilterOf is [errNoID] for an id that is none, and [errBadForm] for a day.
func eventFilterOf(get func(string) string) (eventFilter, error) {
	before, _ := strconv.ParseInt(get("before"), 10, 64)
	f := eventFilter{
		Kind: store.Kind(get("kind")), Message: store.MessageID(strings.TrimSpace(get("message"))),
		Recipient: store.RecipientID(strings.TrimSpace(get("recipient"))), Person: get("person"), From: get("from"), To: get("to"), Before: max(0, before),
	}
	if _, known := kinds[f.Kind]; !known {
		f.Kind = ""
	}
	for _, day := range []string{f.From, f.To} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return eventFilter{}, errBadForm
		}
	}
	if !ids.MatchString(string(f.Message)) || !ids.MatchString(string(f.Recipient)) || !persons.MatchString(f.Person) {
		return eventFilter{}, errNoID
	}
	return f, nil
}

// errNoID is for what is no id of ours.
var errNoID = errors.New("no id")

// query is the filter as an address says it, from an event on.
func (f eventFilter) query(before int64) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"kind": string(f.Kind), "message": string(f.Message), "recipient": string(f.Recipient), "person": f.Person, "from": f.From, "to": f.To,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if before != 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	return q.Encode()
}

// of is the filter as the store has it: of the person's org alone.
func (f eventFilter) of(v visit) store.EventFilter {
	zone := zoneOf(v.Org)
	since, _ := time.ParseInLocation(time.DateOnly, f.From, zone)
	until, err := time.ParseInLocation(time.DateOnly, f.To, zone)
	if err == nil {
		until = until.AddDate(0, 0, 1)
	}
	return store.EventFilter{Org: v.Org.ID, Kind: f.Kind, Message: f.Message, Recipient: f.Recipient, Person: f.Person, Since: since, Until: until}
}

// listEvents serves GET /events, the newest first.
func (s *Console) listEvents(c echo.Context, v visit) error {
	f, err := eventFilterOf(c.QueryParam)
	switch {
	case errors.Is(err, errNoID):
		return s.showEvents(c, v, http.StatusUnprocessableEntity, eventsPage{Problem: "id"})
	case err != nil:
		return err
	}
	return s.showEvents(c, v, http.StatusOK, eventsPage{Filter: f})
}

func (s *Console) showEvents(c echo.Context, v visit, status int, p eventsPage) error {
	ctx := c.Request().Context()
	p.Kinds = sortedKinds
	f := p.Filter.of(v)
	f.Newest, f.Before, f.Limit = true, p.Filter.Before, eventsLength+1
	found, err := s.store.Events(ctx, f)
	if err != nil {
		return fmt.Errorf("list events: %w", err)
	}
	if len(found) > eventsLength {
		found = found[:eventsLength]
		p.Older = "/events?" + p.Filter.query(found[len(found)-1].Seq)
	}
	p.Export = exportPath + "?" + p.Filter.query(0)
	var names map[string]string
	if names, p.People, err = s.names(ctx, v); err != nil {
		return err
	}
	p.Rows = rowsOf(found, names)
	return s.render(c, status, "events.html", v, p)
}

// names are those of an org's people and senders, by their ids.
func (s *Console) names(ctx context.Context, v visit) (names map[string]string, list []named, err error) {
	people, err := s.store.Personnel(ctx, v.Org.ID)
	if err != nil {
		return nil, nil, fmt.Errorf("list people: %w", err)
	}
	senders, err := s.store.Senders(ctx, v.Org.ID)
	if err != nil {
		return nil, nil, fmt.Errorf("list senders: %w", err)
	}
	names = map[string]string{}
	for _, p := range people {
		names[string(p.ID)] = p.Name
		list = append(list, named{string(p.ID), p.Name, "Staff"})
	}
	for _, one := range senders {
		names[string(one.ID)] = one.Name
		list = append(list, named{string(one.ID), one.Name, "Senders"})
	}
	return names, list, nil
}

// rowsOf says who caused each event.
func rowsOf(found []store.Event, names map[string]string) []eventRow {
	rows := make([]eventRow, len(found))
	for i, e := range found {
		rows[i] = eventRow{Event: e, Who: who(e.By, names), Rest: e.Detail}
		id, rest, _ := strings.Cut(e.Detail, " ")
		if name := names[id]; name != "" {
			rows[i].About, rows[i].Rest = name, rest
		}
	}
	return rows
}

// who is an actor in words: by name, where there is one.
func who(by store.Actor, names map[string]string) string {
	if name := names[by.ID]; name != "" && (by.Kind == store.ByStaff || by.Kind == store.BySender) {
		return name
	}
	return disclosure.Who(by)
}

// findEvents serves POST /events/find: a number is posted, so that it stands in no
// address, and what else was asked for goes along.
func (s *Console) findEvents(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	id, ok, err := s.recipientOf(c, v, f.line("number"))
	if err != nil {
		return err
	}
	if !ok {
		return s.showEvents(c, v, http.StatusUnprocessableEntity, eventsPage{Problem: "number"})
	}
	return c.Redirect(http.StatusSeeOther, "/events?"+eventFilter{Recipient: id}.query(0))
}
