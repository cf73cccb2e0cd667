package gateway

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// messageStatus is what a sender's program sees of a message: never content,
// and nothing of the recipient.
type messageStatus struct {
	ID        store.MessageID `json:"id"`
	Status    store.Kind      `json:"status"`
	Reference string          `json:"reference,omitempty"`
	Created   time.Time       `json:"created_at"`
	Expires   time.Time       `json:"expires_at"`
	Wiped     time.Time       `json:"wiped_at,omitzero"`
	Expired   time.Time       `json:"expired_at,omitzero"`
	Events    []statusEvent   `json:"events"`
}

type statusEvent struct {
	Kind   store.Kind `json:"kind"`
	At     time.Time  `json:"at"`
	Detail string     `json:"detail,omitempty"`
}

// showStatus serves GET /v1/messages/{id}. Another org's message is not found.
func (a *API) showStatus(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), storeFor)
	defer cancel()
	org, id := callerOf(c).key.Org, store.MessageID(c.Param("id"))
	if id == "" {
		return errNoMessage
	}
	found, err := a.Events.Messages(ctx, store.MessageFilter{Org: org, ID: id, Limit: 1})
	if err != nil {
		return fmt.Errorf("show status: %w", err)
	}
	if len(found) == 0 {
		return errNoMessage
	}
	events, err := a.Events.Events(ctx, store.EventFilter{Org: org, Message: id})
	if err != nil {
		return fmt.Errorf("show status: %w", err)
	}
	return c.JSON(http.StatusOK, statusOf(found[0], events))
}

func statusOf(m store.MessageInfo, events []store.Event) messageStatus {
	s := messageStatus{
		ID: m.ID, Status: store.Status(events), Reference: m.Reference,
		Created: m.Created.UTC(), Expires: m.Expires.UTC(), Events: make([]statusEvent, len(events)),
	}
	if !m.Expired.IsZero() {
		s.Expired = m.Expired.UTC()
	} else if !m.Wiped.IsZero() {
		s.Wiped = m.Wiped.UTC()
	}
	for i, e := range events {
		s.Events[i] = statusEvent{e.Kind, e.At.UTC(), e.Detail}
	}
	return s
}
