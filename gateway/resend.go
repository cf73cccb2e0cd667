package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// resendMessage serves POST /v1/messages/{id}/resend: another text with a fresh
// link. It has no body.
func (a *API) resendMessage(c echo.Context) error {
	r, who := c.Request(), callerOf(c)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeFor)
	defer cancel()
	if !who.sender.Suspended.IsZero() {
		return errSuspended
	}
	by := store.Actor{Kind: store.ByKey, ID: string(who.key.ID), Addr: a.clientAddr(r)}
	err := a.Events.Resend(ctx, who.key.Org, store.MessageID(c.Param("id")), by, a.Intake.Now())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return errNoMessage
	case errors.Is(err, store.ErrGone):
		return errOver
	case errors.Is(err, store.ErrThrottled):
		return later{errResent, store.ResendEvery}
	case errors.Is(err, store.ErrConflict):
		return errWaits
	case err != nil:
		return fmt.Errorf("resend message: %w", err)
	}
	a.Intake.Nudge()
	return c.NoContent(http.StatusNoContent)
}
