package gateway

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"securetext/gateway/option"
	"securetext/store"
	"securetext/store/seal"
)

const replyPost = `{"to":"+12114367789","subject":"Wound","text":"How is it?","reply":"yes"}`

// reply is what a patient writes back to a message that was read, with a file.
func (c *clinic) reply(tb testing.TB, o opened, text string, file []byte) store.ReplyID {
	tb.Helper()
	v := store.Viewer{Org: o.Org, Recipient: o.Recipient}
	r := store.Reply{ID: store.NewReplyID(time.Now()), Message: o.Sealed.ID, Nonce: rand.Text()}
	key, wrapped, err := c.Keys.NewDataKey(tb.Context(), r.Place(v, seal.PartKey))
	must(tb, err)
	content := store.Content{Text: text, Attachments: []store.ContentAttachment{{Part: 1, Name: "Wunde „rot“.jpg", Type: "image/jpeg"}}}
	r.Key, r.Content = wrapped, key.Seal(content.Plaintext(), r.Place(v, seal.PartContent))
	r.Attachments = []store.Attachment{{Part: 1, Size: int64(len(file)), Chunks: key.SealChunks(file, r.Place(v, 1))}}
	must(tb, c.db.Reply(tb.Context(), r, v, time.Now()))
	return r.ID
}

// gets asks for what stands beneath a message, by a key.
func (c *clinic) gets(key string, id store.MessageID, path string) *httptest.ResponseRecorder {
	r := c.request("GET", "/v1/messages/"+string(id)+path, "")
	r.Header.Set("Authorization", "Bearer "+key)
	return do(c.api(), r)
}

// replyReads are what is recorded of readings, by which key.
func (c *clinic) replyReads(tb testing.TB, id store.MessageID) (details []string) {
	tb.Helper()
	events, err := c.db.Events(tb.Context(), store.EventFilter{Message: id, Kind: store.ReplyRead})
	must(tb, err)
	for _, e := range events {
		if e.By.Kind != store.ByKey || e.By.ID == "" || !e.By.Addr.IsValid() {
			tb.Errorf("read by %+v, want a key and where from", e.By)
		}
		details = append(details, e.Detail)
	}
	return details
}

func TestS33ASenderReadsRepliesAndItIsRecorded(t *testing.T) {
	c := newClinic(t)
	key := c.addKey(t, store.ScopeReplies)
	id := c.post(t, c.api(), replyPost).Messages[0].ID
	if w := c.gets(key, id, "/replies"); w.Code != 200 || strings.TrimSpace(w.Body.String()) != `{"replies":[]}` {
		t.Errorf("before any: got %d %s", w.Code, w.Body)
	}
	file := bytes.Repeat([]byte("jpeg"), seal.ChunkSize/2)
	reply := c.reply(t, c.read(t)[0], "It itches.\nMuch.", file)
	w := c.gets(key, id, "/replies")
	var got struct{ Replies []repliedMessage }
	must(t, json.Unmarshal(w.Body.Bytes(), &got))
	want := repliedFile{Part: 1, Name: "Wunde „rot“.jpg", Type: "image/jpeg", Size: int64(len(file))}
	if len(got.Replies) != 1 || got.Replies[0].ID != reply || got.Replies[0].Text != "It itches.\nMuch." || !slices.Equal(got.Replies[0].Files, []repliedFile{want}) {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	w = c.gets(key, id, fmt.Sprintf("/replies/%s/files/1", reply))
	if w.Code != 200 || !bytes.Equal(w.Body.Bytes(), file) {
		t.Errorf("the file: got %d and %d bytes, want %d", w.Code, w.Body.Len(), len(file))
	}
	if details, want := c.replyReads(t, id), []string{string(reply), string(reply) + " part 1"}; !slices.Equal(details, want) {
		t.Errorf("recorded %v, want %v", details, want)
	}
	if strings.Contains(c.log.String(), "itches") || strings.Contains(c.log.String(), "Wunde") {
		t.Error("the log holds what was written back")
	}
	s, err := StatusOf(t.Context(), c.db, c.org.ID, id)
	must(t, err)
	if len(s.Replies) != 1 || s.Replies[0].ID != reply {
		t.Errorf("the status has replies %+v, want that there is one", s.Replies)
	}
}

func TestS20AFileOfAReplyIsNoPage(t *testing.T) {
	c := newClinic(t)
	id := c.post(t, c.api(), replyPost).Messages[0].ID
	reply := c.reply(t, c.read(t)[0], "", []byte("<script>"))
	h := c.gets(c.addKey(t, store.ScopeReplies), id, fmt.Sprintf("/replies/%s/files/1", reply)).Header()
	for name, want := range map[string]string{
		"Content-Type": "image/jpeg", "Content-Length": "8", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Content-Security-Policy": "sandbox; default-src 'none'",
		"Content-Disposition":     "attachment; filename*=utf-8''Wunde%20%E2%80%9Erot%E2%80%9C.jpg",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// A key of before, which may tell what became of messages, opens nothing; nor does
// one of another sender.
func TestS30WhoMayNotReadReplies(t *testing.T) {
	c := newClinic(t)
	other := joinClinic(t, c.db, c.Keys, "other@elsewhere.example")
	id := c.post(t, c.api(), replyPost).Messages[0].ID
	file := fmt.Sprintf("/replies/%s/files/1", c.reply(t, c.read(t)[0], "It itches.", []byte("x")))
	colleague := c.addSender(t, "ana@lakeside.example")
	shown, keyID, hash := NewAPIKey(time.Now())
	must(t, c.db.AddAPIKey(t.Context(), store.APIKey{
		ID: keyID, Org: c.org.ID, Sender: colleague.ID, Label: "ana", Hash: hash, Scopes: []string{store.ScopeReplies},
	}, operator, time.Now()))
	own := c.addKey(t, store.ScopeReplies)
	for name, x := range map[string]struct {
		key    string
		status int
	}{
		"no scope": {c.apiKey, 403}, "another org's": {other.addKey(t, store.ScopeReplies), 404}, "a colleague's": {shown, 404}, "no key": {"st_live_x", 401},
	} {
		for _, path := range []string{"/replies", file} {
			if w := c.gets(x.key, id, path); w.Code != x.status || strings.Contains(w.Body.String(), "itches") {
				t.Errorf("%s: GET %s: got %d, want %d", name, path, w.Code, x.status)
			}
		}
	}
	for _, path := range []string{"/replies/rpl_none/files/1", strings.TrimSuffix(file, "1") + "2", strings.TrimSuffix(file, "1") + "x"} {
		if w := c.gets(own, id, path); w.Code != 404 {
			t.Errorf("GET %s: got %d, want 404", path, w.Code)
		}
	}
	must(t, c.db.SuspendSender(t.Context(), c.org.ID, c.sender.ID, true, operator, time.Now()))
	if w := c.gets(own, id, "/replies"); w.Code != http.StatusForbidden {
		t.Errorf("of one who is suspended: got %d, want 403", w.Code)
	}
	if details := c.replyReads(t, id); len(details) != 0 {
		t.Errorf("recorded %v, want nothing", details)
	}
}

func TestS22AWipedThreadIsGone(t *testing.T) {
	c := newClinic(t)
	key := c.addKey(t, store.ScopeReplies)
	id := c.post(t, c.api(), replyPost).Messages[0].ID
	reply := c.reply(t, c.read(t)[0], "It itches.", []byte("x"))
	must(t, c.db.Wipe(t.Context(), c.org.ID, id, operator, time.Now()))
	for _, path := range []string{"/replies", fmt.Sprintf("/replies/%s/files/1", reply)} {
		if p := refused(t, c.gets(key, id, path), 410); p.Type != typePrefix+"gone" {
			t.Errorf("GET %s: got %+v", path, p)
		}
	}
}

// The message's own choice goes before the org's, and a program's mail takes no
// replies unless it says so.
func TestWhoMayWriteBack(t *testing.T) {
	c := newClinic(t)
	for _, x := range []struct {
		org, auto bool
		said      option.Reply
		want      bool
	}{
		{want: false}, {org: true, want: true}, {org: true, said: option.ReplyNo, want: false}, {said: option.ReplyYes, want: true},
		{org: true, auto: true, want: false}, {auto: true, said: option.ReplyYes, want: true},
	} {
		c.setPolicy(t, store.Policy{Reply: x.org})
		_, err := c.Intake.Accept(t.Context(), Submission{
			Sender: c.sender, To: []Target{{Number: number(t, "+12114367789"), Options: option.Options{Reply: x.said}}},
			Subject: "Wound", Text: "How is it?", Auto: x.auto, Via: ViaAPI,
		})
		must(t, err)
		if o := c.read(t)[0]; o.Reply != x.want {
			t.Errorf("%+v: replies are taken: %t", x, o.Reply)
		}
	}
}
