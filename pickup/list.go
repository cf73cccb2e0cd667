package pickup

import (
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/web"
)

// mostListed is how many other messages a page lists.
const mostListed = 20

// listedMessage is one of the clinic's other messages. What it is about stays
// sealed until it is opened.
type listedMessage struct {
	Href string
	From string
	Sent time.Time
	Read bool
}

// other lets a page be about another message of the recipient's than the link's,
// while the session lives.
func (s *Site) other(next func(echo.Context, visit, store.Viewer) error) func(echo.Context, visit) error {
	return s.signedIn(func(c echo.Context, v visit, viewer store.Viewer) error {
		v.Other = store.MessageID(c.Param("id"))
		c.Set(visitKey, v)
		return next(c, v, viewer)
	})
}

// sealed loads the message that the visit is about.
func (s *Site) sealed(c echo.Context, v visit, viewer store.Viewer) (store.Sealed, error) {
	ctx := c.Request().Context()
	if v.Other == "" {
		return s.store.Message(ctx, v.Token.Hash(), viewer, s.now())
	}
	m, err := s.store.MessageByID(ctx, v.Other, viewer, s.now())
	if err == nil {
		web.SetLanguage(c, m.Lang)
	}
	return m, err
}

// attachment loads a part of the message that the visit is about.
func (s *Site) attachment(c echo.Context, v visit, part int, viewer store.Viewer) (store.SealedAttachment, error) {
	ctx := c.Request().Context()
	if v.Other == "" {
		return s.store.Attachment(ctx, v.Token.Hash(), part, viewer, s.now())
	}
	return s.store.AttachmentByID(ctx, v.Other, part, viewer, s.now())
}

// listed are the newest messages of the recipient's, but the one that is shown and
// those that stand in its thread.
func (s *Site) listed(c echo.Context, v visit, viewer store.Viewer, threaded map[store.MessageID]bool) ([]listedMessage, error) {
	inbox, err := s.store.Inbox(c.Request().Context(), viewer, s.now(), mostListed+1+len(threaded))
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	var list []listedMessage
	for _, m := range inbox {
		if m.ID == v.message() || threaded[m.ID] || len(list) == mostListed {
			continue
		}
		list = append(list, listedMessage{
			Href: v.about(m.ID).at(), From: firstOf(m.SenderName, v.Link.OrgName), Sent: m.Created, Read: m.Read,
		})
	}
	return list, nil
}
