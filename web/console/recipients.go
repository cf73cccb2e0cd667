package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/pickup/session"
	"securetext/store"
)

// recipientsPage is what recipients.html shows.
type recipientsPage struct{ Problem string }

// recipientPage is what recipient.html shows.
type recipientPage struct {
	store.RecipientInfo
	Ending   string
	Sessions []session.Listed
	Browsers []store.Browser
	Sharing  []sharer // of a number that people share
}

// sharer is one of several people who share a number.
type sharer struct {
	ID     store.RecipientID
	Ending string
}

// showRecipients serves GET /recipients.
func (s *Console) showRecipients(c echo.Context, v visit) error {
	return s.render(c, http.StatusOK, "recipients.html", v, recipientsPage{})
}

// findRecipient serves POST /recipients/find: by number, which stands in no address, or
// by the id of a message.
func (s *Console) findRecipient(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	if id := f.line("message"); id != "" {
		return s.findRecipientOf(c, v, store.MessageID(id))
	}
	id, ok, err := s.recipientOf(c, v, f.line("number"))
	if err != nil {
		return err
	}
	if !ok {
		return s.render(c, http.StatusUnprocessableEntity, "recipients.html", v, recipientsPage{"number"})
	}
	if _, err := s.recipient(c.Request().Context(), v, id); errors.Is(err, store.ErrNotFound) {
		return s.render(c, http.StatusNotFound, "recipients.html", v, recipientsPage{"nobody"})
	} else if err != nil {
		return err
	}
	return toPage(c, pathOf(id), "")
}

// findRecipientOf finds whom a message went to.
func (s *Console) findRecipientOf(c echo.Context, v visit, id store.MessageID) error {
	found, err := s.store.Messages(c.Request().Context(), store.MessageFilter{Org: v.Org.ID, ID: id, Limit: 1})
	if err != nil {
		return fmt.Errorf("find message: %w", err)
	}
	if len(found) == 0 {
		return s.render(c, http.StatusNotFound, "recipients.html", v, recipientsPage{"nomessage"})
	}
	return toPage(c, pathOf(found[0].Recipient), "")
}

func pathOf(id store.RecipientID) string { return "/recipients/" + string(id) }

func (s *Console) recipient(ctx context.Context, v visit, id store.RecipientID) (store.RecipientInfo, error) {
	list, err := s.store.Recipients(ctx, v.Org.ID, []store.RecipientID{id})
	if err != nil {
		return store.RecipientInfo{}, fmt.Errorf("find recipient: %w", err)
	}
	if len(list) == 0 {
		return store.RecipientInfo{}, store.ErrNotFound
	}
	return list[0], nil
}

// showRecipient serves GET /recipients/:id.
func (s *Console) showRecipient(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	r, err := s.recipient(ctx, v, store.RecipientID(c.Param("id")))
	if err != nil {
		return err
	}
	p := recipientPage{RecipientInfo: r}
	if p.Ending, err = s.ending(ctx, r); err != nil {
		return err
	}
	list, err := s.patients.List(ctx, string(v.Org.ID), string(r.ID), s.now())
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	for _, l := range list {
		if l.Epoch == r.Epoch { // an older one shows nothing any more
			p.Sessions = append(p.Sessions, l)
		}
	}
	if p.Browsers, err = s.store.Browsers(ctx, v.Org.ID, r.ID); err != nil {
		return fmt.Errorf("list browsers: %w", err)
	}
	if p.Sharing, err = s.sharing(ctx, v, r); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "recipient.html", v, p)
}

// sharing are the people who share a number, if it is the number's own recipient.
func (s *Console) sharing(ctx context.Context, v visit, r store.RecipientInfo) (list []sharer, err error) {
	ids, err := s.family(ctx, v, r)
	if err != nil {
		return nil, err
	}
	endings, err := s.endings(ctx, v.Org.ID, ids[1:])
	for _, id := range ids[1:] {
		list = append(list, sharer{id, endings[id]})
	}
	return list, err
}

// family are a recipient and, with a number's own, all who share it.
func (s *Console) family(ctx context.Context, v visit, r store.RecipientInfo) ([]store.RecipientID, error) {
	all := []store.RecipientID{r.ID}
	if r.ID != r.Family {
		return all, nil
	}
	others, err := s.store.Family(ctx, v.Org.ID, r.ID)
	if err != nil {
		return nil, fmt.Errorf("list family: %w", err)
	}
	for _, o := range others {
		all = append(all, o.ID)
	}
	return all, nil
}

// toRecipient does something to a recipient of the org, and shows them.
func (s *Console) toRecipient(c echo.Context, v visit, do func(context.Context, store.RecipientInfo, store.Actor) error, done string, otherwise words) error {
	ctx := c.Request().Context()
	r, err := s.recipient(ctx, v, store.RecipientID(c.Param("id")))
	if err != nil {
		return err
	}
	done, err = said(do(ctx, r, s.actor(c, v)), done, otherwise)
	if err != nil {
		return fmt.Errorf("change recipient: %w", err)
	}
	return toPage(c, pathOf(r.ID), done)
}

// revokeRecipient serves POST /recipients/:id/revoke: no session of before is
// honoured from the moment it returns, as the epoch in the store says. With a
// number, of all who share it: a phone that is lost is lost to all of them.
func (s *Console) revokeRecipient(c echo.Context, v visit) error {
	return s.toRecipient(c, v, func(ctx context.Context, r store.RecipientInfo, by store.Actor) error {
		all, err := s.family(ctx, v, r)
		if err != nil {
			return err
		}
		for _, id := range all {
			if err := s.store.RevokeSessions(ctx, v.Org.ID, id, by, s.now()); err != nil {
				return err
			}
			s.tidy(c, s.patients, v.Org.ID, string(id))
		}
		return nil
	}, "revoke", nil)
}

// endSession serves POST /recipients/:id/end: one browser is signed out.
func (s *Console) endSession(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	h := session.Handle(f.get("session"))
	return s.toRecipient(c, v, func(ctx context.Context, r store.RecipientInfo, by store.Actor) error {
		list, err := s.patients.List(ctx, string(v.Org.ID), string(r.ID), s.now())
		if err != nil {
			return err
		}
		for _, l := range list {
			if l.Handle != h {
				continue
			}
			e := store.Event{Org: v.Org.ID, Recipient: r.ID, Kind: store.SessionEnded, By: by, Detail: string(h), At: s.now()}
			if err := s.store.Record(ctx, e); err != nil {
				return err
			}
			if err := s.patients.End(ctx, string(v.Org.ID), string(r.ID), h); err != nil {
				return err
			}
			return s.store.ForgetDrafts(ctx, v.Org.ID, r.ID)
		}
		return nil
	}, "end", nil)
}

// forgetBrowser serves POST /recipients/:id/forget: one that was lost is unknown from
// then on, and no session goes on.
func (s *Console) forgetBrowser(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	return s.toRecipient(c, v, func(ctx context.Context, r store.RecipientInfo, by store.Actor) error {
		err := s.store.ForgetBrowser(ctx, v.Org.ID, r.ID, f.get("browser"), by, s.now())
		if err == nil {
			s.tidy(c, s.patients, v.Org.ID, string(r.ID))
		}
		return err
	}, "forget", words{store.ErrNotFound: "changed"})
}

// unlockRecipient serves POST /recipients/:id/unlock. It opens nothing.
func (s *Console) unlockRecipient(c echo.Context, v visit) error {
	return s.toRecipient(c, v, func(ctx context.Context, r store.RecipientInfo, by store.Actor) error {
		return s.store.UnlockRecipient(ctx, v.Org.ID, r.ID, by, s.now())
	}, "unlock", nil)
}

// resetRecipient serves POST /recipients/:id/reset.
func (s *Console) resetRecipient(c echo.Context, v visit) error {
	return s.toRecipient(c, v, func(ctx context.Context, r store.RecipientInfo, by store.Actor) error {
		err := s.store.ResetRecipient(ctx, v.Org.ID, r.ID, by, s.now())
		if err == nil {
			s.tidy(c, s.patients, v.Org.ID, string(r.ID))
		}
		return err
	}, "reset", nil)
}

// blockRecipient serves POST /recipients/:id/block.
func (s *Console) blockRecipient(c echo.Context, v visit) error {
	return s.toRecipient(c, v, func(ctx context.Context, r store.RecipientInfo, by store.Actor) error {
		return s.store.Refuse(ctx, v.Org.ID, store.Recipient{ID: r.ID}, store.Blocked, by, s.now())
	}, "block", nil)
}

// consents are how a patient who asked for no more texts may have agreed anew.
var consents = map[string]bool{"in_person": true, "signed_form": true, "phone_call": true}

// allowRecipient serves POST /recipients/:id/allow. One who asked for no more texts
// must have agreed anew, and it is on record how.
func (s *Console) allowRecipient(c echo.Context, v visit) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	how := f.get("verified")
	return s.toRecipient(c, v, func(ctx context.Context, r store.RecipientInfo, by store.Actor) error {
		a := store.Allowance{Only: r.Refused}
		switch {
		case r.Refused == "":
			return store.ErrNotFound
		case r.Refused == store.OptedOut && !consents[how]:
			return errNoConsent
		case r.Refused == store.OptedOut:
			a.How = how
		}
		return s.store.Allow(ctx, v.Org.ID, r.ID, a, by, s.now())
	}, "allow", words{store.ErrNotFound: "changed", errNoConsent: "verify"})
}

var errNoConsent = errors.New("nothing says how the patient agreed")
