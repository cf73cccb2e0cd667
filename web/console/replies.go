package console

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/web"
	"securetext/web/letter"
)

// repliesPage is what replies.html shows.
type repliesPage struct {
	Row     messageRow
	Written []letter.Written
	More    bool // another may come
}

// readReplies serves GET /messages/:id/replies: what was written back, to who wrote
// the message. Each reading is on record before it is shown.
func (s *Console) readReplies(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	m, err := s.ownMessage(c, v)
	if err != nil {
		return err
	}
	if web.Prefetch(c.Request()) {
		return errPrefetch
	}
	list, err := s.store.OpenReplies(ctx, s.correspondent(c, v), m.ID, s.now())
	if errors.Is(err, store.ErrGone) {
		return toPage(c, "/messages/"+string(m.ID), "over")
	}
	if err != nil {
		return fmt.Errorf("open replies: %w", err)
	}
	rows, err := s.rows(ctx, v, []store.MessageInfo{m})
	if err != nil {
		return err
	}
	p := repliesPage{Row: rows[0], More: len(list) < store.MostReplies}
	for _, r := range list {
		content, _, err := r.Open(ctx, s.keys)
		if err != nil {
			return fmt.Errorf("open reply %s: %w", r.ID, err)
		}
		p.Written = append(p.Written, letter.NewWritten("/messages/"+string(m.ID), r, content))
	}
	return s.render(c, http.StatusOK, "replies.html", v, p)
}

// replyFile opens the file of a reply that the address names.
func (s *Console) replyFile(c echo.Context, v visit) (letter.File, error) {
	ctx := c.Request().Context()
	part, err := strconv.Atoi(c.Param("part"))
	if err != nil {
		return letter.File{}, store.ErrNotFound
	}
	if web.Prefetch(c.Request()) {
		return letter.File{}, errPrefetch
	}
	r, err := s.store.OpenReplyFile(ctx, s.correspondent(c, v), store.MessageID(c.Param("id")), store.ReplyID(c.Param("reply")), part, s.now())
	if err != nil {
		return letter.File{}, fmt.Errorf("open file of reply: %w", err)
	}
	content, key, err := r.Open(ctx, s.keys)
	if err != nil {
		return letter.File{}, fmt.Errorf("open file of reply %s: %w", r.ID, err)
	}
	f, ok := letter.ReplyFileOf(r, content, key)
	if !ok {
		return letter.File{}, store.ErrNotFound
	}
	return f, nil
}

// saveReplyFile serves GET /messages/:id/reply/:reply/a/:part, as a download.
func (s *Console) saveReplyFile(c echo.Context, v visit) error {
	f, err := s.replyFile(c, v)
	if err != nil {
		return err
	}
	return save(c, f)
}

// viewReplyFile serves GET /messages/:id/reply/:reply/a/:part/view, a page around it.
func (s *Console) viewReplyFile(c echo.Context, v visit) error {
	f, err := s.replyFile(c, v)
	if err != nil {
		return err
	}
	message := "/messages/" + c.Param("id")
	at := message + "/reply/" + c.Param("reply") + "/a/" + strconv.Itoa(f.Part)
	p, err := letter.NewView(message+"/replies", at, f, c.QueryParam("size") == "large")
	if err != nil {
		return fmt.Errorf("view file of reply: %w", err)
	}
	return s.render(c, http.StatusOK, "view.html", v, p)
}

// showReplyFile serves GET /messages/:id/reply/:reply/a/:part/shown: what that page
// shows.
func (s *Console) showReplyFile(c echo.Context, v visit) error {
	f, err := s.replyFile(c, v)
	if err != nil {
		return err
	}
	return show(c, f)
}
