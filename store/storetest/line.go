package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
)

var lineChecks = []check{
	{"a road without trouble has no line that pauses, and cannot be probed", lineFlows},
	{"a pause is the same for all, and of several at once one counts", pauseShared},
	{"pauses in a row are counted, since the first of them", pausesCounted},
	{"of many at once one probes a road whose pause is over", probeOnce},
	{"a receipt can pause the road of its text, once", receiptPauses},
	{"the prober's own failure pauses the road at once, that of another does not", probeFails},
	{"a prober that is never heard of is followed by another", probeLost},
	{"a road that flows again has no pauses, and says whether there were any", flowEnds},
	{"one road's pause and pace are not another's", linesApart},
}

// pause is one of a minute from now.
func (c *Clinic) pause(tb testing.TB, code string, now time.Time) store.Line {
	tb.Helper()
	l, err := c.Pause(tb.Context(), store.Line{Road: road, Until: now.Add(time.Minute), Code: code}, now)
	must(tb, "Pause", err)
	return l
}

func (c *Clinic) wantLine(tb testing.TB, want store.Line) {
	tb.Helper()
	lines, err := c.Lines(tb.Context())
	must(tb, "Lines", err)
	for _, l := range lines {
		if l.Road == want.Road {
			if d := cmp.Diff(want, l); d != "" {
				tb.Errorf("Lines: (-want +got)\n%s", d)
			}
			return
		}
	}
	tb.Errorf("Lines: got %+v, want one of %s", lines, want.Road)
}

func (c *Clinic) probe(tb testing.TB, until, now time.Time) bool {
	tb.Helper()
	taken, err := c.Probe(tb.Context(), road, until, now)
	must(tb, "Probe", err)
	return taken
}

func (c *Clinic) flow(tb testing.TB) bool {
	tb.Helper()
	flowed, err := c.Flow(tb.Context(), road)
	must(tb, "Flow", err)
	return flowed
}

func lineFlows(t *testing.T, c *Clinic) {
	_, _, err := c.Pace(t.Context(), road, 1, 1, Noon) // which needs a line, but no trouble
	must(t, "Pace", err)
	lines, err := c.Lines(t.Context())
	must(t, "Lines", err)
	for _, l := range lines {
		if l != (store.Line{Road: road}) {
			t.Errorf("Lines: got %+v, want no trouble", l)
		}
	}
	if c.flow(t) || c.probe(t, Noon.Add(time.Minute), Noon) {
		t.Error("Flow, Probe: got true of a road without pauses")
	}
}

func pauseShared(t *testing.T, c *Clinic) {
	want := store.Line{Road: road, Until: Noon.Add(time.Minute), Stops: 1, Code: "20429", Since: Noon}
	if d := cmp.Diff(want, c.pause(t, "20429", Noon)); d != "" {
		t.Errorf("Pause: (-want +got)\n%s", d)
	}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			later := Noon.Add(time.Second)
			l, err := c.Pause(t.Context(), store.Line{Road: road, Until: later.Add(time.Hour), Code: "30001"}, later)
			if err != nil || l != want {
				t.Errorf("Pause of a road that pauses: got %+v, %v, want it as it is", l, err)
			}
		})
	}
	wg.Wait()
	c.wantLine(t, want)
}

func pausesCounted(t *testing.T, c *Clinic) {
	now := Noon
	for stops := 1; stops <= 4; stops++ {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				l, err := c.Pause(t.Context(), store.Line{Road: road, Until: now.Add(time.Minute), Code: "30001"}, now)
				if err != nil || l.Stops != stops {
					t.Errorf("Pause: got %d stops, %v, want %d", l.Stops, err, stops)
				}
			})
		}
		wg.Wait()
		c.wantLine(t, store.Line{Road: road, Until: now.Add(time.Minute), Stops: stops, Code: "30001", Since: Noon})
		now = now.Add(time.Minute) // when the pause is over
	}
}

func probeOnce(t *testing.T, c *Clinic) {
	l := c.pause(t, "30001", Noon)
	if c.probe(t, l.Until.Add(time.Minute), l.Until.Add(-time.Microsecond)) {
		t.Error("Probe: taken while the road pauses")
	}
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			ok, err := c.Probe(t.Context(), road, l.Until.Add(time.Minute), l.Until)
			if err != nil {
				t.Errorf("Probe: %v", err)
			}
			if ok {
				taken.Add(1)
			}
		})
	}
	wg.Wait()
	if n := taken.Load(); n != 1 {
		t.Errorf("Probe: taken %d times, want once", n)
	}
}

func probeFails(t *testing.T, c *Clinic) {
	l := c.pause(t, "30001", Noon)
	now := l.Until
	if !c.probe(t, now.Add(time.Minute), now) {
		t.Fatal("Probe: not taken, and nobody else has it")
	}
	now = now.Add(time.Second)
	if l := c.pause(t, "20003", now); l.Stops != 2 || !l.Until.Equal(now.Add(time.Minute)) || l.Code != "20003" || !l.Since.Equal(Noon) {
		t.Errorf("Pause by the prober: got %+v, want the second one, for its reason", l)
	}
	if l := c.pause(t, "30001", now.Add(time.Second)); l.Stops != 2 || l.Code != "20003" {
		t.Errorf("Pause by another: got %+v, want the prober's", l)
	}
}

func probeLost(t *testing.T, c *Clinic) {
	l := c.pause(t, "30001", Noon)
	until := l.Until.Add(time.Minute)
	for _, try := range []struct {
		at   time.Time
		want bool
	}{{l.Until, true}, {until.Add(-time.Second), false}, {until, true}} {
		if got := c.probe(t, try.at.Add(time.Minute), try.at); got != try.want {
			t.Errorf("Probe at %v: got %t, want %t", try.at, got, try.want)
		}
	}
}

func flowEnds(t *testing.T, c *Clinic) {
	l := c.pause(t, "30001", Noon)
	if !c.probe(t, l.Until.Add(time.Minute), l.Until) || !c.flow(t) {
		t.Error("Flow after a probe: got none that paused, want one")
	}
	if c.flow(t) {
		t.Error("Flow again: got one that paused, want none")
	}
	c.wantLine(t, store.Line{Road: road})
	now := Noon.Add(time.Hour)
	if l := c.pause(t, "20429", now); l.Stops != 1 || !l.Since.Equal(now) {
		t.Errorf("Pause afterwards: got %+v, want the first", l)
	}
	if !c.flow(t) {
		t.Error("Flow while it pauses: got none that paused, want one")
	}
}

func linesApart(t *testing.T, c *Clinic) {
	const other = road + "0"
	l := c.pause(t, "30001", Noon)
	_, err := c.Pause(t.Context(), store.Line{Road: other, Until: l.Until, Code: "20429"}, Noon)
	must(t, "Pause", err)
	for _, r := range []string{road, other} {
		granted, _, err := c.Pace(t.Context(), r, 5, 5, Noon)
		if err != nil || granted != 5 {
			t.Errorf("Pace of %s: got %d, %v, want 5", r, granted, err)
		}
	}
	c.flow(t)
	c.wantLine(t, store.Line{Road: other, Until: l.Until, Stops: 1, Code: "20429", Since: Noon})
}

func receiptPauses(t *testing.T, c *Clinic) {
	c.accept(t, Number(1))
	r := c.send(t, Noon)[0].receipt(store.TextUndelivered)
	r.Pause = Noon.Add(5 * time.Minute)
	must(t, "Receipt", c.Receipt(t.Context(), r, Noon))
	c.wantLine(t, store.Line{Road: road, Until: r.Pause, Stops: 1, Code: r.Reason, Since: Noon})
	flowed, err := c.Flow(t.Context(), road)
	if err != nil || !flowed {
		t.Fatalf("Flow: %t, %v", flowed, err)
	}
	must(t, "Receipt again", c.Receipt(t.Context(), r, Noon))
	c.wantLine(t, store.Line{Road: road})
}
