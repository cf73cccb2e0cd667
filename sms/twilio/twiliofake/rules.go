package twiliofake

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Rule says how texts go wrong. Of several that match a text the first counts.
type Rule struct {
	To    string `json:"to,omitempty"`    // E.164; empty: any
	Every int    `json:"every,omitempty"` // only every n-th of the texts that no rule before it is for; 0: all
	Times int    `json:"times,omitempty"` // how many texts it is for; 0: all

	// What the API answers. Status 0 is no error.
	Status     int           `json:"status,omitempty"`      // of HTTP
	Code       int           `json:"code,omitempty"`        // of Twilio; 0 with a Status: a page of HTML, as from a proxy
	RetryAfter int           `json:"retry_after,omitempty"` // seconds
	Accept     bool          `json:"accept,omitempty"`      // take the text, and fail all the same
	Hang       bool          `json:"hang,omitempty"`        // never answer
	Cut        bool          `json:"cut,omitempty"`         // break the connection off
	Latency    time.Duration `json:"latency,omitempty"`     // between taking or refusing the text and saying so, in nanoseconds

	// What becomes of a text that was taken.
	Final     string `json:"final,omitempty"`      // its last status; empty: delivered
	FinalCode int    `json:"final_code,omitempty"` // the carrier's error

	// What becomes of its callbacks.
	Lose      bool          `json:"lose,omitempty"`      // never posted
	Duplicate bool          `json:"duplicate,omitempty"` // each posted twice
	Reverse   bool          `json:"reverse,omitempty"`   // the last one first
	Forge     bool          `json:"forge,omitempty"`     // signed with another token
	Delay     time.Duration `json:"delay,omitempty"`     // before the first, in nanoseconds
	Late      time.Duration `json:"late,omitempty"`      // before the last that is posted, in nanoseconds

	seen int // texts that it could have been for
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
		if r.matches(to) {
			return *r
		}
	}
	return Rule{}
}

// matches reports whether a text is one that the rule is for.
func (r *Rule) matches(to string) bool {
	if r.To != "" && r.To != to || r.Times < 0 {
		return false
	}
	r.seen++
	if r.Every > 0 && r.seen%r.Every != 0 {
		return false
	}
	if r.Times > 0 {
		r.Times--
		if r.Times == 0 {
			r.Times = -1 // used up
		}
	}
	return true
}

// wait lets time pass. It reports false where the fake, or whoever waits, is
// gone before.
func (f *Fake) wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return f.ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-f.ctx.Done():
	}
	return false
}

// breaks answers as the rule says, and reports whether it says anything.
func (f *Fake) breaks(r Rule, w http.ResponseWriter, req *http.Request) bool {
	if r.Latency > 0 && !f.wait(req.Context(), r.Latency) {
		panic(http.ErrAbortHandler)
	}
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
