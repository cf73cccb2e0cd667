package notice

import (
	"math/rand/v2"
	"sync"
	"time"
)

// hold keeps mails back while the smarthost takes none from anybody: nothing
// goes out for a while, then a single mail is tried, and only when the smarthost
// listens to it do the others follow. The zero hold holds nothing.
type hold struct {
	mu    sync.Mutex
	until time.Time // end of the pause
	stops int       // pauses in a row
}

// How long the first pause is; each in a row is twice as long.
const firstHold, longestHold = 5 * time.Second, 10 * time.Minute

// left is how long the pause still is.
func (h *hold) left(now time.Time) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.until.Sub(now)
}

// tries reports whether one mail is to be tried before others: there was a pause,
// and none was taken since.
func (h *hold) tries() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stops > 0
}

// stop begins a pause and returns its end. first tells that mails flowed until
// now. Mails that fail during a pause are part of it.
func (h *hold) stop(now time.Time) (until time.Time, first bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.Before(h.until) {
		return h.until, false
	}
	pause := min(longestHold, firstHold<<min(h.stops, 16))
	h.until = now.Add(pause + rand.N(pause/4))
	h.stops++
	return h.until, h.stops == 1
}

// release ends what [hold.stop] began, and reports whether there was any.
func (h *hold) release() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	held := h.stops > 0
	h.until, h.stops = time.Time{}, 0
	return held
}
