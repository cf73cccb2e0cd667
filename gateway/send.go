package gateway

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"securetext/sms/phone"
	"securetext/store"
)

// sentMessage is one line of the answer to a post: Index is the place of the
// number in "to". A number that was given twice has one message.
type sentMessage struct {
	Index     int             `json:"index"`
	ID        store.MessageID `json:"id"`
	StatusURL string          `json:"status_url"`
}

// sendMessage serves POST /v1/messages.
func (a *API) sendMessage(c echo.Context) error {
	r, who := c.Request(), callerOf(c)
	if err := checkHeaders(r); err != nil {
		return err
	}
	org, err := a.Intake.Org(r.Context(), who.sender.Org)
	if err != nil {
		return fmt.Errorf("find org: %w", err)
	}
	req, err := readRequest(http.MaxBytesReader(c.Response(), r.Body, maxBody))
	if err != nil {
		return err
	}
	sub, err := req.submission(org.Region)
	if err != nil {
		return err
	}
	sub.Sender, sub.Via = who.sender, ViaAPI
	sub.By = store.Actor{Kind: store.ByKey, ID: string(who.key.ID), Addr: a.clientAddr(r)}
	if sub.Idempotency, err = idempotency(r, sub); err != nil {
		return err
	}
	stored, err := a.store(r.Context(), sub)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, map[string]any{"messages": a.sent(sub.To, stored.Messages)})
}

// store outlives a caller who hangs up: what is half done is done.
func (a *API) store(ctx context.Context, sub Submission) (store.Stored, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeFor)
	defer cancel()
	stored, err := a.Intake.Accept(ctx, sub)
	if err == nil && len(stored.Messages) != len(distinct(sub.To)) {
		return stored, errors.New("the store gave another number of messages than it was given")
	}
	return stored, err
}

// sent has a line for each number as it was given.
func (a *API) sent(to []phone.Number, ids []store.MessageID) []sentMessage {
	of := make(map[phone.Number]store.MessageID, len(ids))
	for i, n := range distinct(to) {
		of[n] = ids[i]
	}
	list := make([]sentMessage, len(to))
	for i, n := range to {
		list[i] = sentMessage{i, of[n], a.PublicURL + "/v1/messages/" + url.PathEscape(string(of[n]))}
	}
	return list
}

// checkHeaders refuses a body by its headers, before any of it is read.
func checkHeaders(r *http.Request) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return errMediaType
	}
	if r.ContentLength > maxBody {
		return errBodySize
	}
	return nil
}
