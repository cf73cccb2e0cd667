package main

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// Two processes share what a number may carry a second. The test goes by itself:
// it is about time.
func TestTwoProcessesKeepOnePace(t *testing.T) {
	const n, rate = 100, 20
	w := newWorld(t, production)
	w.setting("TEXTS", fmt.Sprintf("twilio:+15550000001@%d", rate))
	key := w.apiKey(w.sender.User)
	api := w.serve("--roles=api")
	var to []string
	for i := range n {
		to = append(to, fmt.Sprintf("+1212555%04d", i))
	}
	api.postTo(key, to)
	api.stop()
	w.serve("--roles=courier")
	w.another("--roles=courier")
	w.until("all texts are handed over", func() bool { return len(w.fake.Texts()) >= n })
	var at []time.Time
	for _, a := range w.clerk.all() {
		at = append(at, a.at)
	}
	slices.SortFunc(at, time.Time.Compare)
	if len(at) != n {
		t.Errorf("%d texts handed over, want %d", len(at), n)
	}
	for _, span := range []time.Duration{time.Second, 2 * time.Second, 3 * time.Second} {
		most := mostWithin(at, span)
		t.Logf("at most %d texts in %v", most, span)
		if limit := rate*int(span/time.Second+1) + 1; most > limit { // a second's texts may go at once
			t.Errorf("%d texts in %v, want at most %d", most, span, limit)
		}
	}
}

// mostWithin is how many of the times lie within any such span.
func mostWithin(at []time.Time, span time.Duration) (most int) {
	for i := range at {
		j := i
		for j < len(at) && at[j].Sub(at[i]) < span {
			j++
		}
		most = max(most, j-i)
	}
	return most
}
