package pickup

import (
	"cmp"
	"fmt"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/web/letter"
)

// mostThreaded is how much of a thread a page lists.
const mostThreaded = 40

// conversation is what else is in the thread of the message that is shown, newest
// first, and which messages those are.
func (s *Site) conversation(c echo.Context, v visit, viewer store.Viewer) ([]letter.Threaded, map[store.MessageID]bool, error) {
	thread, err := s.store.Thread(c.Request().Context(), v.message(), viewer, s.now(), mostThreaded)
	if err != nil {
		return nil, nil, fmt.Errorf("list thread: %w", err)
	}
	var list []letter.Threaded
	threaded := map[store.MessageID]bool{}
	for _, t := range thread {
		threaded[t.Message] = true
		m := letter.Threaded{Href: v.about(t.Message).at(), Sent: t.Created, Read: t.Read}
		if t.Reply != "" {
			m.Href += "#replies"
		} else {
			m.From = cmp.Or(t.SenderName, v.Link.OrgName)
		}
		list = append(list, m)
	}
	return list, threaded, nil
}
