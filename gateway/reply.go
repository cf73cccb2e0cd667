package gateway

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// repliedMessage is what a recipient wrote back, in full: it is made for the
// answer, and goes nowhere else.
type repliedMessage struct {
	ID    store.ReplyID `json:"id"`
	At    time.Time     `json:"at"`
	Text  string        `json:"text"`
	Files []repliedFile `json:"files"`
}

// repliedFile is a file of a reply: Part ends its address.
type repliedFile struct {
	Part int    `json:"part"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// showReplies serves GET /v1/messages/{id}/replies: those to a message of the
// key's own sender. Each is an event before it is shown.
func (a *API) showReplies(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), storeFor)
	defer cancel()
	who, err := a.correspondent(c)
	if err != nil {
		return err
	}
	sealed, err := a.Events.OpenReplies(ctx, who, store.MessageID(c.Param("id")), a.Intake.Now())
	if err != nil {
		return noThread("open replies", err)
	}
	list := make([]repliedMessage, len(sealed))
	for i, r := range sealed {
		content, _, err := r.Open(ctx, a.Intake.Keys)
		if err != nil {
			return fmt.Errorf("open reply %s: %w", r.ID, err)
		}
		list[i] = replyOf(r, content)
	}
	return c.JSON(http.StatusOK, map[string]any{"replies": list})
}

// correspondent is the sender whose replies the key may read.
func (a *API) correspondent(c echo.Context) (store.Correspondent, error) {
	who := callerOf(c)
	if !who.sender.Suspended.IsZero() {
		return store.Correspondent{}, errSuspended
	}
	return store.Correspondent{Org: who.key.Org, Sender: who.key.Sender, Test: who.key.Test, By: a.keyActor(c)}, nil
}

// noThread is the error of a message that is not there to be read about.
func noThread(op string, err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return errNoMessage
	case errors.Is(err, store.ErrGone):
		return errOver
	}
	return fmt.Errorf("%s: %w", op, err)
}

func replyOf(r store.SealedReply, content store.Content) repliedMessage {
	shown := repliedMessage{ID: r.ID, At: r.Created.UTC(), Text: content.Text, Files: []repliedFile{}}
	for _, a := range content.Attachments {
		f := repliedFile{Part: a.Part, Name: a.Name, Type: a.Type}
		if i := slices.IndexFunc(r.Attachments, func(info store.AttachmentInfo) bool { return info.Part == a.Part }); i >= 0 {
			f.Size = r.Attachments[i].Size
		}
		shown.Files = append(shown.Files, f)
	}
	return shown
}

// sendReplyFile serves GET /v1/messages/{id}/replies/{reply}/files/{part}, opened
// piece by piece. If a piece does not open, the answer breaks off short of its
// length.
func (a *API) sendReplyFile(c echo.Context) error {
	ctx := c.Request().Context()
	who, err := a.correspondent(c)
	if err != nil {
		return err
	}
	part, err := strconv.Atoi(c.Param("part"))
	if err != nil {
		return errNoMessage
	}
	f, err := a.Events.OpenReplyFile(ctx, who, store.MessageID(c.Param("id")), store.ReplyID(c.Param("reply")), part, a.Intake.Now())
	if err != nil {
		return noThread("open file of reply", err)
	}
	content, key, err := f.Open(ctx, a.Intake.Keys)
	if err != nil {
		return fmt.Errorf("open reply %s: %w", f.ID, err)
	}
	i := slices.IndexFunc(content.Attachments, func(a store.ContentAttachment) bool { return a.Part == part })
	if i < 0 {
		return errNoMessage
	}
	setFileHeaders(c.Response().Header(), content.Attachments[i], f.Size)
	c.Response().WriteHeader(http.StatusOK)
	if err := key.OpenChunks(c.Response(), f.Chunks, f.Size, f.Place(part)); err != nil {
		return fmt.Errorf("send file of reply %s: %w", f.ID, err)
	}
	return nil
}

// setFileHeaders keeps a browser from showing what a program should get (S20).
func setFileHeaders(h http.Header, a store.ContentAttachment, size int64) {
	h.Set("Content-Type", a.Type)
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
}
