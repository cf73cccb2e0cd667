package gateway

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

// takes asks to take charge of a message.
func (c *clinic) takes(id store.MessageID, body string) *httptest.ResponseRecorder {
	return do(c.api(), c.request("POST", "/v1/messages/"+string(id)+"/take", body))
}

func TestANamedPersonTakesAMessage(t *testing.T) {
	c := newClinic(t)
	ana := c.addSender(t, "ana@lakeside.example")
	for body, want := range map[string]store.SenderID{
		"": c.sender.ID, "{}": c.sender.ID, `{"by":"Ana@Lakeside.example"}`: ana.ID,
	} {
		id := c.post(t, c.api(), simplePost).Messages[0].ID
		w := c.takes(id, body)
		if w.Code != http.StatusNoContent || w.Body.Len() != 0 {
			t.Fatalf("%q: got %d %s, want 204", body, w.Code, w.Body)
		}
		events, err := c.db.Events(t.Context(), store.EventFilter{Message: id, Kind: store.Taken})
		must(t, err)
		if len(events) != 1 || events[0].By.Kind != store.BySender || events[0].By.ID != string(want) || !events[0].By.Addr.IsValid() {
			t.Errorf("%q: events %+v, want one by %s", body, events, want)
		}
		if p := refused(t, c.takes(id, ""), 409); p.Type != typePrefix+"settled" {
			t.Errorf("taken twice: got %+v", p)
		}
	}
}

func TestWhatNobodyNeedsToTake(t *testing.T) {
	c := newClinic(t)
	h := c.api()
	read := c.post(t, h, simplePost).Messages[0].ID
	o := c.read(t)[0]
	must(t, c.db.Read(t.Context(), read, store.Viewer{Org: c.org.ID, Recipient: o.Recipient}, time.Now()))
	refused(t, c.takes(read, ""), 409)
	gone := c.post(t, h, simplePost).Messages[0].ID
	must(t, c.db.Wipe(t.Context(), c.org.ID, gone, operator, time.Now()))
	refused(t, c.takes(gone, ""), 409)
	refused(t, c.takes("msg_none", ""), 404)
}

func TestWhoMayTake(t *testing.T) {
	c := newClinic(t)
	other := joinClinic(t, c.db, c.Keys, "other@elsewhere.example")
	id := c.post(t, c.api(), simplePost).Messages[0].ID
	for body, want := range map[string]int{
		`{"by":"nobody@lakeside.example"}`:       422,
		`{"by":"other@elsewhere.example"}`:       422, // who is of another org
		`{"by":""}`:                              422,
		`{"by":7}`:                               422,
		`{"who":"ana@lakeside.example"}`:         422,
		`{"by":"a","by":"b"}`:                    422,
		`[]`:                                     422,
		`{`:                                      400,
		"{\"by\":\"\xff\"}":                      400,
		`{"by":"` + strings.Repeat("a", maxTake): 413,
	} {
		if w := c.takes(id, body); w.Code != want {
			t.Errorf("%.40q: got %d %s, want %d", body, w.Code, w.Body, want)
		}
	}
	refused(t, other.takes(id, ""), 404)
	plain := c.request("POST", "/v1/messages/"+string(id)+"/take", `{}`)
	plain.Header.Set("Content-Type", "text/plain")
	refused(t, do(c.api(), plain), 415)
	all := c.apiKey
	c.apiKey = c.addKey(t, store.ScopeRead)
	refused(t, c.takes(id, ""), 403)
	c.apiKey = all
	must(t, c.db.SuspendSender(t.Context(), c.org.ID, c.sender.ID, true, operator, time.Now()))
	refused(t, c.takes(id, ""), 403)
	events, err := c.db.Events(t.Context(), store.EventFilter{Message: id, Kind: store.Taken})
	must(t, err)
	if len(events) != 0 {
		t.Errorf("taken all the same: %+v", events)
	}
}
