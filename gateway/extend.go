package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"

	"securetext/gateway/option"
	"securetext/sms"
	"securetext/store"
)

// maxExtend is how many bytes the body may have that says for how long.
const maxExtend = 4 << 10

// Extender lets messages be read for longer.
type Extender interface {
	// Extend is as in [store.Rules].
	Extend(ctx context.Context, org store.OrgID, id store.MessageID, until time.Time, by store.Actor, at time.Time) error
}

// Extend lets a message be read for another span, as a message's own is written,
// from now on or from when it goes out. Its errors are those of
// [store.Rules.Extend], and [option.ErrValue] for a span that cannot be.
func Extend(ctx context.Context, s Extender, m store.MessageInfo, span string, by store.Actor, now time.Time) (until time.Time, err error) {
	form := option.NewForm(option.JSON, sms.Languages)
	if err := form.Set("expires_in", span); err != nil {
		return time.Time{}, err
	}
	from := now
	if m.SendAt.After(now) {
		from = m.SendAt
	}
	until = from.Add(form.Options.Life).Truncate(time.Second)
	return until, s.Extend(ctx, m.Org, m.ID, until, by, now)
}

// extendMessage serves POST /v1/messages/{id}/extend: {"expires_in": "7d"}.
func (a *API) extendMessage(c echo.Context) error {
	r, who := c.Request(), callerOf(c)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeFor)
	defer cancel()
	span, err := readExtend(r)
	if err != nil {
		return err
	}
	m, err := a.toChange(ctx, c, who.key.Sender)
	if err != nil {
		return err
	}
	until, err := Extend(ctx, a.Events, m, span, a.keyActor(c), a.Intake.Now())
	if refusal, ok := errors.AsType[*option.Refusal](err); ok {
		return invalid{{"/" + refusal.Name, refusal.Why}}
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return errNoMessage
	case errors.Is(err, store.ErrGone):
		return errOver
	case errors.Is(err, store.ErrConflict):
		return errLonger
	case err != nil:
		return fmt.Errorf("extend message: %w", err)
	}
	return c.JSON(http.StatusOK, map[string]time.Time{"expires_at": until.UTC()})
}

func readExtend(r *http.Request) (span string, err error) {
	if !isJSON(r) {
		return "", errMediaType
	}
	in := newReader(transform.NewReader(http.MaxBytesReader(nil, r.Body, maxExtend), encoding.UTF8Validator))
	known := members{"expires_in": func(at string) error { return in.text(at, &span) }}
	if err = in.object("", known, "expires_in"); err == nil {
		err = in.end()
	}
	if err != nil {
		return "", bodyError(err)
	}
	return span, in.problems()
}

// toChange finds the message that the address names, to do something to it: of a
// sender, or with none of the whole org. A key of the sandbox changes tests alone,
// and one of a suspended sender nothing.
func (a *API) toChange(ctx context.Context, c echo.Context, sender store.SenderID) (store.MessageInfo, error) {
	who, id := callerOf(c), store.MessageID(c.Param("id"))
	if !who.sender.Suspended.IsZero() {
		return store.MessageInfo{}, errSuspended
	}
	found, err := a.Events.Messages(ctx, store.MessageFilter{Org: who.key.Org, Sender: sender, ID: cmp.Or(id, "none"), Limit: 1})
	switch {
	case err != nil:
		return store.MessageInfo{}, fmt.Errorf("find message: %w", err)
	case len(found) == 0, who.key.Test && !found[0].Test:
		return store.MessageInfo{}, errNoMessage
	}
	return found[0], nil
}

// keyActor is the key of a request, as events name it.
func (a *API) keyActor(c echo.Context) store.Actor {
	return store.Actor{Kind: store.ByKey, ID: string(callerOf(c).key.ID), Addr: a.clientAddr(c.Request())}
}
