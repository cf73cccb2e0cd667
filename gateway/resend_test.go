package gateway

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"securetext/store"
)

// resends asks for another text of a message.
func (c *clinic) resends(id store.MessageID) *httptest.ResponseRecorder {
	return do(c.api(), c.request("POST", "/v1/messages/"+string(id)+"/resend", ""))
}

func TestAMessageIsTextedAgain(t *testing.T) {
	c := newClinic(t)
	id := c.post(t, c.api(), simplePost).Messages[0].ID
	if p := refused(t, c.resends(id), 409); p.Type != typePrefix+"waiting" {
		t.Errorf("before the first text: got %+v", p)
	}
	due, err := c.db.Due(t.Context(), 1, time.Minute, time.Now())
	must(t, err)
	must(t, c.db.Failed(t.Context(), store.Failure{Claim: due[0].Claim, Reason: "x"}, time.Now()))
	if w := c.resends(id); w.Code != http.StatusNoContent || w.Body.Len() != 0 {
		t.Fatalf("got %d %s, want 204", w.Code, w.Body)
	}
	events, err := c.db.Events(t.Context(), store.EventFilter{Message: id, Kind: store.Resent})
	must(t, err)
	if len(events) != 1 || events[0].By.Kind != store.ByKey || !events[0].By.Addr.IsValid() {
		t.Errorf("events: got %+v, want one by the key", events)
	}
	again, err := c.db.Due(t.Context(), 10, time.Minute, time.Now())
	must(t, err)
	if len(again) != 1 || again[0].Kind != store.AgainText {
		t.Errorf("Due: got %d rows, want the text asked for", len(again))
	}
	w := c.resends(id)
	refused(t, w, 429)
	if s, _ := strconv.Atoi(w.Header().Get("Retry-After")); s < 500 {
		t.Errorf("Retry-After: got %d, want about ten minutes", s)
	}
}

func TestWhatIsNotTextedAgain(t *testing.T) {
	c := newClinic(t)
	other := joinClinic(t, c.db, c.Keys, "other@elsewhere.example")
	gone := c.post(t, c.api(), simplePost).Messages[0].ID
	must(t, c.db.Wipe(t.Context(), c.org.ID, gone, operator, time.Now()))
	refused(t, c.resends(gone), 410)
	refused(t, c.resends("msg_none"), 404)
	id := c.post(t, c.api(), simplePost).Messages[0].ID
	refused(t, other.resends(id), 404)
	all := c.apiKey
	c.apiKey = c.addKey(t, store.ScopeRead)
	refused(t, c.resends(id), 403)
	c.apiKey = all
	must(t, c.db.SuspendSender(t.Context(), c.org.ID, c.sender.ID, true, operator, time.Now()))
	refused(t, c.resends(id), 403)
}
