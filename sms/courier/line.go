package courier

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"securetext/sms"
)

// line is the way to the provider. When the provider is busy, or refuses the
// account, nothing goes out for a while; then a single text is tried, and only
// when it passes do all the others follow.
type line struct {
	log *slog.Logger
	now func() time.Time

	mu    sync.Mutex
	until time.Time // end of the pause
	stops int       // pauses in a row
	open  bool
	alarm bool // the operator was told, and not yet that it is over
}

// lineState is what the line lets through.
type lineState int

const (
	flowing lineState = iota
	paused            // nothing
	probing           // one text
)

// How long the line pauses at first; each pause in a row is twice as long.
const (
	firstBusy, longestBusy = time.Second, time.Minute
	firstHalt, longestHalt = 5 * time.Second, 5 * time.Minute
)

func newLine(log *slog.Logger, now func() time.Time) *line {
	return &line{log: log, now: now, open: true}
}

func (l *line) state() (until time.Time, s lineState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.open:
		return time.Time{}, flowing
	case l.now().Before(l.until):
		return l.until, paused
	}
	return time.Time{}, probing
}

// passed tells that the provider answered for a text as it should.
func (l *line) passed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.open && l.now().Before(l.until) {
		return // it was on its way when the line stopped
	}
	if l.alarm {
		l.log.Info("line is open again")
	}
	l.open, l.alarm, l.stops = true, false, 0
}

// busy pauses the line for as long as the provider asks, and returns until when.
func (l *line) busy(err error) time.Time { return l.stop(err, firstBusy, longestBusy) }

// halt pauses the line, and calls for the operator once.
func (l *line) halt(err error) time.Time {
	l.mu.Lock()
	if !l.alarm {
		l.log.Error("line stopped: the provider refuses this account or its set-up", "code", sms.Code(err))
		l.alarm = true
	}
	l.mu.Unlock()
	return l.stop(err, firstHalt, longestHalt)
}

// stoppedBy pauses the line if the error is about it.
func (l *line) stoppedBy(err error) (until time.Time, stopped bool) {
	switch {
	case errors.Is(err, sms.ErrBusy):
		return l.busy(err), true
	case errors.Is(err, sms.ErrHalt):
		return l.halt(err), true
	}
	return time.Time{}, false
}

// stop counts texts that fail while the line is stopped as part of that stop.
func (l *line) stop(err error, first, longest time.Duration) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.open && l.now().Before(l.until) {
		return l.until
	}
	pause := min(longest, first<<min(l.stops, 16))
	pause += rand.N(pause/4 + 1)
	l.until = l.now().Add(max(pause, sms.RetryAfter(err)))
	l.open = false
	l.stops++
	return l.until
}
