package webhookfake

import (
	"net/http"
	"strconv"
	"time"
)

// Rule says how texts go wrong. Of several that match a text the first counts.
type Rule struct {
	To    string // E.164; empty: any
	Times int    // how many requests it is for; 0: all
	Ask   bool   // it is about questions, not about texts being sent

	// What the gateway answers. Status 0 is no error.
	Status     int    // of HTTP
	Error      string // a word; empty with a Status: a page of HTML, as from a proxy
	RetryAfter int    // seconds
	Accept     bool   // take the text, and fail all the same
	Hang       bool   // never answer
	Cut        bool   // break the connection off
	Delivered  bool   // say that it is on the phone already

	// What becomes of a text that was taken.
	Final     string // its last state; empty: delivered
	FinalCode string // a word, for undelivered and failed
	Transient *bool  // nil: the gateway does not say

	// What becomes of its callbacks.
	Lose      bool          // never posted
	Duplicate bool          // each posted twice
	Reverse   bool          // the last one first
	Forge     bool          // signed with another secret
	Delay     time.Duration // before the first
}

// Fail adds a rule.
func (f *Fake) Fail(r Rule) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = append(f.rules, &r)
}

// Mend drops all rules.
func (f *Fake) Mend() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
}

// rule finds the rule for a request about a text to that number, and counts it.
func (f *Fake) rule(to string, ask bool) Rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rules {
		if r.Ask != ask || r.To != "" && r.To != to || r.Times < 0 {
			continue
		}
		found := *r
		if r.Times > 0 {
			r.Times--
			if r.Times == 0 {
				r.Times = -1 // used up
			}
		}
		return found
	}
	return Rule{}
}

func (r Rule) fails() bool { return r.Status != 0 || r.Hang || r.Cut }

// breaks answers as the rule says, and reports whether it says anything.
func (f *Fake) breaks(r Rule, w http.ResponseWriter, req *http.Request) bool {
	switch {
	case r.Hang:
		select {
		case <-req.Context().Done():
		case <-f.ctx.Done():
		}
		panic(http.ErrAbortHandler)
	case r.Cut:
		panic(http.ErrAbortHandler)
	case r.Status == 0:
		return false
	}
	if r.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(r.RetryAfter))
	}
	if r.Error == "" {
		http.Error(w, "<html><body>Something went wrong</body></html>", r.Status)
		return true
	}
	refuse(w, r.Status, r.Error)
	return true
}
