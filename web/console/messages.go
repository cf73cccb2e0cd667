package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/person"
	"securetext/store/seal"
)

const (
	listLength = 50
	// mostLooked bounds how many messages are gone through for one page of a state:
	// the state is told by events, and found only by looking.
	mostLooked = 2000
)

// messagesPage is what messages.html shows.
type messagesPage struct {
	Filter   messageFilter
	States   []state
	Rows     []messageRow
	Older    string          // address of the next page; empty: there is none
	Next     store.MessageID // likewise, for what stands in no address
	Own      bool            // only the person's own are shown
	NoSender bool            // nobody sends by the person's address
	Problem  string          // with what was typed to find some; empty: none
}

// messageFilter is what a list was asked for, as its address says it.
type messageFilter struct {
	Status    string
	Days      int
	Reference string // posted, and in no address
	Recipient store.RecipientID
	Before    store.MessageID
}

// messageRow is a line of the list.
type messageRow struct {
	store.MessageInfo
	Ending string // of the number, and whom of those who share it the message is for
	From   string // who sent it
	Ended  bool   // nothing is left to read
}

// State is how far the message got, in words: of one that is gone, whether it was
// read before.
func (r messageRow) State() string {
	switch {
	case r.Status == store.Read || !r.Ended:
		return statusWords(r.Status)
	case !r.Wiped.IsZero() && r.Expired.IsZero():
		return "Wiped, not read"
	}
	return "Over, not read"
}

// state is a choice of the list's filter.
type state struct {
	Name, Words string
	fits        func(m store.MessageInfo, now time.Time) bool // nil: all do
}

// states are the choices: what there is to do first, then how far messages got.
var states = func() []state {
	list := []state{
		{"calls", "Needs somebody", store.MessageInfo.Calls},
		{"replies", "With new replies", func(m store.MessageInfo, now time.Time) bool { return m.Unread > 0 && !m.Over(now) }},
		{"unread", "Not read yet", func(m store.MessageInfo, now time.Time) bool { return m.Status != store.Read && !m.Over(now) }},
		{"lost", "Not delivered", func(m store.MessageInfo, _ time.Time) bool {
			return m.Status == store.Failed || m.Status == store.Undelivered
		}},
	}
	for _, k := range statuses {
		list = append(list, state{string(k), statusWords(k), func(m store.MessageInfo, _ time.Time) bool { return m.Status == k }})
	}
	return list
}()

// stateOf is the state of that name; any other has none.
func stateOf(name string) state {
	for _, s := range states {
		if s.Name == name {
			return s
		}
	}
	return state{}
}

func messageFilterOf(c echo.Context) messageFilter {
	days, _ := strconv.Atoi(c.QueryParam("days"))
	return messageFilter{
		Status: stateOf(c.QueryParam("status")).Name, Days: max(0, min(days, 366)),
		Recipient: store.RecipientID(c.QueryParam("recipient")), Before: store.MessageID(c.QueryParam("before")),
	}
}

// address is that of the list, from a message on.
func (f messageFilter) address(before store.MessageID) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"status": f.Status, "recipient": string(f.Recipient), "before": string(before),
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Days > 0 {
		q.Set("days", strconv.Itoa(f.Days))
	}
	return "/messages?" + q.Encode()
}

// listMessages serves GET /messages: an admin sees all of the org, a sender their own.
func (s *Console) listMessages(c echo.Context, v visit) error {
	return s.showMessages(c, v, messageFilterOf(c), "")
}

// showMessages shows a page of the list, and what is wrong with what was typed to
// find some, if anything.
func (s *Console) showMessages(c echo.Context, v visit, chosen messageFilter, problem string) error {
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	p := messagesPage{Filter: chosen, States: states, Own: !v.Has(store.RoleAdmin), Problem: problem}
	f, err := within(v)
	if errors.Is(err, store.ErrNotFound) {
		p.NoSender = true
		return s.render(c, status, "messages.html", v, p)
	}
	if err != nil {
		return err
	}
	f.Reference, f.Recipient, f.Before, f.Unread = chosen.Reference, chosen.Recipient, chosen.Before, chosen.Status == "replies"
	if p.Filter.Days > 0 {
		f.Since = s.now().AddDate(0, 0, -p.Filter.Days)
	}
	found, last, err := s.gather(c.Request().Context(), f, stateOf(chosen.Status))
	if err != nil {
		return err
	}
	if p.Next = last; last != "" && chosen.Reference == "" {
		p.Older = p.Filter.address(last)
	}
	if p.Rows, err = s.rows(c.Request().Context(), v, found); err != nil {
		return err
	}
	return s.render(c, status, "messages.html", v, p)
}

// gather finds a page of messages of a state, and from which on to look for the next.
func (s *Console) gather(ctx context.Context, f store.MessageFilter, wanted state) (found []store.MessageInfo, last store.MessageID, err error) {
	f.Limit = listLength + 1
	now := s.now()
	for looked := 0; looked < mostLooked; looked += f.Limit {
		some, err := s.store.Messages(ctx, f)
		if err != nil {
			return nil, "", fmt.Errorf("list messages: %w", err)
		}
		for _, m := range some {
			if len(found) == listLength {
				return found, f.Before, nil
			}
			f.Before = m.ID
			if wanted.fits == nil || wanted.fits(m, now) {
				found = append(found, m)
			}
		}
		if len(some) < f.Limit {
			return found, "", nil
		}
	}
	return found, f.Before, nil
}

// rows adds to messages whom they went to and came from.
func (s *Console) rows(ctx context.Context, v visit, found []store.MessageInfo) ([]messageRow, error) {
	var ids []store.RecipientID
	for _, m := range found {
		ids = append(ids, m.Recipient)
	}
	slices.Sort(ids)
	endings, err := s.endings(ctx, v.Org.ID, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	names, err := s.senderNames(ctx, v.Org.ID)
	if err != nil {
		return nil, err
	}
	rows := make([]messageRow, len(found))
	now := s.now()
	for i, m := range found {
		rows[i] = messageRow{m, endings[m.Recipient], names[m.Sender], m.Over(now)}
	}
	return rows, nil
}

// endings are what may be shown of recipients' numbers.
func (s *Console) endings(ctx context.Context, org store.OrgID, ids []store.RecipientID) (map[store.RecipientID]string, error) {
	list, err := s.store.Recipients(ctx, org, ids)
	if err != nil {
		return nil, fmt.Errorf("find recipients: %w", err)
	}
	endings := map[store.RecipientID]string{}
	for _, r := range list {
		if endings[r.ID], err = s.ending(ctx, r); err != nil {
			return nil, err
		}
	}
	return endings, nil
}

// shownDigits is how much of a number staff see: enough to tell patients apart.
const shownDigits = 4

func (s *Console) ending(ctx context.Context, r store.RecipientInfo) (string, error) {
	n, who, err := s.whose(ctx, r)
	ending := string(n[max(0, len(n)-shownDigits):])
	if !who.IsZero() {
		ending += ", for " + who.Written()
	}
	return ending, err
}

// whose opens a recipient's number, and which of those who share it they are.
func (s *Console) whose(ctx context.Context, r store.RecipientInfo) (seal.Plaintext, person.Name, error) {
	key, err := s.keys.DataKey(ctx, r.NumberKey, r.Place())
	if err != nil {
		return nil, person.Name{}, fmt.Errorf("open key of number: %w", err)
	}
	n, err := key.Open(r.Number, r.Place())
	if err != nil {
		return nil, person.Name{}, fmt.Errorf("open number: %w", err)
	}
	who, err := store.OpenPerson(key, r.Person, r.Place())
	return n, who, err
}

func (s *Console) senderNames(ctx context.Context, org store.OrgID) (map[store.SenderID]string, error) {
	list, err := s.store.Senders(ctx, org)
	if err != nil {
		return nil, fmt.Errorf("list senders: %w", err)
	}
	names := map[store.SenderID]string{}
	for _, sender := range list {
		names[sender.ID] = sender.Name
	}
	return names, nil
}

// findMessages serves POST /messages/find. What is searched for is posted, so that it
// stands in no address: of a number, the list's address has its keyed hash.
func (s *Console) findMessages(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	if reference := f.line("reference"); reference != "" {
		return s.showMessages(c, v, messageFilter{Reference: reference, Before: store.MessageID(f.line("before"))}, "")
	}
	id, ok, err := s.recipientOf(c, v, f.line("number"))
	if err != nil {
		return err
	}
	if !ok {
		return s.showMessages(c, v, messageFilter{}, "number")
	}
	return c.Redirect(http.StatusSeeOther, messageFilter{Recipient: id}.address(""))
}

// recipientOf is a number's own recipient, as it was typed; false: it is no number.
func (s *Console) recipientOf(c echo.Context, v visit, typed string) (store.RecipientID, bool, error) {
	n, err := phone.Parse(typed, v.Org.Region)
	if err != nil {
		return "", false, nil
	}
	id, err := store.IDOf(c.Request().Context(), s.store, s.index, store.Whom{Org: v.Org.ID, Number: n.E164()})
	return id, true, err
}
