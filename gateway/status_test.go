package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"securetext/sms/reason"
	"securetext/store"
)

// scripted is a log that holds one message with such events.
type scripted struct {
	store.Log
	events []store.Event
	fault  error // of Events
}

func (l *scripted) Messages(_ context.Context, f store.MessageFilter) ([]store.MessageInfo, error) {
	if f.ID != "msg_1" || f.Org != "" && f.Org != "org_1" {
		return nil, nil
	}
	return []store.MessageInfo{{ID: "msg_1", Org: "org_1", Created: statusNoon, Expires: statusNoon.Add(time.Hour)}}, nil
}

// Events counts events from 1, as stores do.
func (l *scripted) Events(_ context.Context, f store.EventFilter) (page []store.Event, err error) {
	for i, e := range l.events {
		if e.Seq = int64(i + 1); e.Seq > f.After && len(page) < f.Limit && f.Org == "org_1" && f.Message == "msg_1" {
			page = append(page, e)
		}
	}
	return page, l.fault
}

var statusNoon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// happened are events, a minute apart; each is a kind and a detail.
func happened(pairs ...string) (events []store.Event) {
	for i := 0; i < len(pairs); i += 2 {
		events = append(events, store.Event{
			Kind: store.Kind(pairs[i]), Detail: pairs[i+1], At: statusNoon.Add(time.Duration(i/2) * time.Minute),
		})
	}
	return events
}

func statusFrom(t *testing.T, events []store.Event) MessageStatus {
	t.Helper()
	s, err := StatusOf(t.Context(), &scripted{events: events}, "org_1", "msg_1")
	must(t, err)
	return s
}

func TestStatusSaysWhyATextDidNotArrive(t *testing.T) {
	s := statusFrom(t, happened("accepted", "api", "deferred", "busy", "sent", "", "undelivered", "twilio_30003", "failed", "twilio_30005"))
	if len(s.Ladder) != 3 || s.Status != store.Failed || s.Waiting != nil || len(s.Events) != 5 {
		t.Fatalf("got %+v", s)
	}
	step, e := s.Ladder[2], reason.Dead.Explain()
	if step.Step != store.Failed || !step.At.Equal(statusNoon.Add(4*time.Minute)) || *step.Reason != (StatusReason{"twilio_30005", e.Why, e.Next}) {
		t.Errorf("the last step is %+v %+v", step, step.Reason)
	}
	if s.Ladder[0].Reason != nil || s.Ladder[1].Reason != nil {
		t.Error("what went well has a reason")
	}
}

func TestStatusOfATextThatWasLost(t *testing.T) {
	s := statusFrom(t, happened("accepted", "api", "sent", "", "undelivered", ""))
	e := reason.Unknown.ExplainLost()
	if s.Status != store.Undelivered || *s.Ladder[2].Reason != (StatusReason{"unknown", e.Why, e.Next}) {
		t.Errorf("got %s, %+v", s.Status, s.Ladder[2].Reason)
	}
}

func TestStatusSaysWhatATextWaitsFor(t *testing.T) {
	s := statusFrom(t, happened("accepted", "api", "deferred", "quiet_hours"))
	want := StatusWait{"quiet_hours", reason.Waits("quiet_hours"), statusNoon.Add(time.Minute)}
	if s.Status != store.Accepted || s.Waiting == nil || *s.Waiting != want {
		t.Errorf("got %s, waiting %+v", s.Status, s.Waiting)
	}
}

// What an answer does not know it leaves out; a ladder is always there.
func TestStatusAsJSON(t *testing.T) {
	for name, c := range map[string]struct {
		events []store.Event
		want   string
	}{
		"nothing yet": {nil, `{"id":"msg_1","status":"accepted","created_at":"2026-11-23T12:00:00Z","expires_at":"2026-11-23T13:00:00Z","ladder":[],"events":[]}`},
		"answered": {happened("accepted", "", "read", "", "acknowledged", "call"), `{"id":"msg_1","status":"read","created_at":"2026-11-23T12:00:00Z","expires_at":"2026-11-23T13:00:00Z",` +
			`"ladder":[{"step":"accepted","at":"2026-11-23T12:00:00Z"},{"step":"read","at":"2026-11-23T12:01:00Z"}],"acknowledged":{"at":"2026-11-23T12:02:00Z","choice":"call"},` +
			`"events":[{"kind":"accepted","at":"2026-11-23T12:00:00Z"},{"kind":"read","at":"2026-11-23T12:01:00Z"},{"kind":"acknowledged","at":"2026-11-23T12:02:00Z","detail":"call"}]}`},
		"replied to": {happened("read", "", "replied", "rpl_1", "replied", "rpl_2"), `{"id":"msg_1","status":"read","created_at":"2026-11-23T12:00:00Z","expires_at":"2026-11-23T13:00:00Z",` +
			`"ladder":[{"step":"read","at":"2026-11-23T12:00:00Z"}],"replies":[{"id":"rpl_1","at":"2026-11-23T12:01:00Z"},{"id":"rpl_2","at":"2026-11-23T12:02:00Z"}],` +
			`"events":[{"kind":"read","at":"2026-11-23T12:00:00Z"},{"kind":"replied","at":"2026-11-23T12:01:00Z","detail":"rpl_1"},{"kind":"replied","at":"2026-11-23T12:02:00Z","detail":"rpl_2"}]}`},
		"failed": {happened("accepted", "", "failed", "landline"), `{"id":"msg_1","status":"failed","created_at":"2026-11-23T12:00:00Z","expires_at":"2026-11-23T13:00:00Z",` +
			`"ladder":[{"step":"accepted","at":"2026-11-23T12:00:00Z"},{"step":"failed","at":"2026-11-23T12:01:00Z","reason":{"code":"landline",` +
			`"why":"This number takes no texts: it is a landline, or its phone company cannot be reached.","next":"Ask for a mobile number and send the message again."}}],` +
			`"events":[{"kind":"accepted","at":"2026-11-23T12:00:00Z"},{"kind":"failed","at":"2026-11-23T12:01:00Z","detail":"landline"}]}`},
	} {
		got, err := json.Marshal(statusFrom(t, c.events))
		must(t, err)
		if string(got) != c.want {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
}

// A message that was put off for weeks has more events than a store gives at once.
func TestStatusIsOfAllEvents(t *testing.T) {
	var pairs []string
	for range 2*eventsAtOnce - 1 {
		pairs = append(pairs, "deferred", "line_paused")
	}
	s := statusFrom(t, happened(append(pairs, "sent", "")...))
	if s.Status != store.Sent || len(s.Events) != 2*eventsAtOnce || s.Waiting != nil {
		t.Errorf("status %s of %d events", s.Status, len(s.Events))
	}
}

func TestStatusOfWhatIsNotThere(t *testing.T) {
	log := &scripted{fault: store.ErrUnavailable}
	for _, c := range []struct {
		org  store.OrgID
		id   store.MessageID
		want error
	}{
		{"org_1", "", store.ErrNotFound}, {"", "", store.ErrNotFound}, {"org_2", "msg_1", store.ErrNotFound},
		{"", "msg_2", store.ErrNotFound}, {"", "msg_1", store.ErrUnavailable},
	} {
		if _, err := StatusOf(t.Context(), log, c.org, c.id); !errors.Is(err, c.want) {
			t.Errorf("org %q, message %q: got error %v, want %v", c.org, c.id, err, c.want)
		}
	}
}
