package twilio

import (
	"context"
	"net/url"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"securetext/sms"
	"securetext/sms/phone"
)

// What Find reads of the list at most.
const (
	pageSize = 100
	maxPages = 5
)

// Find implements [sms.Finder]. The list is asked for by number alone: a filter
// by date would leave out a text that still waits to be sent, which has none.
func (t *Twilio) Find(ctx context.Context, q sms.Query) ([]sms.Found, error) {
	ctx, cancel := context.WithTimeout(ctx, t.config.Timeout)
	defer cancel()
	var found []sms.Found
	token, number := "", ""
	for range maxPages {
		page, err := t.page(ctx, q.To, token, number)
		if err != nil {
			return nil, err
		}
		fresh := foundSince(page.Messages, q.Since)
		found = append(found, fresh...)
		token, number = next(page)
		if token == "" && number == "" || len(fresh) == 0 {
			break
		}
	}
	return found, nil
}

func (t *Twilio) page(ctx context.Context, to phone.Number, token, number string) (*openapi.ListMessageResponse, error) {
	c, cancel := t.ask(ctx, t.base)
	defer cancel()
	p := &openapi.ListMessageParams{}
	p.SetPathAccountSid(t.config.AccountSID)
	p.SetTo(to.E164()).SetPageSize(pageSize)
	page, err := c.api().PageMessage(p, token, number)
	if err != nil {
		return nil, c.failure(err)
	}
	return page, nil
}

// next returns how to ask for the page after this one; both empty: it is the last.
func next(page *openapi.ListMessageResponse) (token, number string) {
	u, err := url.Parse(text(page.NextPageUri))
	if err != nil {
		return "", ""
	}
	return u.Query().Get("PageToken"), u.Query().Get("Page")
}

func foundSince(list []openapi.ApiV2010Message, since time.Time) []sms.Found {
	var found []sms.Found
	for _, m := range list {
		at, err := time.Parse(time.RFC1123Z, text(m.DateCreated))
		if err != nil || at.Before(since.Truncate(time.Second)) || text(m.Sid) == "" {
			continue
		}
		f := sms.Found{ProviderID: text(m.Sid), Body: text(m.Body), At: at, State: states[text(m.Status)]}
		if m.ErrorCode != nil {
			f.Code = short(*m.ErrorCode)
		}
		found = append(found, f)
	}
	return found
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
