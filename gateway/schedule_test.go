package gateway

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"securetext/gateway/option"
	"securetext/store"
)

// accepted is how a message with such options is stored.
func (c *clinic) accepted(t *testing.T, o option.Options) store.Message {
	t.Helper()
	kept := &keeping{Writer: c.db}
	c.Intake.Store = kept
	sub := c.submission(t, "2114367789")
	sub.To[0].Options = o
	_, err := c.Accept(t.Context(), sub)
	must(t, err)
	return kept.last.Messages[0]
}

func TestTimesCountFromWhenTheMessageIsSent(t *testing.T) {
	c := newClinic(t)
	const day = 24 * time.Hour
	now := time.Now().UTC().Truncate(time.Microsecond)
	c.Intake.Now = func() time.Time { return now }
	c.setPolicy(t, store.Policy{Remind: []time.Duration{day, 3 * day}})
	for name, try := range map[string]struct {
		asked option.Options
		want  store.Message // only its times
	}{
		"nothing said": {
			option.Options{},
			store.Message{Expires: now.Add(14 * day), Remind: []time.Duration{day, 3 * day}},
		},
		"a life too short for the clinic's second reminder": {
			option.Options{Life: 3 * day},
			store.Message{Expires: now.Add(3 * day), Remind: []time.Duration{day}},
		},
		"no reminder": {
			option.Options{Remind: option.NoRemind},
			store.Message{Expires: now.Add(14 * day)},
		},
		"later": {
			option.Options{SendAt: now.Add(5 * day), Life: 2 * day, ReadBy: 4 * time.Hour, Remind: "2h.1d", TimeZone: "America/Chicago"},
			store.Message{
				SendAt: now.Add(5 * day), Expires: now.Add(7 * day), ReadBy: now.Add(5*day + 4*time.Hour),
				Remind: []time.Duration{2 * time.Hour, day}, TimeZone: "America/Chicago",
			},
		},
		"a little ago": {
			option.Options{SendAt: now.Add(-time.Minute), ReadBy: time.Hour},
			store.Message{Expires: now.Add(14 * day), ReadBy: now.Add(time.Hour), Remind: []time.Duration{day, 3 * day}},
		},
	} {
		got := c.accepted(t, try.asked)
		if !got.SendAt.Equal(try.want.SendAt) || !got.Expires.Equal(try.want.Expires) || !got.ReadBy.Equal(try.want.ReadBy) ||
			!slices.Equal(got.Remind, try.want.Remind) || got.TimeZone != try.want.TimeZone || !got.Created.Equal(now) {
			t.Errorf("%s: sent at %v, ends %v, read by %v, reminders %v in %q; want %+v",
				name, got.SendAt, got.Expires, got.ReadBy, got.Remind, got.TimeZone, try.want)
		}
	}
	due, err := c.db.Due(t.Context(), 10, time.Minute, now.Add(time.Hour))
	must(t, err)
	if len(due) != 4 {
		t.Errorf("%d texts are due, want all but the later one", len(due))
	}
}

func TestWhatIsToBeAnsweredIsStored(t *testing.T) {
	c := newClinic(t)
	for asked, want := range map[option.Ack]store.Ack{"": "", option.AckNo: "", option.AckYes: store.AckYes, option.AckChoices: store.AckChoices} {
		got := c.accepted(t, option.Options{Ack: asked})
		if got.Ack != want || got.Notify&store.NotifyAsked == 0 {
			t.Errorf("%q: got %q of a sender who hears of %b", asked, got.Ack, got.Notify)
		}
	}
	c.setPolicy(t, store.Policy{Ack: store.AckYes})
	for asked, want := range map[option.Ack]store.Ack{"": store.AckYes, option.AckNo: "", option.AckChoices: store.AckChoices} {
		if got := c.accepted(t, option.Options{Ack: asked}); got.Ack != want {
			t.Errorf("%q, where the org asks: got %q", asked, got.Ack)
		}
	}
}

func TestWhatIsOfTheSandboxIsMarked(t *testing.T) {
	c := newClinic(t)
	h := c.api()
	tests := func() (marks []bool) {
		infos, err := c.db.Messages(t.Context(), store.MessageFilter{Org: c.org.ID})
		must(t, err)
		for _, m := range infos {
			marks = append(marks, m.Test)
		}
		return marks
	}
	c.post(t, h, simplePost)
	live := c.apiKey
	c.apiKey = c.addTestKey(t)
	c.post(t, h, simplePost)
	if got := tests(); !slices.Equal(got, []bool{true, false}) { // newest first
		t.Errorf("by the key: got %v", got)
	}
	c.apiKey = live
	c.setPolicy(t, store.Policy{Test: true})
	c.post(t, h, simplePost)
	if got := tests(); !slices.Equal(got, []bool{true, true, false}) {
		t.Errorf("by the org: got %v", got)
	}
	c.apiKey = livePrefix + c.addTestKey(t)[len(testPrefix):]
	refused(t, do(h, c.request("POST", "/v1/messages", simplePost)), 401)
}

func TestTheStatusTellsWhatIsOfTheSandboxAndToBeRead(t *testing.T) {
	c := newClinic(t)
	c.setPolicy(t, store.Policy{Test: true})
	id := c.post(t, c.api(), `{"to": "2114367789", "subject": "s", "text": "t", "read_by": "4h"}`).Messages[0].ID
	var s MessageStatus
	must(t, json.Unmarshal(do(c.api(), c.request("GET", "/v1/messages/"+string(id), "")).Body.Bytes(), &s))
	if !s.Test || s.ReadBy.Sub(s.Created) != 4*time.Hour {
		t.Errorf("got test %v, created %v, to be read by %v", s.Test, s.Created, s.ReadBy)
	}
}
