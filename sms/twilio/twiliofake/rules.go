package twiliofake

import (
	"net/http"
	"strconv"
	"time"
)

// Rule says how texts go wrong. Of several that match a text the first counts.
type Rule struct {
	To    string `json:"to,omitempty"`    // E.164; empty: any
	Times int    `json:"times,omitempty"` // how many texts it is for; 0: all

	// What the API answers. Status 0 is no error.
	Status     int  `json:"status,omitempty"`      // of HTTP
	Code       int  `json:"code,omitempty"`        // of Twilio; 0 with a Status: a page of HTML, as from a proxy
	RetryAfter int  `json:"retry_after,omitempty"` // seconds
	Accept     bool `json:"accept,omitempty"`      // take the text, and fail all the same
	Hang       bool `json:"hang,omitempty"`        // never answer
	Cut        bool `json:"cut,omitempty"`         // break the connection off

	// What becomes of a text that was taken.
	Final     string `json:"final,omitempty"`      // its last status; empty: delivered
	FinalCode int    `json:"final_code,omitempty"` // the carrier's error

	// What becomes of its callbacks.
	Lose      bool          `json:"lose,omitempty"`      // never posted
	Duplicate bool          `json:"duplicate,omitempty"` // each posted twice
	Reverse   bool          `json:"reverse,omitempty"`   // the last one first
	Forge     bool          `json:"forge,omitempty"`     // signed with another token
	Delay     time.Duration `json:"delay,omitempty"`     // before the first, in nanoseconds
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

// rule finds the rule for a text to that number, and counts it.
func (f *Fake) rule(to string) Rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rules {
		if r.To != "" && r.To != to || r.Times < 0 {
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
	if r.Code == 0 {
		http.Error(w, "<html><body>Something went wrong</body></html>", r.Status)
		return true
	}
	refuse(w, r.Status, r.Code, "as the rule says")
	return true
}
