package storetest

import (
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

var ackChecks = []check{
	{"the first answer of a recipient stands, with its event", ackOnce},
	{"only what was asked for can be answered", ackOffered},
	{"the sender is told of a question and of a wish to be called", ackTells},
	{"a sender who may not be mailed is not told of an answer", ackUntold},
	{"many answers at once are one", ackRace},
	{"only who may read a message can answer it", ackOther},
	{"S12, S14: what is gone, held or revoked cannot be answered", ackGone},
}

// answerable is a message that asks for an answer, texted to somebody enrolled.
func (c *Clinic) answerable(tb testing.TB, ack store.Ack, steps store.Notify) (store.Message, token.Hash, store.Viewer) {
	tb.Helper()
	m := c.Write(tb, Number(1), seal.Plaintext("Please fast before the test."))
	m.Ack, m.Notify = ack, steps
	c.mustAccept(tb, c.Acceptance(m))
	hash := c.linked(tb, m)
	return m, hash, c.enrol(tb, hash)
}

// wantAnswer checks what is told of a message's answer wherever it is loaded.
func (c *Clinic) wantAnswer(tb testing.TB, m store.Message, hash token.Hash, v store.Viewer, want store.Answer, at time.Time) {
	tb.Helper()
	byLink, err := c.Message(tb.Context(), hash, v, Noon)
	must(tb, "Message", err)
	byID, err := c.MessageByID(tb.Context(), m.ID, v, Noon)
	must(tb, "MessageByID", err)
	for _, s := range []store.Sealed{byLink, byID} {
		if s.Ack != m.Ack || s.Answer != want || !s.Answered.Equal(at) {
			tb.Errorf("got %q answered %q at %v, want %q answered %q at %v", s.Ack, s.Answer, s.Answered, m.Ack, want, at)
		}
	}
}

func ackOnce(t *testing.T, c *Clinic) {
	m, hash, v := c.answerable(t, store.AckChoices, 0)
	c.wantAnswer(t, m, hash, v, "", time.Time{})
	at := Noon.Add(time.Minute)
	must(t, "Acknowledge", c.Acknowledge(t.Context(), m.ID, store.AnswerQuestion, v, at))
	e := c.last(t, store.Acknowledged)
	if e.Message != m.ID || e.Recipient != m.To.ID || e.By != v.Actor() || e.Detail != "question" || !e.At.Equal(at) {
		t.Errorf("event: got %+v, want the viewer's question", e)
	}
	for _, a := range store.AckChoices.Answers() {
		wantError(t, "Acknowledge again", c.Acknowledge(t.Context(), m.ID, a, v, at.Add(time.Hour)), store.ErrConflict)
	}
	c.wantAnswer(t, m, hash, v, store.AnswerQuestion, at)
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Enrolled, store.Acknowledged)
	c.wantStatus(t, m.ID, store.Unlocked) // it is no step
}

func ackOffered(t *testing.T, c *Clinic) {
	unasked, hash, v := c.answerable(t, "", 0)
	for _, a := range store.AckChoices.Answers() {
		wantError(t, "Acknowledge unasked", c.Acknowledge(t.Context(), unasked.ID, a, v, Noon), store.ErrNotFound)
	}
	c.wantAnswer(t, unasked, hash, v, "", time.Time{})
	m := c.Write(t, Number(1), nil)
	m.Ack = store.AckYes
	c.mustAccept(t, c.Acceptance(m))
	hash = c.linked(t, m)
	before := c.count(t)
	for _, a := range []store.Answer{store.AnswerQuestion, store.AnswerCall, "", "maybe"} {
		wantError(t, "Acknowledge by what was not offered", c.Acknowledge(t.Context(), m.ID, a, v, Noon), store.ErrNotFound)
	}
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
	must(t, "Acknowledge", c.Acknowledge(t.Context(), m.ID, store.AnswerRead, v, Noon))
	c.wantAnswer(t, m, hash, v, store.AnswerRead, Noon)
}

func ackTells(t *testing.T, c *Clinic) {
	_, _, v := c.answerable(t, "", 0)
	for answer, want := range map[store.Answer][]store.Kind{
		store.AnswerRead:     nil,
		store.AnswerQuestion: {store.Acknowledged},
		store.AnswerCall:     {store.Acknowledged},
	} {
		m := c.Write(t, Number(1), nil)
		m.Ack, m.Notify = store.AckChoices, store.NotifyAsked
		c.mustAccept(t, c.Acceptance(m))
		c.linked(t, m)
		must(t, "Acknowledge", c.Acknowledge(t.Context(), m.ID, answer, v, Noon))
		for _, d := range c.wantNotices(t, want...) {
			if d.Message != m.ID || d.Via != store.ViaMail || d.Detail != string(answer) || d.Stale {
				t.Errorf("DueNotices: got %+v, want a mail about the answer", d)
			}
		}
	}
}

func ackUntold(t *testing.T, c *Clinic) {
	m, _, v := c.answerable(t, store.AckChoices, store.NotifyRead)
	must(t, "Acknowledge", c.Acknowledge(t.Context(), m.ID, store.AnswerCall, v, Noon))
	c.wantNotices(t)
}

func ackRace(t *testing.T, c *Clinic) {
	m, hash, v := c.answerable(t, store.AckChoices, store.NotifyAsked)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if err := c.Acknowledge(t.Context(), m.ID, store.AnswerCall, v, Noon); err != nil {
				wantError(t, "Acknowledge", err, store.ErrConflict)
			}
		})
	}
	wg.Wait()
	c.wantNotices(t, store.Acknowledged)
	if n := len(c.events(t, store.EventFilter{Kind: store.Acknowledged})); n != 1 {
		t.Errorf("events: got %d acknowledged, want 1", n)
	}
	c.wantAnswer(t, m, hash, v, store.AnswerCall, Noon)
}

func ackOther(t *testing.T, c *Clinic) {
	m, hash, v := c.answerable(t, store.AckYes, 0)
	_, _, other := c.enrolled(t, Number(2))
	wantError(t, "Acknowledge by another", c.Acknowledge(t.Context(), m.ID, store.AnswerRead, other, Noon), store.ErrNotFound)
	wantError(t, "Acknowledge of no such message", c.Acknowledge(t.Context(), store.NewMessageID(Noon), store.AnswerRead, v, Noon), store.ErrNotFound)
	c.wantAnswer(t, m, hash, v, "", time.Time{})
}

func ackGone(t *testing.T, c *Clinic) {
	m, hash, v := c.answerable(t, store.AckYes, 0)
	answer := func(now time.Time) error { return c.Acknowledge(t.Context(), m.ID, store.AnswerRead, v, now) }
	wantError(t, "Acknowledge after the message's life", answer(Noon.Add(life)), store.ErrGone)
	must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon))
	wantError(t, "Acknowledge what is held", answer(Noon), store.ErrHeld)
	must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, m.To.ID, Ana, Noon))
	wantError(t, "Acknowledge after RevokeSessions", answer(Noon), store.ErrRevoked)
	v.Epoch++
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	wantError(t, "Acknowledge after Wipe", answer(Noon), store.ErrGone)
	if n := len(c.events(t, store.EventFilter{Kind: store.Acknowledged})); n != 0 {
		t.Errorf("events: got %d acknowledged, want none", n)
	}
}
