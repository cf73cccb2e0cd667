package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

// continuing is a post that continues a message.
func continuing(id store.MessageID, to string) string {
	return fmt.Sprintf(`{"to": %s, "subject": "Your question", "text": "That is normal.", "thread": %q}`, to, id)
}

// threadOf is what the API says of the thread that a message continues.
func (c *clinic) threadOf(tb testing.TB, id store.MessageID) store.MessageID {
	tb.Helper()
	var s struct{ Thread store.MessageID }
	must(tb, json.Unmarshal(do(c.api(), c.request("GET", "/v1/messages/"+string(id), "")).Body.Bytes(), &s))
	return s.Thread
}

func TestAMessageContinuesAThread(t *testing.T) {
	c := newClinic(t)
	addr, _ := c.serveSMTP(t, nil)
	first := c.post(t, c.api(), simplePost).Messages[0].ID
	second := c.post(t, c.api(), continuing(first, `"2114367789"`)).Messages[0].ID
	third := c.post(t, c.api(), continuing(second, `["2114367789", "+1 211 436 7789"]`)).Messages[0].ID
	for id, want := range map[store.MessageID]store.MessageID{first: "", second: first, third: first} {
		if got := c.threadOf(t, id); got != want {
			t.Errorf("%s continues %q, want %q", id, got, want)
		}
	}
	d := c.dialIn(t, addr)
	for _, mail := range [][2]string{
		{"2114367789@secure.text", "X-SecureText-Thread: " + string(third) + "\r\n" + simpleMail},
		{"2114367789+thread=" + strings.ToUpper(string(second)) + "@secure.text", simpleMail},
	} {
		got := d.mail(own, mail[0], mail[1])
		id := store.MessageID(strings.TrimSpace(strings.TrimPrefix(got, "250 2.6.0 Stored as ")))
		if c.threadOf(t, id) != first {
			t.Errorf("got %q, in the thread %q, want %q", got, c.threadOf(t, id), first)
		}
	}
}

// What is there, but not to be continued by this sender, is refused as what is not.
func TestAThreadThatIsNotTheirsIsRefusedAsNone(t *testing.T) {
	c := newClinic(t)
	other := joinClinic(t, c.db, c.Keys, "okoye@hillside.example")
	colleague := c.addSender(t, "okoye@lakeside.example")
	own1 := c.post(t, c.api(), simplePost).Messages[0].ID
	wiped := c.post(t, c.api(), simplePost).Messages[0].ID
	must(t, c.db.Wipe(t.Context(), c.org.ID, wiped, operator, time.Now()))
	sub := c.submission(t, "2114367789")
	sub.Sender = colleague
	theirs, err := c.Accept(t.Context(), sub)
	must(t, err)
	want := ""
	for name, post := range map[string]string{
		"none":           continuing(store.NewMessageID(time.Now()), `"2114367789"`),
		"another org's":  continuing(other.post(t, other.api(), simplePost).Messages[0].ID, `"2114367789"`),
		"a colleague's":  continuing(theirs.Messages[0], `"2114367789"`),
		"wiped":          continuing(wiped, `"2114367789"`),
		"to another":     continuing(own1, `"2114367700"`),
		"of nobody's":    strings.Replace(continuing(own1, `"2114367789"`), "{", `{"for": "M", `, 1),
		"a person's too": strings.Replace(continuing(own1, `"2114367789"`), "{", `{"for": "J", `, 1),
	} {
		w := do(c.api(), c.request("POST", "/v1/messages", post))
		p := refused(t, w, 422)
		if p.reason() != "no-thread" || len(p.Errors) != 1 || p.Errors[0].Pointer != "/to" {
			t.Errorf("%s: got %+v", name, p)
		}
		if want == "" {
			want = w.Body.String()
		}
		if got := w.Body.String(); got != want {
			t.Errorf("%s: got %s, and another %s", name, got, want)
		}
		if got := do(c.api(), c.request("POST", "/v1/messages?dry_run=true", post)).Body.String(); !strings.Contains(got, `"verdict":"no-thread"`) {
			t.Errorf("%s: a dry run says %s", name, got)
		}
	}
	p := refused(t, do(c.api(), c.request("POST", "/v1/messages", continuing(own1, `["2114367789", "2114367700"]`))), 422)
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/to/1" {
		t.Errorf("of two recipients: got %+v, want the second", p.Errors)
	}
	refused(t, do(c.api(), c.request("POST", "/v1/messages", continuing("msg_1", `"2114367789"`))), 422)
	addr, _ := c.serveSMTP(t, nil)
	got := c.dialIn(t, addr).mail(own, "2114367789@secure.text", "X-SecureText-Thread: "+string(wiped)+"\r\n"+simpleMail)
	if !strings.HasPrefix(got, "554 5.5.4 There is no message of yours") || strings.Contains(got, string(wiped)) {
		t.Errorf("by mail: got %q", got)
	}
}

// The sandbox continues no real message, and no real one the sandbox's.
func TestARehearsalContinuesNoRealThread(t *testing.T) {
	c := newClinic(t)
	real1 := c.post(t, c.api(), simplePost).Messages[0].ID
	c.apiKey = c.addTestKey(t)
	refused(t, do(c.api(), c.request("POST", "/v1/messages", continuing(real1, `"2114367789"`))), 422)
	rehearsed := c.post(t, c.api(), simplePost).Messages[0].ID
	c.post(t, c.api(), continuing(rehearsed, `"2114367789"`))
	c.apiKey = c.addKey(t, store.ScopeSend)
	refused(t, do(c.api(), c.request("POST", "/v1/messages", continuing(rehearsed, `"2114367789"`))), 422)
}

func TestAnotherThreadIsAnotherRequest(t *testing.T) {
	c := newClinic(t)
	first, apart := c.post(t, c.api(), simplePost).Messages[0].ID, c.post(t, c.api(), simplePost).Messages[0].ID
	once := []string{"Idempotency-Key", "k1"}
	one := c.post(t, c.api(), continuing(first, `"2114367789"`), once...)
	if again := c.post(t, c.api(), continuing(first, `"2114367789"`), once...); again.Messages[0].ID != one.Messages[0].ID {
		t.Error("the same request made another message")
	}
	r := c.request("POST", "/v1/messages", continuing(apart, `"2114367789"`))
	r.Header.Set("Idempotency-Key", "k1")
	refused(t, do(c.api(), r), 422)
}
