package pickup

import (
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// mostThreaded is how much of a thread a page lists.
const mostThreaded = 40

// threadedMessage is another message of a thread, or that its recipient wrote back to
// it. What either says is behind the link, and read there.
type threadedMessage struct {
	Href string
	From string // empty: the recipient
	Sent time.Time
	Read bool
}

// conversation is what else is in the thread of the message that is shown, newest
// first, and which messages those are.
func (s *Site) conversation(c echo.Context, v visit, viewer store.Viewer) ([]threadedMessage, map[store.MessageID]bool, error) {
	thread, err := s.store.Thread(c.Request().Context(), v.message(), viewer, s.now(), mostThreaded)
	if err != nil {
		return nil, nil, fmt.Errorf("list thread: %w", err)
	}
	var list []threadedMessage
	threaded := map[store.MessageID]bool{}
	for _, t := range thread {
		threaded[t.Message] = true
		m := threadedMessage{Href: v.about(t.Message).at(), Sent: t.Created, Read: t.Read}
		if t.Reply != "" {
			m.Href += "#replies"
		} else {
			m.From = firstOf(t.SenderName, v.Link.OrgName)
		}
		list = append(list, m)
	}
	return list, threaded, nil
}
