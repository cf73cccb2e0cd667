package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"securetext/sms/twilio/twiliofake"
)

// clerk stands before the fake of Twilio and keeps the book of what it was asked
// and what it answered, which the fake itself forgets of texts it refuses.
type clerk struct {
	fake *twiliofake.Fake

	sends, looks, fetches atomic.Int64 // texts handed over, lists and single texts asked for
	inHand                atomic.Int64

	mu      sync.Mutex
	answers map[string][]answer // by number, in their order
}

// answer is what came of one text that was handed over.
type answer struct {
	at     time.Time
	taken  bool // whatever was said
	status int  // 0: none was given
	code   int  // Twilio's
}

// ServeHTTP implements [http.Handler].
func (c *clerk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.inHand.Add(1)
	defer c.inHand.Add(-1)
	switch {
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/Messages.json"):
		c.send(w, r)
		return
	case strings.HasSuffix(r.URL.Path, "/Messages.json"):
		c.looks.Add(1)
	case strings.Contains(r.URL.Path, "/Messages/"):
		c.fetches.Add(1)
	}
	c.fake.ServeHTTP(w, r)
}

// send books a text even where the fake breaks the connection off.
func (c *clerk) send(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	to, a := r.PostForm.Get("To"), answer{at: time.Now()}
	had := len(c.fake.TextsTo(to))
	heard := &hearing{ResponseWriter: w, answer: &a}
	defer func() {
		a.taken = len(c.fake.TextsTo(to)) > had
		c.mu.Lock()
		defer c.mu.Unlock()
		c.answers[to] = append(c.answers[to], a)
	}()
	c.sends.Add(1)
	c.fake.ServeHTTP(heard, r)
}

// asked is how often it was asked anything.
func (c *clerk) asked() int64 { return c.sends.Load() + c.looks.Load() + c.fetches.Load() }

// to is what was answered for one number.
func (c *clerk) to(number string) []answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answers[number]
}

// all are the answers for all numbers.
func (c *clerk) all() (all []answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, list := range c.answers {
		all = append(all, list...)
	}
	return all
}

// hearing listens to an answer on its way.
type hearing struct {
	http.ResponseWriter
	answer *answer
}

// WriteHeader implements [http.ResponseWriter].
func (h *hearing) WriteHeader(status int) {
	h.answer.status = status
	h.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter]. The fake writes an answer in one go.
func (h *hearing) Write(b []byte) (int, error) {
	var said struct{ Code int }
	if h.answer.status >= 300 && json.Unmarshal(b, &said) == nil {
		h.answer.code = said.Code
	}
	return h.ResponseWriter.Write(b)
}
