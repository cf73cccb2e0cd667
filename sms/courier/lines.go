package courier

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/sms"
	"securetext/store"
)

// lines is how this process sees the roads, whose state all couriers share. When
// a provider is busy or away, or refuses the account, nothing goes out on that
// road for a while; then one of the couriers tries a single text, and only when
// that passes do all others follow.
type lines struct {
	store store.Lines
	log   *slog.Logger
	now   func() time.Time
	stops *prometheus.GaugeVec // 1 for each road that is stopped

	mu      sync.Mutex
	seen    time.Time // when the state was loaded
	changes int       // counts what this process learnt by itself
	known   map[string]store.Line
	probing map[string]string    // by this process, and why the road was stopped
	paused  map[string]time.Time // when this process last stopped a road
	faults  map[string]int       // answers in a row that left a text in doubt
	alarmed map[string]bool      // the operator was told, and not yet that it is over
}

// lineState is what a road lets through.
type lineState int

const (
	flowing lineState = iota
	paused            // nothing
	over              // one text, of whoever is the first to probe
)

// How long a road pauses at first; each pause in a row is twice as long.
const (
	firstBusy, longestBusy = time.Second, time.Minute
	firstHalt, longestHalt = 5 * time.Second, 5 * time.Minute
)

const (
	// mostFaults in a row break the circuit: the provider is out of order, and
	// more texts would only be left in doubt.
	mostFaults = 5
	// patience is how long a busy road may pause before the operator is told.
	patience = 5 * time.Minute
	// fresh is how old what is known of the lines may be.
	fresh = time.Second
)

func newLines(c Config) *lines {
	return &lines{
		store: c.Store, log: c.Log, now: c.Now,
		stops: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "securetext_text_line_stopped", Help: "1 while a road takes no texts.",
		}, []string{"road"}),
		known: map[string]store.Line{}, probing: map[string]string{}, paused: map[string]time.Time{}, faults: map[string]int{}, alarmed: map[string]bool{},
	}
}

// refresh loads the state that all share, unless it is fresh. When the store does
// not answer, what was known goes on.
func (l *lines) refresh(ctx context.Context) {
	l.mu.Lock()
	due, changes := l.now().Sub(l.seen) >= fresh, l.changes
	l.mu.Unlock()
	if !due {
		return
	}
	list, err := l.store.Lines(ctx)
	if err != nil {
		l.log.Warn("lines not loaded", "err", err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changes != changes {
		return // what was loaded may be older than what was learnt meanwhile
	}
	l.seen = l.now()
	clear(l.known)
	for _, line := range list {
		l.learn(line)
	}
}

// learn takes over what is known of a line. The caller holds mu.
func (l *lines) learn(line store.Line) {
	l.changes++
	l.known[line.Road] = line
	if line.Stops == 0 {
		l.stops.WithLabelValues(line.Road).Set(0)
		l.calm(line.Road)
		return
	}
	l.stops.WithLabelValues(line.Road).Set(1)
	if l.now().Sub(line.Since) > patience {
		l.alarm(line.Road, line.Code)
	}
}

// alarm calls for the operator, once. The caller holds mu.
func (l *lines) alarm(road, code string) {
	if l.alarmed[road] {
		return
	}
	l.alarmed[road] = true
	l.log.Error("line stopped: texts wait", "road", road, "code", code)
}

// calm tells that a road which the operator was called for is open. The caller
// holds mu.
func (l *lines) calm(road string) {
	if l.alarmed[road] {
		l.log.Info("line is open again", "road", road)
	}
	delete(l.alarmed, road)
}

func (l *lines) state(road string) lineState {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.known[road]
	switch {
	case line.Stops == 0:
		return flowing
	case l.now().Before(line.Until):
		return paused
	}
	return over
}

// probe takes the right to try one text on a road whose pause is over.
func (l *lines) probe(ctx context.Context, road string) bool {
	until := l.now().Add(3 * askBound)
	got, err := l.store.Probe(ctx, road, until, l.now())
	if err != nil {
		l.log.Warn("line not probed", "road", road, "err", err)
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.known[road]
	if got {
		l.probing[road] = line.Code
	}
	line.Until, line.Code = until, ""
	l.known[road] = line
	l.changes++
	return got
}

// giveBack ends this process's right to try a text, where none was tried: whoever
// comes next may.
func (l *lines) giveBack(ctx context.Context, road string) {
	l.mu.Lock()
	code, held := l.probing[road]
	delete(l.probing, road)
	l.mu.Unlock()
	if !held {
		return
	}
	now := l.now()
	line, err := l.store.Pause(ctx, store.Line{Road: road, Until: now, Code: code}, now)
	if err != nil {
		l.log.Warn("line not given back", "road", road, "err", err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.learn(line)
}

// retryAt is when a text that found the road paused is to ask again: soon, while
// somebody probes.
func (l *lines) retryAt(road string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.known[road]
	if line.Code == "" || !line.Until.After(l.now()) {
		return l.now().Add(fresh)
	}
	return line.Until
}

// passed tells that the provider answered for a text as it should.
func (l *lines) passed(ctx context.Context, road string) {
	l.mu.Lock()
	line := l.known[road]
	_, probed := l.probing[road]
	l.faults[road] = 0
	l.stops.WithLabelValues(road) // shows as flowing, if it is new
	l.mu.Unlock()
	if line.Stops == 0 || !probed && l.now().Before(line.Until) {
		return // or it was on its way when the road stopped
	}
	if _, err := l.store.Flow(ctx, road); err != nil {
		l.log.Warn("line not opened", "road", road, "err", err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.probing, road)
	l.learn(store.Line{Road: road})
}

// stoppedBy pauses the road if the error is about it, and returns until when. What
// was asked of the provider before the road was stopped last is part of that stop.
func (l *lines) stoppedBy(ctx context.Context, road string, asked time.Time, err error) (until time.Time, stopped bool) {
	if at, part := l.partOf(road, asked); part {
		return at, errorStops(err)
	}
	switch {
	case errors.Is(err, sms.ErrBusy), errors.Is(err, sms.ErrAway):
		return l.pause(ctx, road, err, firstBusy, longestBusy), true
	case errors.Is(err, sms.ErrHalt):
		l.mu.Lock()
		l.alarm(road, sms.Code(err))
		l.mu.Unlock()
		return l.pause(ctx, road, err, firstHalt, longestHalt), true
	case errors.Is(err, sms.ErrUnsure) && l.broken(road):
		return l.pause(ctx, road, err, firstBusy, longestBusy), true
	}
	return time.Time{}, false
}

// partOf reports whether the road was stopped since the provider was asked, and
// until when at least.
func (l *lines) partOf(road string, asked time.Time) (until time.Time, part bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.known[road]
	if at, stopped := l.paused[road]; !stopped || line.Stops == 0 || !asked.Before(at) {
		return time.Time{}, false
	}
	if soon := l.now().Add(fresh); line.Until.Before(soon) {
		return soon, true
	}
	return line.Until, true
}

// errorStops reports whether an error is about the road and not about its text.
func errorStops(err error) bool {
	return errors.Is(err, sms.ErrBusy) || errors.Is(err, sms.ErrAway) || errors.Is(err, sms.ErrHalt)
}

// broken counts a fault, and reports whether there were too many in a row. A
// single one ends a probe.
func (l *lines) broken(road string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults[road]++
	_, probed := l.probing[road]
	return l.faults[road] >= mostFaults || probed
}

// pause stops the road for all, for as long as the provider asks, or twice as
// long as the last time. Texts that fail while it is stopped are part of that
// stop.
func (l *lines) pause(ctx context.Context, road string, err error, first, longest time.Duration) time.Time {
	l.mu.Lock()
	line, now := l.known[road], l.now()
	l.mu.Unlock()
	span := min(longest, first<<min(line.Stops, 16))
	span += rand.N(span/4 + 1)
	until := now.Add(max(span, sms.RetryAfter(err)))
	line, failed := l.store.Pause(ctx, store.Line{Road: road, Until: until, Code: sms.Code(err)}, now)
	if failed != nil {
		l.log.Warn("line not stopped", "road", road, "err", failed)
		return until
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.probing, road)
	l.faults[road] = 0
	l.paused[road] = l.now()
	l.learn(line)
	return line.Until
}
