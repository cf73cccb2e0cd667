package clock

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Window is a stretch of every day, in minutes after midnight. It may go over
// midnight. With From and To alike it is the whole day.
type Window struct{ From, To int }

// Daytime is when people may be texted unasked (47 CFR 64.1200(c)(1)).
var Daytime = Window{From: 8 * 60, To: 21 * 60}

// ErrWindow is returned, with the reason, for what is no window.
var ErrWindow = errors.New("not a stretch of the day")

var written = regexp.MustCompile(`^([01]?[0-9]|2[0-3]):([0-5][0-9])-([01]?[0-9]|2[0-3]):([0-5][0-9])$`)

// ParseWindow reads a window such as 21:00-08:00.
func ParseWindow(s string) (Window, error) {
	m := written.FindStringSubmatch(s)
	if m == nil {
		return Window{}, fmt.Errorf("%w: it is written as 21:00-08:00", ErrWindow)
	}
	w := Window{From: minutes(m[1], m[2]), To: minutes(m[3], m[4])}
	if w.From == w.To {
		return Window{}, fmt.Errorf("%w: it ends when it begins", ErrWindow)
	}
	return w, nil
}

// minutes are those since midnight, of digits that were looked at.
func minutes(hour, minute string) int {
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(minute)
	return h*60 + m
}

// String is what [ParseWindow] reads.
func (w Window) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", w.From/60, w.From%60, w.To/60, w.To%60)
}

// patience is how long all zones are waited for. A window that is ever open in
// all of them is so every day, save where daylight saving begins or ends.
const patience = 48 * time.Hour

// Open returns the earliest time, not before t, at which the window is open in
// all the zones at once. Where they are so far apart that it never is, the first
// zone alone counts; without any, UTC does.
func (w Window) Open(t time.Time, zones ...*time.Location) time.Time {
	if len(zones) == 0 {
		zones = []*time.Location{time.UTC}
	}
	for at := t; at.Sub(t) <= patience; {
		next := at
		for _, zone := range zones {
			if open := w.openIn(zone, at); open.After(next) {
				next = open
			}
		}
		if next.Equal(at) {
			return at
		}
		at = next
	}
	return w.openIn(zones[0], t)
}

// openIn is [Window.Open] for one zone. Between two changes of its clocks it
// reckons, and it looks anew after each: they may jump into the window.
func (w Window) openIn(zone *time.Location, t time.Time) time.Time {
	for {
		local := t.In(zone)
		if w.holds(local) {
			return t
		}
		open := t.Add(until(w.From, local))
		_, change := local.ZoneBounds()
		if change.IsZero() || open.Before(change) {
			return open
		}
		t = t.Add(change.Sub(t))
	}
}

// holds reports whether the window is open at a local time.
func (w Window) holds(local time.Time) bool {
	now := local.Hour()*60 + local.Minute()
	if w.From < w.To {
		return w.From <= now && now < w.To
	}
	return now >= w.From || now < w.To
}

const day = 24 * time.Hour

// until is how long it is until the clocks show so many minutes after midnight,
// if nobody turns them.
func until(minute int, local time.Time) time.Duration {
	now := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute +
		time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
	return (time.Duration(minute)*time.Minute - now + day) % day
}
