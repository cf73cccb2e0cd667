package gateway

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"securetext/store"
)

func (c *clinic) api() http.Handler {
	return (&API{Intake: c.Intake, Events: c.db, PublicURL: "https://secure.text", Log: c.Log}).Handler()
}

// request is a request with the clinic's key and a JSON body.
func (c *clinic) request(method, path, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+c.apiKey)
	if body != "" {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	return r
}

func do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

type accepted struct {
	Messages []sentMessage `json:"messages"`
}

// post sends body and expects it to be taken.
func (c *clinic) post(tb testing.TB, h http.Handler, body string, headers ...string) accepted {
	tb.Helper()
	r := c.request("POST", "/v1/messages", body)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := do(h, r)
	var a accepted
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusAccepted {
		tb.Fatalf("got %d %s, want 202", w.Code, w.Body)
	}
	return a
}

// refused checks that w is a problem of that status, and returns it.
func refused(tb testing.TB, w *httptest.ResponseRecorder, status int) problem {
	tb.Helper()
	var p problem
	err := json.Unmarshal(w.Body.Bytes(), &p)
	if err != nil || w.Code != status || p.Status != status || p.Title == "" || p.Type == "" ||
		w.Header().Get("Content-Type") != problemType || w.Header().Get("Cache-Control") != "no-store" {
		tb.Fatalf("got %d %v %s, want a problem with %d", w.Code, w.Header(), w.Body, status)
	}
	return p
}

const simplePost = `{"to": "2114367789", "subject": "Your result", "text": "It is negative."}`

func TestPostBecomesAMessageForEachNumber(t *testing.T) {
	c := newClinic(t)
	pdf := base64.StdEncoding.EncodeToString([]byte("%PDF-1.7\nall"))
	a := c.post(t, c.api(), `{"to": ["2114367789", "+15551230002", "+1 211 436 7789"], "subject": "Your result",
		"text": "It is\r\nnegative.", "html": "<p>negative</p>", "expires_in": "3d", "lang": "es-MX", "reference": "lab:17",
		"attachments": [{"name": "result.pdf", "type": "text/plain", "content": "`+pdf+`"}]}`)
	got := c.read(t)
	if len(a.Messages) != 3 || len(got) != 2 || a.Messages[0].ID != a.Messages[2].ID {
		t.Fatalf("%d lines for %d messages, want 3 for 2", len(a.Messages), len(got))
	}
	if url := a.Messages[1].StatusURL; url != "https://secure.text/v1/messages/"+string(got[1].ID) {
		t.Errorf("the second number's status is at %s", url)
	}
	m := got[0]
	if m.Subject != "Your result" || m.Text != "It is\nnegative." || m.HTML != "<p>negative</p>" || m.From != "Dr Reyes" {
		t.Error("the message does not read as it was posted")
	}
	if m.Lang != "es-MX" || m.Expires.Sub(m.Created) != 72*time.Hour {
		t.Errorf("lang %q, life %v", m.Lang, m.Expires.Sub(m.Created))
	}
	if f := m.Content.Attachments[0]; f.Type != "application/pdf" || f.Name != "result.pdf" || string(m.files[0]) != "%PDF-1.7\nall" {
		t.Errorf("attachment %q of type %q", f.Name, f.Type)
	}
}

func TestStatusTellsWhatHappened(t *testing.T) {
	c := newClinic(t)
	h := c.api()
	a := c.post(t, h, `{"to": "2114367789", "subject": "s", "text": "t", "reference": "lab:17"}`)
	must(t, c.db.Wipe(t.Context(), c.org.ID, a.Messages[0].ID, operator, time.Now()))
	w := do(h, c.request("GET", "/v1/messages/"+string(a.Messages[0].ID), ""))
	var s MessageStatus
	must(t, json.Unmarshal(w.Body.Bytes(), &s))
	if w.Code != 200 || s.Status != store.Accepted || s.Reference != "lab:17" || s.Wiped.IsZero() || !s.Expired.IsZero() {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if len(s.Events) != 2 || s.Events[0].Kind != store.Accepted || s.Events[0].Detail != "api" || s.Events[1].Kind != store.Wiped {
		t.Errorf("got events %v, want accepted and wiped", s.Events)
	}
	if len(s.Ladder) != 1 || s.Ladder[0].Step != store.Accepted || !s.Ladder[0].At.Equal(s.Events[0].At) || s.Waiting != nil {
		t.Errorf("got the ladder %v, waiting %v", s.Ladder, s.Waiting)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("the status may be cached")
	}
}

func TestStatusOfAnotherOrgIsNotFound(t *testing.T) {
	c := newClinic(t)
	other := joinClinic(t, c.db, c.Keys, "other@elsewhere.example")
	a := c.post(t, c.api(), simplePost)
	refused(t, do(c.api(), other.request("GET", "/v1/messages/"+string(a.Messages[0].ID), "")), 404)
	refused(t, do(c.api(), c.request("GET", "/v1/messages/msg_none", "")), 404)
}

func TestS30WhoMayDoWhat(t *testing.T) {
	c := newClinic(t)
	h := c.api()
	send, read := c.addKey(t, store.ScopeSend), c.addKey(t, store.ScopeRead)
	id := c.post(t, h, simplePost).Messages[0].ID
	for _, try := range []struct {
		name, method, authorization string
		want                        int
	}{
		{"no key", "GET", "", 401},
		{"another scheme", "GET", "Basic " + read, 401},
		{"a wrong secret", "GET", "Bearer " + read[:len(read)-1] + "~", 401},
		{"a wrong id", "GET", "Bearer st_live_" + strings.Repeat("0", 26) + read[len(read)-44:], 401},
		{"the secret of another key", "GET", "Bearer " + read[:len(read)-43] + send[len(send)-43:], 401},
		{"no scope to read", "GET", "Bearer " + send, 403},
		{"no scope to send", "POST", "Bearer " + read, 403},
		{"read", "GET", "bearer  " + read, 200},
		{"send", "POST", "Bearer " + send, 202},
	} {
		path, body := "/v1/messages/"+string(id), ""
		if try.method == "POST" {
			path, body = "/v1/messages", simplePost
		}
		r := c.request(try.method, path, body)
		r.Header.Set("Authorization", try.authorization)
		w := do(h, r)
		if w.Code != try.want {
			t.Errorf("%s: got %d %s, want %d", try.name, w.Code, w.Body, try.want)
		}
		if try.want == 401 && !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: no WWW-Authenticate", try.name)
		}
	}
}

func TestS30ARevokedKeyIsNone(t *testing.T) {
	c := newClinic(t)
	key, _ := splitAPIKey(c.apiKey)
	must(t, c.db.RevokeCredential(t.Context(), c.org.ID, key.ID, operator, time.Now()))
	refused(t, do(c.api(), c.request("POST", "/v1/messages", simplePost)), 401)
}

func TestS30IdempotencyKeys(t *testing.T) {
	c := newClinic(t)
	h := c.api()
	first := c.post(t, h, simplePost, idempotencyHeader, "order-17")
	again := c.post(t, h, `{"text":"It is negative.","subject":"Your result","to":["+12114367789"]}`, idempotencyHeader, "order-17")
	if again.Messages[0] != first.Messages[0] {
		t.Errorf("the same request gave %v, then %v", first, again)
	}
	other := c.request("POST", "/v1/messages", strings.Replace(simplePost, "negative", "positive", 1))
	other.Header.Set(idempotencyHeader, "order-17")
	if p := refused(t, do(h, other), 422); p.Type != typePrefix+"idempotency" {
		t.Errorf("got %s", p.Type)
	}
	for _, bad := range []string{"", "two words", "é", strings.Repeat("x", 256)} {
		r := c.request("POST", "/v1/messages", simplePost)
		r.Header[idempotencyHeader] = []string{bad}
		refused(t, do(h, r), 422)
	}
	if n := len(c.read(t)); n != 1 {
		t.Errorf("%d messages were stored, want 1", n)
	}
}

func TestS25WhatFailsHereIsToBeSentAgain(t *testing.T) {
	c := newClinic(t)
	for _, err := range []error{store.ErrUnavailable, store.ErrFull, store.ErrNotFound, errors.New("row 17: It is negative."), nil} {
		c.Intake.Store = failing{err: err} // nil: it stores nothing and says nothing
		w := do(c.api(), c.request("POST", "/v1/messages", simplePost))
		refused(t, w, 503)
		if w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "negative") {
			t.Errorf("%v: got %v %s", err, w.Header(), w.Body)
		}
	}
	c.Intake.Store = panicking{}
	refused(t, do(c.api(), c.request("POST", "/v1/messages", simplePost)), 503)
}

func TestUnknownRoutesAndMethods(t *testing.T) {
	c := newClinic(t)
	refused(t, do(c.api(), c.request("GET", "/v1/nothing", "")), 404)
	w := do(c.api(), c.request("DELETE", "/v1/messages", ""))
	refused(t, w, 405)
	if !strings.Contains(w.Header().Get("Allow"), "POST") {
		t.Errorf("Allow is %q", w.Header().Get("Allow"))
	}
}

func TestARequestIsRefusedBeforeItIsRead(t *testing.T) {
	c := newClinic(t)
	r := c.request("POST", "/v1/messages", simplePost)
	r.ContentLength = maxBody + 1
	r.Body = unread{t}
	refused(t, do(c.api(), r), 413)
	r = c.request("POST", "/v1/messages", simplePost)
	r.Header.Set("Content-Type", "text/plain")
	r.Body = unread{t}
	refused(t, do(c.api(), r), 415)
	r = c.request("POST", "/v1/messages", simplePost)
	r.Header.Set("Authorization", "Bearer none")
	r.Body = unread{t}
	refused(t, do(c.api(), r), 401)
}

// unread is a body that must not be read.
type unread struct{ testing.TB }

func (u unread) Read([]byte) (int, error) {
	u.Error("the body was read")
	return 0, fmt.Errorf("unread")
}

func (unread) Close() error { return nil }
