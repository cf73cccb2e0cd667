package clock

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseWindow(t *testing.T) {
	for s, want := range map[string]Window{
		"21:00-08:00": {21 * 60, 8 * 60},
		"8:00-21:00":  Daytime,
		"00:00-23:59": {0, 24*60 - 1},
		"9:05-10:10":  {9*60 + 5, 10*60 + 10},
	} {
		got, err := ParseWindow(s)
		if err != nil || got != want {
			t.Errorf("%s: got %v, error %v", s, got, err)
		}
		if again, err := ParseWindow(got.String()); err != nil || again != got {
			t.Errorf("%s is written as %s, which is %v, error %v", s, got, again, err)
		}
	}
	for _, s := range []string{"", "21-8", "24:00-08:00", "21:60-08:00", "21:00", "21:00-21:00", "21:00 - 08:00", "9pm-8am", "-1:00-08:00", "21:00-08:00 "} {
		if _, err := ParseWindow(s); !errors.Is(err, ErrWindow) {
			t.Errorf("%q: got error %v, want ErrWindow", s, err)
		}
	}
	if got := (Window{21 * 60, 8 * 60}).String(); got != "21:00-08:00" {
		t.Errorf("got %s", got)
	}
}

func zones(t *testing.T, names ...string) []*time.Location {
	t.Helper()
	list := make([]*time.Location, len(names))
	for i, name := range names {
		zone, err := ParseZone(name)
		if err != nil {
			t.Fatal(err)
		}
		list[i] = zone
	}
	return list
}

// windows are by day, by night, and about the hours at which clocks change.
var windows = []Window{
	Daytime, {21 * 60, 8 * 60}, {90, 150}, {150, 210}, {0, 30}, {23*60 + 30, 60}, {2 * 60, 2*60 + 1}, {12 * 60, 12 * 60},
}

var places = map[string][]string{
	"New York":            {"America/New_York"},
	"Chicago and Denver":  {"America/Chicago", "America/Denver"},
	"Paris":               {"Europe/Paris"},
	"Kolkata":             {"Asia/Kolkata"},
	"Phoenix":             {"America/Phoenix"},
	"Lord Howe":           {"Australia/Lord_Howe"}, // half an hour of daylight saving
	"Havana":              {"America/Havana"},      // at midnight
	"Denver and Phoenix":  {"America/Denver", "America/Phoenix"},
	"London and Auckland": {"Europe/London", "Pacific/Auckland"},
}

// inside is the window's meaning, for a minute after midnight.
func inside(w Window, minute int) bool {
	if w.From < w.To {
		return w.From <= minute && minute < w.To
	}
	return minute >= w.From || minute < w.To
}

func openAt(w Window, t time.Time, zones []*time.Location) bool {
	for _, zone := range zones {
		if local := t.In(zone); !inside(w, local.Hour()*60+local.Minute()) {
			return false
		}
	}
	return true
}

// year is what the clocks show in each minute of a year and a little more, in
// each zone.
type year struct {
	begin  time.Time
	zones  []*time.Location
	shown  [][]int // minutes after midnight, a row a zone
	asking []bool  // it is asked then: near a change of a clock, and at times elsewhere
}

const minutesOfYear = (365 + 3) * 24 * 60

func yearOf(zones []*time.Location) year {
	y := year{begin: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), zones: zones, asking: make([]bool, minutesOfYear)}
	for _, zone := range zones {
		shown := make([]int, minutesOfYear)
		near := false
		for i := range shown {
			local := y.at(i).In(zone)
			shown[i] = local.Hour()*60 + local.Minute()
			if i%60 == 0 {
				near = nearChange(local)
			}
			y.asking[i] = y.asking[i] || i%61 == 0 || near
		}
		y.shown = append(y.shown, shown)
	}
	return y
}

func (y year) at(minute int) time.Time { return y.begin.Add(time.Duration(minute) * time.Minute) }

func nearChange(local time.Time) bool {
	const near = 3 * time.Hour
	begin, end := local.ZoneBounds()
	return local.Sub(begin) < near || !end.IsZero() && end.Sub(local) < near
}

// TestOpenIsTheFirstOpenMinuteOfAYear walks a year backwards, so that the next
// open minute is always known, and asks at every minute around the changes of the
// clocks, and at some of the others.
func TestOpenIsTheFirstOpenMinuteOfAYear(t *testing.T) {
	for name, names := range places {
		t.Run(name, func(t *testing.T) {
			y := yearOf(zones(t, names...))
			for _, w := range windows {
				y.check(t, w)
			}
		})
	}
}

func (y year) check(t *testing.T, w Window) {
	t.Helper()
	var all, first time.Time // the next open minute, in all zones and in the first
	for i := minutesOfYear - 1; i >= 0; i-- {
		at, open := y.at(i), inside(w, y.shown[0][i])
		if open {
			first = at
		}
		for _, shown := range y.shown[1:] {
			open = open && inside(w, shown[i])
		}
		if open {
			all = at
		}
		if !y.asking[i] || i >= minutesOfYear-3*24*60 {
			continue
		}
		want := all
		if all.IsZero() || all.Sub(at) > patience {
			want = first
		}
		if got := w.Open(at, y.zones...); !got.Equal(want) {
			t.Fatalf("%v after %v: got %v, want %v", w, at, got, want)
		}
	}
}

func TestOpenToTheNanosecond(t *testing.T) {
	names := [][]string{{"America/New_York"}, {"Australia/Lord_Howe"}, {"America/Chicago", "America/Denver"}, {"Asia/Kolkata"}, nil}
	rapid.Check(t, func(rt *rapid.T) {
		zones := zones(t, rapid.SampledFrom(names).Draw(rt, "zones")...)
		at := time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(rt, "second"), rapid.Int64Range(0, 999_999_999).Draw(rt, "nanosecond"))
		w := rapid.SampledFrom([]Window{Daytime, {21 * 60, 8 * 60}, {22*60 + 30, 7*60 + 15}}).Draw(rt, "window")
		got := w.Open(at, zones...)
		if len(zones) == 0 {
			zones = []*time.Location{time.UTC}
		}
		if got.Before(at) || !openAt(w, got, zones) {
			rt.Fatalf("%v after %v: %v", w, at, got)
		}
		if !got.Equal(at) && (openAt(w, at, zones) || openAt(w, got.Add(-1), zones)) {
			rt.Fatalf("%v after %v: %v is not the first", w, at, got)
		}
	})
}

func TestOpenByTheClock(t *testing.T) {
	for _, c := range []struct{ zone, at, want string }{
		{"America/New_York", "2027-03-13T22:00:00-05:00", "2027-03-14T08:00:00-04:00"}, // the night that has an hour less
		{"America/New_York", "2027-11-06T22:00:00-04:00", "2027-11-07T08:00:00-05:00"}, // and the one that has one more
		{"America/New_York", "2027-07-01T20:59:59-04:00", "2027-07-01T20:59:59-04:00"},
		{"America/New_York", "2027-07-01T21:00:00-04:00", "2027-07-02T08:00:00-04:00"},
		{"America/Phoenix", "2027-07-01T21:00:00-07:00", "2027-07-02T08:00:00-07:00"},
		{"Asia/Kolkata", "2027-07-01T00:00:00Z", "2027-07-01T08:00:00+05:30"},
		{"Australia/Lord_Howe", "2027-10-02T23:00:00+10:30", "2027-10-03T08:00:00+11:00"},
	} {
		at, _ := time.Parse(time.RFC3339, c.at)
		want, _ := time.Parse(time.RFC3339, c.want)
		if got := Daytime.Open(at, zones(t, c.zone)...); !got.Equal(want) {
			t.Errorf("%s after %s: got %v, want %s", c.zone, c.at, got, c.want)
		}
	}
}

func TestZonesThatHaveNoHourInCommon(t *testing.T) {
	morning := Window{From: 8 * 60, To: 10 * 60}
	apart := zones(t, "America/New_York", "Asia/Tokyo")
	at := time.Date(2027, 1, 5, 0, 0, 0, 0, time.UTC)
	if got, want := morning.Open(at, apart...), morning.Open(at, apart[0]); !got.Equal(want) {
		t.Errorf("got %v, want %v, as in the first zone", got, want)
	}
}
