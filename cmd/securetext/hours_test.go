package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"securetext/store"
)

// postWith posts a message to the patient with one more member.
func (p *process) postWith(key, member string) store.MessageID {
	p.world.t.Helper()
	return p.postOne(key, fmt.Sprintf(`{"to":%q,"subject":"s","text":"words",%s}`, number, member))
}

func TestUrgentMessagesMindNoQuietHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	key := w.apiKey(w.sender.User)
	now := time.Now().UTC()
	quiet := now.Add(-2*time.Hour).Format("15:04") + "-" + now.Add(2*time.Hour).Format("15:04")
	w.cli("org", "set", "--quiet="+quiet, "--time-zone=Etc/UTC")
	p := w.serve()
	waits := p.postWith(key, `"reference":"any"`)
	urgent := p.postWith(key, `"read_by":"4h"`)
	w.untilStatus(urgent, store.Delivered)
	w.until("the other waits", func() bool { s := w.statusOf(waits); return s.Waiting != nil && s.Waiting.Code == "quiet_hours" })
	if n := len(w.links(number)); n != 1 {
		t.Errorf("%d texts, want the urgent one alone", n)
	}
	p.stop()
	w.cli("org", "set", "--quiet=none")
	w.pass(3 * time.Hour)
	w.serve()
	w.untilStatus(waits, store.Delivered)
}

func TestMessageIsTextedAtItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, production)
	key := w.apiKey(w.sender.User)
	p := w.serve()
	at := time.Now().Add(2 * time.Hour)
	later := p.postWith(key, fmt.Sprintf(`"send_at":%q`, at.UTC().Format(time.RFC3339)))
	w.untilStatus(p.postWith(key, `"reference":"now"`), store.Delivered)
	if s := w.statusOf(later); s.Status != store.Accepted || len(w.links(number)) != 1 {
		t.Errorf("before its time it is %s, with %d texts", s.Status, len(w.links(number)))
	}
	p.stop()
	w.pass(2*time.Hour + time.Minute)
	p = w.serve()
	w.untilStatus(later, store.Delivered)
	if status, _ := p.ask(key, http.MethodGet, "/v1/messages/"+string(later), ""); status != http.StatusOK {
		t.Errorf("GET: %d", status)
	}
}
