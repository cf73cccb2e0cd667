package courier

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"securetext/sms"
	"securetext/store"
	"securetext/store/sqlite/sqlitetest"
)

// openLines are the lines as several processes see them.
func openLines(t *testing.T, log *slog.Logger, processes int) []*lines {
	t.Helper()
	db := sqlitetest.Open(t, filepath.Join(t.TempDir(), "lines.db"))
	all := make([]*lines, processes)
	for i := range all {
		all[i] = newLines(Config{Store: db, Log: log, Now: time.Now})
	}
	return all
}

func TestARoadPausesLongerEachTimeAndIsProbedBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLines(t, slog.New(slog.DiscardHandler), 1)[0]
		last := time.Duration(0)
		for i := range 12 {
			pause := until(t, l, sms.ErrHalt)
			if again := until(t, l, sms.ErrHalt); again != pause {
				t.Errorf("a text that was on its way changed the pause from %v to %v", pause, again)
			}
			if s := l.state("r"); s != paused {
				t.Fatalf("state %d, want paused", s)
			}
			l.passed(t.Context(), "r") // it was on its way
			if pause < firstHalt || pause > longestHalt*5/4 || i < 6 && pause <= last {
				t.Errorf("pause %d is %v after %v", i, pause, last)
			}
			last = pause
			time.Sleep(pause)
			if s := l.state("r"); s != over || !l.probe(t.Context(), "r") {
				t.Fatalf("state %d, want over, and the right to probe", s)
			}
		}
		l.passed(t.Context(), "r")
		if s := l.state("r"); s != flowing {
			t.Fatalf("state %d, want flowing", s)
		}
		if pause := until(t, l, sms.ErrBusy); pause > 2*firstBusy {
			t.Errorf("the first pause after all went well is %v", pause)
		}
	})
}

// until stops the road, and returns for how long.
func until(t *testing.T, l *lines, err error) time.Duration {
	t.Helper()
	at, stopped := l.stoppedBy(t.Context(), "r", time.Now(), err)
	if !stopped {
		t.Fatalf("%v does not stop the road", err)
	}
	return time.Until(at).Round(time.Microsecond)
}

func TestARoadHeedsRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLines(t, slog.New(slog.DiscardHandler), 1)[0]
		if pause := until(t, l, &sms.Error{Code: "x", RetryAfter: 90 * time.Second, Err: sms.ErrBusy}); pause != 90*time.Second {
			t.Errorf("paused for %v, want 90s", pause)
		}
	})
}

func TestTheCircuitBreaksAfterFaultsInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLines(t, slog.New(slog.DiscardHandler), 1)[0]
		stops := func() bool {
			_, stopped := l.stoppedBy(t.Context(), "r", time.Now(), sms.ErrUnsure)
			return stopped
		}
		for i := range mostFaults - 1 {
			if stops() {
				t.Fatalf("fault %d breaks the circuit", i+1)
			}
		}
		l.passed(t.Context(), "r")
		for i := range mostFaults {
			if got, want := stops(), i == mostFaults-1; got != want {
				t.Fatalf("fault %d after one that passed: stopped %v", i+1, got)
			}
		}
		time.Sleep(3 * firstBusy)
		if !l.probe(t.Context(), "r") || !stops() {
			t.Error("a fault of the one text that probes does not stop the road")
		}
	})
}

func TestTextsOnTheirWayAreCountedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLines(t, slog.New(slog.DiscardHandler), 1)[0]
		asked := time.Now()
		time.Sleep(time.Millisecond)
		until(t, l, sms.ErrBusy)
		time.Sleep(5 * firstBusy) // the pause is over long since
		for range 3 * mostFaults {
			if _, stopped := l.stoppedBy(t.Context(), "r", asked, sms.ErrUnsure); stopped {
				t.Fatal("a text left in doubt before the pause stops the road again")
			}
			if at, stopped := l.stoppedBy(t.Context(), "r", asked, sms.ErrBusy); !stopped || !at.After(time.Now()) {
				t.Fatalf("a text refused before the pause: stopped %v until %v", stopped, at)
			}
		}
		if l.known["r"].Stops != 1 {
			t.Errorf("%d stops, want the one", l.known["r"].Stops)
		}
	})
}

func TestProcessesStopAndProbeTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		all := openLines(t, slog.New(slog.NewTextHandler(&log, nil)), 3)
		until(t, all[0], &sms.Error{Code: "busy", RetryAfter: 10 * time.Minute, Err: sms.ErrBusy})
		time.Sleep(fresh)
		for i, l := range all {
			l.refresh(t.Context())
			if l.state("r") != paused {
				t.Errorf("process %d does not know of the pause", i)
			}
		}
		time.Sleep(11 * time.Minute)
		probes := 0
		for _, l := range all {
			l.refresh(t.Context())
			if l.state("r") == over && l.probe(t.Context(), "r") {
				probes++
				defer l.passed(t.Context(), "r")
			}
		}
		if probes != 1 {
			t.Errorf("%d processes probe, want 1", probes)
		}
		if n := strings.Count(log.String(), "line stopped"); n == 0 {
			t.Error("nobody tells the operator of a road that is busy for so long")
		}
	})
}

func TestARoadThatIsGivenBackIsProbedByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		all := openLines(t, slog.New(slog.NewTextHandler(&log, nil)), 2)
		until(t, all[0], &sms.Error{Code: "busy", Err: sms.ErrBusy})
		time.Sleep(2 * firstBusy)
		all[1].giveBack(t.Context(), "r") // who has no right to it changes nothing
		if !all[0].probe(t.Context(), "r") {
			t.Fatal("nobody may probe")
		}
		all[1].refresh(t.Context())
		if s := all[1].state("r"); s != paused {
			t.Errorf("state %d while another probes, want paused", s)
		}
		all[0].giveBack(t.Context(), "r")
		all[0].giveBack(t.Context(), "r")
		time.Sleep(fresh)
		for _, l := range all {
			l.refresh(t.Context())
			if s := l.state("r"); s != over {
				t.Errorf("state %d, want over", s)
			}
		}
		if code := all[1].known["r"].Code; code != "busy" {
			t.Errorf("code %q, want why it was stopped", code)
		}
		if !all[1].probe(t.Context(), "r") {
			t.Error("another may not probe")
		}
	})
}

// late is a store whose answer about the lines comes after something else.
type late struct {
	Store
	meanwhile func()
}

func (l *late) Lines(ctx context.Context) ([]store.Line, error) {
	list, err := l.Store.Lines(ctx)
	if l.meanwhile != nil {
		l.meanwhile()
	}
	return list, err
}

func TestWhatIsLearntMeanwhileCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := openLines(t, slog.New(slog.DiscardHandler), 1)[0]
		slow := &late{Store: l.store.(Store)}
		slow.meanwhile = func() { until(t, l, sms.ErrHalt) }
		l.store = slow
		l.refresh(t.Context())
		if s := l.state("r"); s != paused {
			t.Errorf("state %d, want paused: what was loaded is older", s)
		}
		slow.meanwhile = nil
		l.refresh(t.Context())
		if s := l.state("r"); s != paused {
			t.Errorf("state %d, want paused", s)
		}
	})
}

// deaf is a store of lines that does not answer.
type deaf struct{ Store }

func (deaf) Lines(context.Context) ([]store.Line, error) { return nil, store.ErrUnavailable }

func (deaf) Pause(context.Context, store.Line, time.Time) (store.Line, error) {
	return store.Line{}, store.ErrUnavailable
}

func (deaf) Probe(context.Context, string, time.Time, time.Time) (bool, error) {
	return false, store.ErrUnavailable
}

func (deaf) Flow(context.Context, string) (bool, error) { return false, store.ErrUnavailable }

func TestLinesWithoutAStoreGoOn(t *testing.T) {
	l := newLines(Config{Store: deaf{}, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	l.refresh(t.Context())
	if l.state("r") != flowing {
		t.Error("a road that nothing is known of does not flow")
	}
	if at, stopped := l.stoppedBy(t.Context(), "r", time.Now(), sms.ErrBusy); !stopped || !at.After(time.Now()) {
		t.Errorf("stopped %v until %v", stopped, at)
	}
	l.passed(t.Context(), "r")
	if l.probe(t.Context(), "r") {
		t.Error("a probe that the store knows nothing of")
	}
	l.probing["r"] = "busy"
	l.giveBack(t.Context(), "r")
	if len(l.probing) != 0 {
		t.Error("the right to probe is kept, though nobody will use it")
	}
}

func TestBackoffGrowsWithJitter(t *testing.T) {
	var c *Courier
	for _, v := range []struct {
		failures    int
		floor       time.Duration
		least, most time.Duration
	}{
		{0, 0, time.Second, 11 * time.Second},
		{1, 0, time.Second, 21 * time.Second},
		{3, settle, settle, settle + 80*time.Second},
		{1000, 0, time.Second, longestBackoff + time.Second},
	} {
		seen := map[time.Duration]bool{}
		highest := time.Duration(0)
		for range 300 {
			d := c.backoff(v.failures, v.floor)
			if d < v.least || d > v.most {
				t.Fatalf("after %d failures it waits %v, want %v to %v", v.failures, d, v.least, v.most)
			}
			seen[d] = true
			highest = max(highest, d)
		}
		if len(seen) < 100 || highest < v.most/2 {
			t.Errorf("after %d failures: %d different waits up to %v", v.failures, len(seen), highest)
		}
	}
}

func TestOutliveEndsALittleLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		longer, stop := outlive(ctx, drain)
		defer stop()
		cancel()
		time.Sleep(drain - time.Second)
		if longer.Err() != nil {
			t.Error("it ended with the other")
		}
		time.Sleep(2 * time.Second)
		if longer.Err() == nil {
			t.Error("it did not end")
		}
	})
}
