package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"securetext/sms/phone"
	"securetext/store"
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
	Statuses []store.Kind
	Rows     []messageRow
	Older    string // address of the next page; empty: there is none
	Own      bool   // only the person's own are shown
	NoSender bool   // nobody sends by the person's address
	Problem  string
}

// messageFilter is what a list was asked for, as its address says it.
type messageFilter struct {
	Status    store.Kind
	Days      int
	Reference string
	Recipient store.RecipientID
	Before    store.MessageID
}

// messageRow is a line of the list.
type messageRow struct {
	store.MessageInfo
	Ending string // of the number, and whom of those who share it the message is for
	From   string // who sent it
}

// State is how far the message got, in words: of one that is gone, whether it was
// read before.
func (r messageRow) State() string {
	switch {
	case r.Status == store.Read || r.Wiped.IsZero():
		return statusWords(r.Status)
	case r.Expired.IsZero():
		return "Wiped, not read"
	}
	return "Over, not read"
}

func messageFilterOf(c echo.Context) messageFilter {
	days, _ := strconv.Atoi(c.QueryParam("days"))
	f := messageFilter{
		Status: store.Kind(c.QueryParam("status")), Days: max(0, min(days, 366)), Reference: strings.TrimSpace(c.QueryParam("reference")),
		Recipient: store.RecipientID(c.QueryParam("recipient")), Before: store.MessageID(c.QueryParam("before")),
	}
	if !slices.Contains(statuses, f.Status) {
		f.Status = ""
	}
	return f
}

// address is that of the list, from a message on.
func (f messageFilter) address(before store.MessageID) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"status": string(f.Status), "reference": f.Reference, "recipient": string(f.Recipient), "before": string(before),
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
	return s.showMessages(c, v, http.StatusOK, "")
}

func (s *Console) showMessages(c echo.Context, v visit, status int, problem string) error {
	p := messagesPage{Filter: messageFilterOf(c), Statuses: statuses, Own: !v.Has(store.RoleAdmin), Problem: problem}
	f, err := s.within(c, v)
	if errors.Is(err, store.ErrNotFound) {
		p.NoSender = true
		return s.render(c, status, "messages.html", v, p)
	}
	if err != nil {
		return err
	}
	f.Reference, f.Recipient, f.Before = p.Filter.Reference, p.Filter.Recipient, p.Filter.Before
	if p.Filter.Days > 0 {
		f.Since = s.now().AddDate(0, 0, -p.Filter.Days)
	}
	found, last, err := s.look(c.Request().Context(), f, p.Filter.Status)
	if err != nil {
		return err
	}
	if last != "" {
		p.Older = p.Filter.address(last)
	}
	if p.Rows, err = s.rows(c.Request().Context(), v, found); err != nil {
		return err
	}
	return s.render(c, status, "messages.html", v, p)
}

// within are the messages that the person may see: all of the org, or those of the
// sender of their address. It is [store.ErrNotFound] when there is no such sender.
func (s *Console) within(c echo.Context, v visit) (store.MessageFilter, error) {
	f := store.MessageFilter{Org: v.Org.ID}
	if v.Has(store.RoleAdmin) {
		return f, nil
	}
	own, err := s.ownSender(c.Request().Context(), v)
	f.Sender = own.ID
	return f, err
}

// ownSender is who sends by the person's address.
func (s *Console) ownSender(ctx context.Context, v visit) (store.Sender, error) {
	own, err := s.store.SenderByEmail(ctx, v.Email)
	if err == nil && own.Org != v.Org.ID {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Sender{}, fmt.Errorf("find own sender: %w", err)
	}
	return own, nil
}

// look finds a page of messages of a state, and from which on to look for the next.
func (s *Console) look(ctx context.Context, f store.MessageFilter, status store.Kind) (found []store.MessageInfo, last store.MessageID, err error) {
	f.Limit = listLength + 1
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
			if status == "" || m.Status == status {
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
	for i, m := range found {
		rows[i] = messageRow{m, endings[m.Recipient], names[m.Sender]}
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
	key, err := s.keys.DataKey(ctx, r.NumberKey, r.Place())
	if err != nil {
		return "", fmt.Errorf("open key of number: %w", err)
	}
	n, err := key.Open(r.Number, r.Place())
	if err != nil {
		return "", fmt.Errorf("open number: %w", err)
	}
	ending := string(n[max(0, len(n)-shownDigits):])
	who, err := store.OpenPerson(key, r.Person, r.Place())
	if err == nil && !who.IsZero() {
		ending += ", for " + who.Written()
	}
	return ending, err
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

// findMessages serves POST /messages/find. A number is posted, so that it stands
// in no address, and the list's address has its keyed hash.
func (s *Console) findMessages(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	id, ok, err := s.recipientOf(c, v, f.line("number"))
	if err != nil {
		return err
	}
	if !ok {
		return s.showMessages(c, v, http.StatusUnprocessableEntity, "number")
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
