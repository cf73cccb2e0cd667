package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"securetext/sms/twilio/twiliofake"
	"securetext/sms/webhook/webhookfake"
	"securetext/store"
)

// gateway lets texts go through a gateway of the operator's own where Twilio
// does not take them.
func (w *world) gateway() *webhookfake.Fake {
	secret := strings.Repeat("s", 40)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trusting()}, Timeout: 5 * time.Second}
	fake := webhookfake.New(secret, time.Now, client)
	server := httptest.NewServer(fake)
	w.t.Cleanup(func() { fake.Close(); server.Close() })
	w.setting("TEXTS", "twilio,webhook", "WEBHOOK_URL", server.URL, "WEBHOOK_SECRET", secret, "WEBHOOK_FROM", "Clinic")
	return fake
}

// through are the texts to a number that the gateway took.
func through(gateway *webhookfake.Fake, number string) (n int) {
	for _, t := range gateway.Texts() {
		if t.To == number {
			n++
		}
	}
	return n
}

func (w *world) statusOf(id store.MessageID) (s struct {
	Status store.Kind
	Events []struct {
		Kind   store.Kind
		Detail string
	}
	Waiting *struct{ Code string }
}) {
	w.t.Helper()
	w.json(&s, "message", "show", "--json", string(id))
	return s
}

func (w *world) untilStatus(id store.MessageID, want store.Kind) {
	w.t.Helper()
	w.until(fmt.Sprintf("the message is %s", want), func() bool { return w.statusOf(id).Status == want })
}

func TestTextsGoByAnotherRoadWhileOneIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	gateway := w.gateway()
	key := w.apiKey(w.sender.User)
	p := w.serve()
	to := []string{"+12125550001", "+12125550002", "+12125550003"}

	w.twilioV.shut()
	away := time.Now()
	sent := p.postTo(key, to)
	w.until("all go by the gateway", func() bool { return len(gateway.Texts()) == len(to) })
	if took := time.Since(away); took > 10*time.Second {
		t.Errorf("the texts took %v to find the other road", took)
	}
	for _, m := range sent {
		w.untilStatus(m.id, store.Delivered)
	}

	w.twilioV.open()
	w.until("texts go by Twilio again", func() bool {
		p.postTo(key, []string{"+12125550009"})
		time.Sleep(200 * time.Millisecond)
		return len(w.fake.TextsTo("+12125550009")) > 0
	})
	for _, number := range to {
		if n := through(gateway, number) + len(w.fake.TextsTo(number)); n != 1 {
			t.Errorf("%d texts for one message", n)
		}
	}
}

// A text that may have gone out by one road goes by no other before the first
// was asked, however long that takes.
func TestTextInDoubtWaitsForItsRoad(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	gateway := w.gateway()
	key := w.apiKey(w.sender.User)
	const taken, lost = "+12125550001", "+12125550002"
	w.fake.Fail(twiliofake.Rule{To: taken, Times: 1, Status: 500, Accept: true, Lose: true})
	w.fake.Fail(twiliofake.Rule{To: lost, Times: 1, Status: 500})
	p := w.serve()
	sent := p.postTo(key, []string{taken, lost})
	for _, m := range sent {
		w.until("the text is in doubt", func() bool { s := w.statusOf(m.id); return s.Waiting != nil && s.Waiting.Code == "twilio_http_500" })
	}
	p.stop()

	w.twilioV.shut()
	w.pass(5 * time.Minute)
	p = w.serve()
	for _, m := range sent {
		w.until("Twilio was asked in vain", func() bool { s := w.statusOf(m.id); return s.Waiting != nil && s.Waiting.Code == "twilio_unreached" })
	}
	time.Sleep(2 * time.Second) // in which other texts would find the other road
	p.stop()
	if n := len(gateway.Texts()); n != 0 {
		t.Errorf("%d texts went by another road before Twilio was asked", n)
	}

	w.twilioV.open()
	w.pass(30 * time.Minute)
	w.serve()
	w.until("the text is found", func() bool { return w.statusOf(sent[0].id).Status != store.Accepted })
	w.untilStatus(sent[1].id, store.Delivered)
	for _, number := range []string{taken, lost} {
		if n := through(gateway, number) + len(w.fake.TextsTo(number)); n != 1 {
			t.Errorf("%d texts for one message", n)
		}
	}
}
