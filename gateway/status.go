package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/sms/reason"
	"securetext/store"
)

// MessageStatus is what became of a message, for its sender's program and for
// the command line: never content, and nothing of the recipient.
type MessageStatus struct {
	ID        store.MessageID `json:"id"`
	Status    store.Kind      `json:"status"` // the last step of the ladder
	Reference string          `json:"reference,omitempty"`
	Thread    store.MessageID `json:"thread,omitempty"` // the first message of the thread that it continues
	Created   time.Time       `json:"created_at"`
	Expires   time.Time       `json:"expires_at"`
	SendAt    time.Time       `json:"send_at,omitzero"`
	ReadBy    time.Time       `json:"read_by_at,omitzero"`
	Test      bool            `json:"test,omitempty"`
	Passcode  StatusPasscode  `json:"passcode,omitempty"`
	Wiped     time.Time       `json:"wiped_at,omitzero"`
	Expired   time.Time       `json:"expired_at,omitzero"`
	Ladder    []StatusStep    `json:"ladder"`
	Answer    *StatusAnswer   `json:"acknowledged,omitempty"` // nil: there is none
	Replies   []StatusReply   `json:"replies,omitempty"`
	Waiting   *StatusWait     `json:"waiting,omitempty"` // nil: no text is put off
	Events    []StatusEvent   `json:"events"`
}

// StatusStep is a [store.Step], with the reason of a text that did not arrive.
type StatusStep struct {
	Step   store.Kind    `json:"step"`
	At     time.Time     `json:"at"`
	Reason *StatusReason `json:"reason,omitempty"` // of undelivered and failed
}

// StatusPasscode is whether the passcode that a message asks for was given; empty:
// it asks for none, or is gone.
type StatusPasscode string

// The values of [StatusPasscode].
const (
	PasscodeAsked StatusPasscode = "asked" // and not given yet
	PasscodeGiven StatusPasscode = "given" // here or with an earlier message
)

// StatusReason is a code, with what it means in English.
type StatusReason struct {
	Code string `json:"code"`
	Why  string `json:"why"`
	Next string `json:"next"`
}

// StatusAnswer is what the recipient answered by a button.
type StatusAnswer struct {
	At     time.Time    `json:"at"`
	Choice store.Answer `json:"choice"`
}

// StatusReply is that the recipient wrote back, without what.
type StatusReply struct {
	ID store.ReplyID `json:"id"`
	At time.Time     `json:"at"`
}

// StatusWait is what a text waits for, in English, and when it was last put off.
type StatusWait struct {
	Code  string    `json:"code"`
	Why   string    `json:"why"`
	Since time.Time `json:"since"`
}

// StatusEvent is an event without who caused it.
type StatusEvent struct {
	Kind   store.Kind `json:"kind"`
	At     time.Time  `json:"at"`
	Detail string     `json:"detail,omitempty"`
}

// showStatus serves GET /v1/messages/{id}. Another org's message is not found.
func (a *API) showStatus(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), storeFor)
	defer cancel()
	s, err := StatusOf(ctx, a.Events, callerOf(c).key.Org, store.MessageID(c.Param("id")))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return errNoMessage
	case err != nil:
		return fmt.Errorf("show status: %w", err)
	}
	return c.JSON(http.StatusOK, s)
}

// StatusOf finds out what became of a message of an org, or with an empty org of
// whichever has it. It is [store.ErrNotFound] if there is none.
func StatusOf(ctx context.Context, log store.Log, org store.OrgID, id store.MessageID) (MessageStatus, error) {
	if id == "" {
		return MessageStatus{}, store.ErrNotFound
	}
	found, err := log.Messages(ctx, store.MessageFilter{Org: org, ID: id, Limit: 1})
	if err != nil {
		return MessageStatus{}, err
	}
	if len(found) == 0 {
		return MessageStatus{}, store.ErrNotFound
	}
	events, err := eventsOf(ctx, log, found[0].Org, id)
	if err != nil {
		return MessageStatus{}, err
	}
	return statusOf(found[0], events), nil
}

// eventsAtOnce is how many events are asked for at a time.
const eventsAtOnce = 1000

// eventsOf returns all events of a message. One that waits for weeks, and is put
// off again and again, has thousands.
func eventsOf(ctx context.Context, log store.Log, org store.OrgID, id store.MessageID) (all []store.Event, err error) {
	for after := int64(0); ; after = all[len(all)-1].Seq {
		some, err := log.Events(ctx, store.EventFilter{Org: org, Message: id, After: after, Limit: eventsAtOnce})
		all = append(all, some...)
		if err != nil || len(some) < eventsAtOnce {
			return all, err
		}
	}
}

func statusOf(m store.MessageInfo, events []store.Event) MessageStatus {
	s := MessageStatus{
		ID: m.ID, Status: store.Status(events), Reference: m.Reference, Thread: m.Thread,
		Created: m.Created.UTC(), Expires: m.Expires.UTC(), SendAt: m.SendAt.UTC(), ReadBy: m.ReadBy.UTC(), Test: m.Test,
		Ladder: []StatusStep{}, Waiting: waitingOf(events), Events: make([]StatusEvent, len(events)),
	}
	if !m.Expired.IsZero() {
		s.Expired = m.Expired.UTC()
	} else if !m.Wiped.IsZero() {
		s.Wiped = m.Wiped.UTC()
	}
	switch {
	case m.Passcode && m.Vouched:
		s.Passcode = PasscodeGiven
	case m.Passcode:
		s.Passcode = PasscodeAsked
	}
	for _, step := range store.Ladder(events) {
		s.Ladder = append(s.Ladder, StatusStep{step.Kind, step.At.UTC(), reasonOf(step)})
	}
	for i, e := range events {
		switch e.Kind {
		case store.Acknowledged:
			s.Answer = &StatusAnswer{e.At.UTC(), store.Answer(e.Detail)}
		case store.Replied:
			s.Replies = append(s.Replies, StatusReply{store.ReplyID(e.Detail), e.At.UTC()})
		}
		s.Events[i] = StatusEvent{e.Kind, e.At.UTC(), e.Detail}
	}
	return s
}

// reasonOf is nil for a step that needs none.
func reasonOf(s store.Step) *StatusReason {
	var e reason.Explanation
	switch s.Kind {
	case store.Failed:
		e = reason.Of(s.Detail).Explain()
	case store.Undelivered:
		e = reason.Of(s.Detail).ExplainLost()
	default:
		return nil
	}
	return &StatusReason{codeOf(s.Detail), e.Why, e.Next}
}

func waitingOf(events []store.Event) *StatusWait {
	e, ok := store.Waiting(events)
	if !ok {
		return nil
	}
	return &StatusWait{codeOf(e.Detail), reason.Waits(e.Detail), e.At.UTC()}
}

// codeOf is the code that an event shows, if any.
func codeOf(detail string) string { return cmp.Or(detail, string(reason.Unknown)) }
