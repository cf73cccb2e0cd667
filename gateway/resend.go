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
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), storeFor)
	defer cancel()
	m, err := a.toChange(ctx, c, callerOf(c).key.Sender)
	if err != nil {
		return err
	}
	err = a.Events.Resend(ctx, m.Org, m.ID, a.keyActor(c), a.Intake.Now())
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
