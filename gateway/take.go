package gateway

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"

	"securetext/store"
)

// maxTake is how many bytes the body may have that says who takes a message.
const maxTake = 4 << 10

// takeMessage serves POST /v1/messages/{id}/take: the sender that the body names,
// or else the key's own, has charge of an unread message from now on. It may be any
// of the org's, since an org's webhook tells of all that are overdue.
func (a *API) takeMessage(c echo.Context) error {
	r, who := c.Request(), callerOf(c)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeFor)
	defer cancel()
	address, err := readTake(r)
	if err != nil {
		return err
	}
	m, err := a.toChange(ctx, c, "")
	if err != nil {
		return err
	}
	sender, err := a.taker(ctx, who.sender, address)
	if err != nil {
		return err
	}
	by := store.Actor{Kind: store.BySender, ID: string(sender), Addr: a.clientAddr(r)}
	err = a.Events.Take(ctx, m.Org, m.ID, by, a.Intake.Now())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return errNoMessage
	case errors.Is(err, store.ErrConflict):
		return errSettled
	case err != nil:
		return fmt.Errorf("take message: %w", err)
	}
	return c.NoContent(http.StatusNoContent)
}

// readTake reads the body, which need not be there: {"by": "ana@clinic.example"}.
// An address that it does not name is nil.
func readTake(r *http.Request) (address *string, err error) {
	body := bufio.NewReader(http.MaxBytesReader(nil, r.Body, maxTake))
	if _, err := body.Peek(1); errors.Is(err, io.EOF) {
		return nil, nil
	}
	if !isJSON(r) {
		return nil, errMediaType
	}
	in := newReader(transform.NewReader(body, encoding.UTF8Validator))
	known := members{"by": func(at string) error { address = new(string); return in.text(at, address) }}
	if err = in.object("", known); err == nil {
		err = in.end()
	}
	if err != nil {
		return nil, bodyError(err)
	}
	return address, in.problems()
}

// taker is the sender of an address in the org of the key's, or without one the
// key's own.
func (a *API) taker(ctx context.Context, own store.Sender, address *string) (store.SenderID, error) {
	if address == nil {
		return own.ID, nil
	}
	named, err := a.Intake.Verdicts.SenderByEmail(ctx, strings.ToLower(*address))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", fmt.Errorf("find sender: %w", err)
	}
	if err != nil || named.Org != own.Org {
		return "", invalid{{"/by", "is no sender's address in your organisation"}}
	}
	return named.ID, nil
}
