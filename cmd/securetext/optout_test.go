package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"securetext/sms/twilio/twiliofake"
	"securetext/store"
)

// twilioFrom is the number that texts come from.
const twilioFrom = "+15005550006"

// says has the patient text something back.
func (w *world) says(words string) {
	w.t.Helper()
	at := fmt.Sprintf("https://localhost:%d%s", w.first.http, inboundPath("twilio"))
	if err := w.fake.Text(number, twilioFrom, words, at); err != nil {
		w.t.Errorf("the patient's %q: %v", words, err)
	}
}

func TestStopIsInForceAtOnceAndStartLiftsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	key := w.apiKey(w.sender.User)
	p := w.serve()
	if err := p.mail("2114367789", "one", "one"); err != nil {
		t.Fatal(err)
	}
	w.link(number, 1)
	if body := w.texts(number)[0]; !strings.Contains(body, "STOP") {
		t.Errorf("the first text does not say how to get no more: %s", body)
	}

	w.fake.Fail(twiliofake.Rule{Status: http.StatusTooManyRequests, Code: 20429, RetryAfter: 3600})
	waiting := p.postTo(key, []string{number})[0]
	w.until("a text waits", func() bool { return w.statusOf(waiting.id).Waiting != nil })
	w.says(" stop\n")
	if s := w.statusOf(waiting.id); s.Status != store.Failed || s.Waiting != nil {
		t.Errorf("the text that waited is %s, waiting %+v; want failed", s.Status, s.Waiting)
	}
	if n := w.count("SELECT count(*) FROM outbox"); n != 0 {
		t.Errorf("%d texts are queued after STOP", n)
	}
	w.refusesMessages(p, key)

	w.says("help")
	w.refusesMessages(p, key)
	w.says("Start")
	w.fake.Mend()
	if err := p.mail("2114367789", "two", "two"); err != nil {
		t.Errorf("mail after START: %v", err)
	}
	kinds := w.events("")
	if i, j := slices.Index(kinds, "refused"), slices.Index(kinds, "allowed"); i < 0 || j < i {
		t.Errorf("the log does not tell of STOP and START: %v", kinds)
	}
}

// refusesMessages checks that mail and API say why nothing is taken for the patient.
func (w *world) refusesMessages(p *process, key string) {
	w.t.Helper()
	err := p.mail("2114367789", "again", "again")
	if code(err) != 550 || !strings.Contains(strings.ToLower(err.Error()), "no more texts") && !strings.Contains(strings.ToLower(err.Error()), "opted out") {
		w.t.Errorf("mail after STOP: %v, want 550 with the reason", err)
	}
	body := fmt.Sprintf(`{"to":%q,"subject":"s","text":"t"}`, number)
	if status, answer := p.ask(key, http.MethodPost, "/v1/messages", body); status != http.StatusConflict || !strings.Contains(answer, "opted-out") {
		w.t.Errorf("POST after STOP: %d %s, want 409 with the reason", status, answer)
	}
}

// Twilio may know of a STOP that we were never told.
func TestStopThatOnlyTwilioKnows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	key := w.apiKey(w.sender.User)
	p := w.serve()
	if err := w.fake.Text(number, twilioFrom, "STOP", ""); err != nil {
		t.Fatal(err)
	}
	m := p.postTo(key, []string{number})[0]
	w.untilStatus(m.id, store.Failed)
	w.refusesMessages(p, key)
	if n := len(w.fake.Texts()); n != 0 {
		t.Errorf("%d texts went out", n)
	}
}

// Nobody but Twilio stops or starts texts.
func TestForgedStopIsNoStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	p := w.serve()
	stranger := twiliofake.New(twiliofake.Account{SID: "AC" + strings.Repeat("0", 32), AuthToken: "guessed"}, nil, trustingClient())
	defer stranger.Close()
	at := fmt.Sprintf("https://localhost:%d%s", p.http, inboundPath("twilio"))
	if err := p.mail("2114367789", "one", "one"); err != nil {
		t.Fatal(err)
	}
	w.link(number, 1)
	if err := stranger.Text(number, twilioFrom, "STOP", at); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("a forged STOP: %v, want 403", err)
	}
	if err := p.mail("2114367789", "two", "two"); err != nil {
		t.Errorf("after a forged STOP: %v", err)
	}
	w.link(number, 2)
}
