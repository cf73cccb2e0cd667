package pickup

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
	"securetext/store/seal"
)

// sentReply is what the recipient wrote back before.
type sentReply struct {
	Sent  time.Time
	Text  []segment
	Files []messageFile
}

// thread loads what was written back, oldest first, and the form to write more, if
// the message takes it. They are a part of the message, and read with it.
func (s *Site) thread(c echo.Context, v visit, viewer store.Viewer, sealed store.Sealed) ([]sentReply, *replyForm, error) {
	if !sealed.Reply {
		return nil, nil, nil
	}
	replies, err := s.store.Replies(c.Request().Context(), sealed.ID, viewer, s.now())
	if err != nil {
		return nil, nil, err
	}
	var sent []sentReply
	for _, r := range replies {
		content, _, err := s.openReply(c, r)
		if err != nil {
			return nil, nil, fmt.Errorf("open reply %s: %w", r.ID, err)
		}
		sent = append(sent, sentReply{Sent: r.Created, Text: segments(content.Text), Files: replyFiles(v, r, content)})
	}
	if len(replies) >= store.MostReplies {
		return sent, nil, nil
	}
	form, err := s.draftForm(c, v, viewer)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, nil, err
	}
	form.Problem = "" // which is for the page that tells of it
	return sent, &form, nil
}

// openReply opens a reply's content; the key opens its files too.
func (s *Site) openReply(c echo.Context, r store.SealedReply) (store.Content, seal.Key, error) {
	key, err := s.keys.DataKey(c.Request().Context(), r.Key, r.Place(seal.PartKey))
	if err != nil {
		return store.Content{}, seal.Key{}, fmt.Errorf("open key: %w", err)
	}
	p, err := key.Open(r.Content, r.Place(seal.PartContent))
	if err != nil {
		return store.Content{}, seal.Key{}, fmt.Errorf("open content: %w", err)
	}
	content, err := store.ParseContent(p)
	return content, key, err
}

func replyFiles(v visit, r store.SealedReply, content store.Content) []messageFile {
	var files []messageFile
	for _, a := range content.Attachments {
		f := messageFile{Href: v.at() + "/reply/" + string(r.ID) + "/a/" + strconv.Itoa(a.Part), Name: a.Name}
		if i := slices.IndexFunc(r.Attachments, func(info store.AttachmentInfo) bool { return info.Part == a.Part }); i >= 0 {
			f.Size = r.Attachments[i].Size
		}
		files = append(files, f)
	}
	return files
}

// sendReplyFile serves GET /m/:token/reply/:reply/a/:part, as saveAttachment does.
func (s *Site) sendReplyFile(c echo.Context, v visit, viewer store.Viewer) error {
	ctx, id := c.Request().Context(), store.ReplyID(c.Param("reply"))
	part, err := strconv.Atoi(c.Param("part"))
	if err != nil {
		return store.ErrNotFound
	}
	f, err := s.store.ReplyFile(ctx, v.message(), id, part, viewer, s.now())
	if err != nil {
		return fmt.Errorf("send file of reply: %w", err)
	}
	content, key, err := s.openReply(c, f.SealedReply)
	if err != nil {
		return fmt.Errorf("send file of reply %s: %w", f.ID, err)
	}
	i := slices.IndexFunc(content.Attachments, func(a store.ContentAttachment) bool { return a.Part == part })
	if i < 0 {
		return store.ErrNotFound
	}
	if err := s.store.ReplyFileRead(ctx, v.message(), id, part, viewer, s.now()); err != nil {
		return fmt.Errorf("send file of reply %s: %w", f.ID, err)
	}
	s.logAttachmentRead(c, v)
	saved(c.Response().Header(), file{ContentAttachment: content.Attachments[i]})
	c.Response().Header().Set(echo.HeaderContentLength, strconv.FormatInt(f.Size, 10))
	c.Response().WriteHeader(http.StatusOK)
	if err := key.OpenChunks(c.Response(), f.Chunks, f.Size, f.Place(part)); err != nil {
		return fmt.Errorf("send file of reply %s: %w", f.ID, err)
	}
	return nil
}
