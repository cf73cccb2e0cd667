package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/sms/sandbox"
	"securetext/store"
)

// late are the outcomes whose end is minutes away: how many of their events come
// within seconds.
var late = map[string]int{"slow": 2, "unreachable": 3}

// TestRehearsal sends a message through every row of the sandbox's table, with a
// key for tests, and finds each as the manual says. Nothing reaches a carrier.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	var made struct{ Key string }
	w.json(&made, "apikey", "add", w.sender.User, "--test")
	p := w.serve()
	sent := map[string]store.MessageID{}
	for _, o := range sandbox.Outcomes() {
		to := o.Number
		if to == "" {
			to = number
		}
		sent[o.Name] = p.postTo(made.Key, []string{to})[0].id
	}
	time.Sleep(12 * time.Second) // the usual end of a text is 10 seconds away
	w.passOn(time.Minute, "outbox", "due_at")
	w.passOn(time.Minute, "texts", "check_at")
	for _, o := range sandbox.Outcomes() {
		w.ends(o, sent[o.Name])
	}
	if n := len(w.fake.Texts()); n != 0 {
		t.Errorf("%d texts reached Twilio", n)
	}
}

// ends waits for the events of an outcome, and checks what message show prints.
func (w *world) ends(o sandbox.Outcome, id store.MessageID) {
	w.t.Helper()
	want := o.Events
	if n, ok := late[o.Name]; ok {
		want = want[:n]
	}
	w.until(o.Name+" comes to its end", func() bool { return len(w.told(id)) >= len(want) })
	if got := w.told(id); !slices.Equal(got, want) {
		w.t.Errorf("%s: got %v, want %v", o.Name, got, want)
	}
	status, _, _ := strings.Cut(want[len(want)-1], ":")
	if page := w.cli("message", "show", string(id)); !strings.HasPrefix(page, fmt.Sprintf("%s: %s", id, status)) {
		w.t.Errorf("%s: message show prints %s", o.Name, page)
	}
}

// told are the events of a message as the manual writes them. How often a line
// that all share was found paused is nobody's outcome.
func (w *world) told(id store.MessageID) (events []string) {
	w.t.Helper()
	for _, e := range w.statusOf(id).Events {
		switch word := string(e.Kind); {
		case e.Detail == "line_paused":
		case e.Detail == "" || e.Kind == store.Accepted:
			events = append(events, word)
		default:
			events = append(events, word+": "+e.Detail)
		}
	}
	return events
}

// An org that rehearses sends nothing to a carrier, whoever writes.
func TestOrgThatRehearses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	key := w.apiKey(w.sender.User)
	w.cli("org", "set", "--test")
	p := w.serve()
	m := p.postTo(key, []string{number})[0]
	if err := p.mail("2114367789", "one", "one"); err != nil {
		t.Fatal(err)
	}
	w.untilStatus(m.id, store.Delivered)
	w.until("both are texted", func() bool { return strings.Count(strings.Join(w.events(""), " "), "delivered") == 2 })
	w.cli("org", "set", "--no-test")
	w.until("the org is in earnest", func() bool {
		p.postTo(key, []string{"+12125550001"})
		time.Sleep(time.Second)
		return len(w.fake.Texts()) > 0
	})
	if n := len(w.fake.TextsTo(number)); n != 0 {
		t.Errorf("%d texts reached Twilio", n)
	}
}
