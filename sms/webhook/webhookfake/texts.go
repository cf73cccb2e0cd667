package webhookfake

import (
	"crypto/rand"
	"encoding/hex"
)

// keep remembers a text, once: fresh is false for one that was there, which is
// what it returns then.
func (f *Fake) keep(t *Text) (kept *Text, fresh bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, old := range f.texts {
		if old.Text == t.Text {
			return old, false
		}
	}
	t.ID, t.Taken = newID(), f.now()
	f.texts = append(f.texts, t)
	return t, true
}

// find returns a text by the sender's id or by the fake's own.
func (f *Fake) find(text, id string) (t Text, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.texts {
		if text != "" && t.Text == text || id != "" && t.ID == id {
			return *t, true
		}
	}
	return Text{}, false
}

func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return "gw_" + hex.EncodeToString(b[:])
}

// status is what the fake says of a text.
type status struct {
	Text      string `json:"text"`
	ID        string `json:"id"`
	State     string `json:"state"`
	Code      string `json:"code,omitempty"`
	Transient *bool  `json:"transient,omitempty"`
}

func (t Text) status(transient *bool) status {
	return status{t.Text, t.ID, t.State, t.Code, transient}
}

// move gives a text its next state, and returns what says so.
func (f *Fake) move(t *Text, state string, rule Rule) status {
	f.mu.Lock()
	defer f.mu.Unlock()
	t.State = state
	if state != "undelivered" && state != "failed" {
		return t.status(nil)
	}
	t.Code = rule.FinalCode
	return t.status(rule.Transient)
}
