package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"securetext/gateway"
	"securetext/sms/twilio/twiliofake"
)

const (
	number     = "+12114367789"
	patientPwd = "three quiet herons"
)

// answer is the HTTP status that a post gets, with an API key.
func (p *process) post(key, text string) int {
	req, err := http.NewRequest(http.MethodPost, fmt.Sprintf("https://localhost:%d/v1/messages", p.http),
		strings.NewReader(fmt.Sprintf(`{"to":%q,"subject":"s","text":%q}`, number, text)))
	if err != nil {
		p.world.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	status, _, err := do(trustingClient(), req)
	if err != nil {
		p.world.t.Error(err)
	}
	return status
}

func TestS25PostgresAwayIs451AndNothingIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	var key struct{ Key string }
	w.json(&key, "apikey", "add", w.sender.User)
	p := w.serve()
	if err := p.mail("2114367789", "before", "before"); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	if _, err := b.withPassword(w.link(number, 1)); err != nil {
		t.Fatal(err)
	}
	open, err := p.signIn()
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()

	w.postgresV.shut()
	err = open.SendMail(w.sender.User, []string{"2114367789@secure.text"}, strings.NewReader("Subject: during\r\n\r\nduring\r\n"))
	if code(err) != 451 {
		t.Errorf("mail on an open connection: %v, want 451", err)
	}
	if err := p.mail("2114367789", "during", "during"); code(err)/10 != 45 {
		t.Errorf("mail on a new connection: %v, want a temporary error", err)
	}
	if status := p.post(key.Key, "during"); status != http.StatusServiceUnavailable {
		t.Errorf("POST: %d, want 503", status)
	}
	if page, err := b.open(w.link(number, 1)); err != nil || page.status != http.StatusServiceUnavailable {
		t.Errorf("the message's page: %+v, %v; want 503", page, err)
	}
	if status, _, _ := get(&http.Client{}, fmt.Sprintf("http://127.0.0.1:%d/readyz", p.ops)); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d, want 503", status)
	}

	w.postgresV.open()
	w.until("mail is taken again", func() bool { return p.mail("2114367789", "after", "after") == nil })
	if page, err := b.open(w.link(number, 2)); err != nil || !strings.Contains(page.text, "after") {
		t.Errorf("after: %v", err)
	}
	if page, err := b.open(w.link(number, 1)); err != nil || !strings.Contains(page.text, "before") {
		t.Errorf("what was there before: %v", err)
	}
}

func TestS14RedisAwayHonoursNoSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	p := w.serve()
	if err := p.mail("2114367789", "one", "the first words"); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	if _, err := b.withPassword(w.link(number, 1)); err != nil {
		t.Fatal(err)
	}

	w.redisV.shut()
	if page, err := b.open(w.link(number, 1)); err != nil || page.status != http.StatusServiceUnavailable {
		t.Errorf("with a session, without Redis: %+v, %v; want 503", page, err)
	}
	other, _ := w.prove(w.link(number, 1))
	if page, err := other.withPassword(w.link(number, 1)); err != nil || page.status != http.StatusServiceUnavailable {
		t.Errorf("with the password, without Redis: %+v, %v; want 503", page, err)
	}
	if err := p.mail("2114367789", "two", "the second words"); err != nil {
		t.Errorf("intake stopped: %v", err)
	}
	w.link(number, 2)

	w.redisV.open()
	w.until("the session is honoured again", func() bool {
		page, err := b.open(w.link(number, 2))
		return err == nil && strings.Contains(page.text, "the second words")
	})
}

func TestTwilioAwayLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	p := w.serve()
	w.fake.Fail(twiliofake.Rule{Status: http.StatusTooManyRequests, Code: 20429, RetryAfter: 1})
	if err := p.mail("2114367789", "one", "the first words"); err != nil {
		t.Errorf("Twilio down: %v, want 250", err)
	}
	w.until("the text is put off", func() bool { return strings.Contains(strings.Join(w.events(""), " "), "deferred") })
	w.fake.Mend()
	w.link(number, 1)
	if n := len(w.links(number)); n != 1 {
		t.Errorf("%d texts, want 1", n)
	}
}

func TestS30KeyOfNoUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded)
	p := w.serve()
	stranger, _, _ := gateway.NewAPIKey(p.world.org.Created)
	if status := p.post(stranger, "x"); status != http.StatusUnauthorized {
		t.Errorf("a key nobody made: %d, want 401", status)
	}
}
