package gateway

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

// extends asks that a message can be read for longer.
func (c *clinic) extends(id store.MessageID, body string) *httptest.ResponseRecorder {
	return do(c.api(), c.request("POST", "/v1/messages/"+string(id)+"/extend", body))
}

// expires is until when a message can be read.
func (c *clinic) expires(t *testing.T, id store.MessageID) time.Time {
	t.Helper()
	infos, err := c.db.Messages(t.Context(), store.MessageFilter{ID: id})
	must(t, err)
	return infos[0].Expires
}

func TestAMessageCanBeReadForLonger(t *testing.T) {
	c := newClinic(t)
	id := c.post(t, c.api(), simplePost).Messages[0].ID
	w := c.extends(id, `{"expires_in":"60d"}`)
	var got struct {
		Until time.Time `json:"expires_at"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); w.Code != http.StatusOK || err != nil {
		t.Fatalf("got %d %s, %v, want 200", w.Code, w.Body, err)
	}
	if stored := c.expires(t, id); !stored.Equal(got.Until) || time.Until(stored).Round(time.Hour) != 60*24*time.Hour {
		t.Errorf("expires: got %v, the answer says %v, want it in 60 days", stored, got.Until)
	}
	events, err := c.db.Events(t.Context(), store.EventFilter{Message: id, Kind: store.Extended})
	must(t, err)
	if len(events) != 1 || events[0].By.Kind != store.ByKey || !events[0].By.Addr.IsValid() {
		t.Errorf("events: got %+v, want one by the key", events)
	}
	if p := refused(t, c.extends(id, `{"expires_in":"30d"}`), 409); p.Type != typePrefix+"longer" {
		t.Errorf("for less than it has: got %+v", p)
	}
	for body, want := range map[string]int{
		`{"expires_in":"91d"}`: 422, `{"expires_in":"5m"}`: 422, `{"expires_in":7}`: 422, `{}`: 422, `{`: 400,
		`{"expires_in":"80d","by":"x"}`: 422, `{"expires_in":"` + strings.Repeat("9", maxExtend) + `"}`: 413,
	} {
		refused(t, c.extends(id, body), want)
	}
	must(t, c.db.Wipe(t.Context(), c.org.ID, id, operator, time.Now()))
	refused(t, c.extends(id, `{"expires_in":"90d"}`), 410)
}

func TestAMessageThatGoesOutLaterIsExtendedFromThen(t *testing.T) {
	c := newClinic(t)
	at := time.Now().Add(30 * 24 * time.Hour).UTC().Truncate(time.Second)
	id := c.post(t, c.api(), `{"to":"2114367789","subject":"x","text":"x","send_at":"`+at.Format(time.RFC3339)+`"}`).Messages[0].ID
	if w := c.extends(id, `{"expires_in":"90d"}`); w.Code != http.StatusOK {
		t.Fatalf("got %d %s, want 200", w.Code, w.Body)
	}
	if got, want := c.expires(t, id), at.Add(90*24*time.Hour); !got.Equal(want) {
		t.Errorf("expires: got %v, want %v", got, want)
	}
}

// One rule for all: what is done in a sender's name is that sender's; who looks
// after a message may be anybody of the org; and the sandbox reaches tests alone.
func TestS30WhoseMessagesAKeyReaches(t *testing.T) {
	c := newClinic(t)
	id := c.post(t, c.api(), simplePost).Messages[0].ID
	own, colleague := c.apiKey, c.addSender(t, "ana@lakeside.example")
	ours := c.sender
	c.sender = colleague
	theirs := c.addKey(t, store.ScopeSend, store.ScopeRead)
	c.sender, c.apiKey = ours, theirs
	if w := do(c.api(), c.request("GET", "/v1/messages/"+string(id), "")); w.Code != http.StatusOK {
		t.Errorf("status by a colleague's key: got %d, want 200", w.Code)
	}
	refused(t, c.resends(id), 404)
	refused(t, c.extends(id, `{"expires_in":"60d"}`), 404)
	c.apiKey = c.addTestKey(t, store.ScopeSend)
	refused(t, c.takes(id, ""), 404)
	refused(t, c.resends(id), 404)
	refused(t, c.extends(id, `{"expires_in":"60d"}`), 404)
	tried := c.post(t, c.api(), simplePost).Messages[0].ID
	if w := c.extends(tried, `{"expires_in":"60d"}`); w.Code != http.StatusOK {
		t.Errorf("a test by a key of the sandbox: got %d, want 200", w.Code)
	}
	c.apiKey = theirs
	if w := c.takes(id, ""); w.Code != http.StatusNoContent {
		t.Errorf("taken by a colleague's key: got %d, want 204", w.Code)
	}
	c.apiKey = own
	must(t, c.db.SuspendSender(t.Context(), c.org.ID, c.sender.ID, true, operator, time.Now()))
	refused(t, c.extends(id, `{"expires_in":"60d"}`), 403)
}
