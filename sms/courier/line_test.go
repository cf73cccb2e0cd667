package courier

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"securetext/sms"
	"securetext/store"
)

func TestLinePausesLongerEachTimeAndProbesBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(slog.New(slog.DiscardHandler), time.Now)
		last := time.Duration(0)
		for i := range 12 {
			pause := time.Until(l.halt(sms.ErrHalt))
			if again := time.Until(l.halt(sms.ErrHalt)); again != pause {
				t.Errorf("a text that was on its way changed the pause from %v to %v", pause, again)
			}
			if _, s := l.state(); s != paused {
				t.Fatalf("state %d, want paused", s)
			}
			l.passed() // it was on its way
			if pause < firstHalt || pause > longestHalt*5/4 || i < 6 && pause <= last {
				t.Errorf("pause %d is %v after %v", i, pause, last)
			}
			last = pause
			time.Sleep(pause)
			if _, s := l.state(); s != probing {
				t.Fatalf("state %d, want probing", s)
			}
		}
		l.passed()
		if _, s := l.state(); s != flowing {
			t.Fatalf("state %d, want flowing", s)
		}
		if pause := time.Until(l.busy(sms.ErrBusy)); pause > 2*firstBusy {
			t.Errorf("the first pause after all went well is %v", pause)
		}
	})
}

func TestLineHeedsRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(slog.New(slog.DiscardHandler), time.Now)
		err := &sms.Error{Code: "x", RetryAfter: 90 * time.Second, Err: sms.ErrBusy}
		if until, stopped := l.stoppedBy(err); !stopped || time.Until(until) != 90*time.Second {
			t.Errorf("stopped %v for %v, want 90s", stopped, time.Until(until))
		}
		if _, stopped := l.stoppedBy(sms.ErrUnsure); stopped {
			t.Error("one unanswered text stops the line")
		}
	})
}

func TestBackoffGrowsWithJitter(t *testing.T) {
	var c *Courier
	for _, v := range []struct {
		attempt     int
		floor       time.Duration
		least, most time.Duration
	}{
		{0, 0, time.Second, 11 * time.Second},
		{1, 0, time.Second, 11 * time.Second},
		{2, 0, time.Second, 21 * time.Second},
		{4, settle, settle, settle + 80*time.Second},
		{1000, 0, time.Second, longestBackoff + time.Second},
	} {
		seen := map[time.Duration]bool{}
		highest := time.Duration(0)
		for range 300 {
			d := c.backoff(v.attempt, v.floor)
			if d < v.least || d > v.most {
				t.Fatalf("attempt %d waits %v, want %v to %v", v.attempt, d, v.least, v.most)
			}
			seen[d] = true
			highest = max(highest, d)
		}
		if len(seen) < 100 || highest < v.most/2 {
			t.Errorf("attempt %d: %d different waits up to %v", v.attempt, len(seen), highest)
		}
	}
}

func TestInsistWaitsForAStoreThatIsAwayAndNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Courier{Config: Config{Log: slog.New(slog.DiscardHandler)}}
		ask := func(fault error, times int) (asked int, err error) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			err = c.insist(ctx, "test", func(context.Context) error {
				if asked++; asked <= times {
					return fault
				}
				return nil
			})
			return asked, err
		}
		broken := errors.New("broken")
		for _, v := range []struct {
			fault error
			times int
			asked int
			want  error
		}{
			{store.ErrUnavailable, 200, 201, nil},
			{store.ErrFull, 200, 201, nil},
			{broken, storeTries - 1, storeTries, nil},
			{broken, storeTries, storeTries, broken},
			{store.ErrConflict, 1, 1, store.ErrConflict},
			{store.ErrNotFound, 1, 1, store.ErrNotFound},
		} {
			if asked, err := ask(v.fault, v.times); asked != v.asked || !errors.Is(err, v.want) {
				t.Errorf("%v %d times: asked %d times, got error %v", v.fault, v.times, asked, err)
			}
		}
		start := time.Now()
		if _, err := ask(store.ErrUnavailable, 1e9); !errors.Is(err, store.ErrUnavailable) || time.Since(start) > time.Hour+time.Minute {
			t.Errorf("got error %v after %v, want it when the context ends", err, time.Since(start))
		}
	})
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
