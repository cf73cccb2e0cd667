package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// sentMessage is one line of the answer to a post: Index is the place of the
// number in "to". A number that was given twice has one message.
type sentMessage struct {
	Index     int             `json:"index"`
	ID        store.MessageID `json:"id"`
	StatusURL string          `json:"status_url"`
}

// sendMessage serves POST /v1/messages. With dry_run=true it says what would
// become of each message, and stores nothing.
func (a *API) sendMessage(c echo.Context) error {
	r, who := c.Request(), callerOf(c)
	dryRun, err := checkRequest(r)
	if err != nil {
		return err
	}
	org, err := a.Intake.Org(r.Context(), who.sender.Org)
	if err != nil {
		return fmt.Errorf("find org: %w", err)
	}
	body := a.Intake.hold(false)
	defer body.release()
	req, err := readRequest(&heldReader{http.MaxBytesReader(c.Response(), r.Body, maxBody), body})
	if err != nil {
		return err
	}
	sub, err := req.submission(org, a.Intake.Now())
	if err != nil {
		return err
	}
	sub.Sender, sub.Via, sub.Test = who.sender, ViaAPI, who.key.Test
	sub.By = store.Actor{Kind: store.ByKey, ID: string(who.key.ID), Addr: a.clientAddr(r)}
	if dryRun {
		return a.tryOut(c, org, sub)
	}
	if sub.Idempotency, err = idempotency(r, a.Intake.Index, sub); err != nil {
		return err
	}
	stored, err := a.store(r.Context(), org, sub)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, map[string]any{"messages": a.sent(sub.To, stored.Messages)})
}

// store outlives a caller who hangs up: what is half done is done.
func (a *API) store(ctx context.Context, org store.Org, sub Submission) (store.Stored, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeFor)
	defer cancel()
	found, err := a.Intake.judge(ctx, org, sub, allOrNone)
	if err != nil {
		return store.Stored{}, err
	}
	if err := found.err(); err != nil {
		return store.Stored{}, err
	}
	stored, err := a.Intake.Accept(ctx, sub)
	if err == nil && len(stored.Messages) != len(distinct(sub.To)) {
		return stored, errors.New("the store gave another number of messages than it was given")
	}
	return stored, err
}

// sent has a line for each number as it was given.
func (a *API) sent(to []Target, ids []store.MessageID) []sentMessage {
	of := make(map[whom]store.MessageID, len(ids))
	for i, t := range distinct(to) {
		of[t.whom()] = ids[i]
	}
	list := make([]sentMessage, len(to))
	for i, t := range to {
		id := of[t.whom()]
		list[i] = sentMessage{i, id, a.PublicURL + "/v1/messages/" + url.PathEscape(string(id))}
	}
	return list
}

// checkRequest refuses a request by its headers and its query, before any of the
// body is read.
func checkRequest(r *http.Request) (dryRun bool, err error) {
	if !isJSON(r) {
		return false, errMediaType
	}
	if r.ContentLength > maxBody {
		return false, errBodySize
	}
	for name, values := range r.URL.Query() {
		if name != dryRunParam || len(values) != 1 || values[0] != "true" && values[0] != "false" {
			return false, invalid{{"", "the query may only be dry_run=true or dry_run=false"}}
		}
		dryRun = values[0] == "true"
	}
	return dryRun, nil
}

func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// heldReader counts what is read of a body.
type heldReader struct {
	io.Reader
	*hold
}

// Read implements [io.Reader].
func (h *heldReader) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	if full := h.grow(n); full != nil {
		return 0, full
	}
	return n, err
}
