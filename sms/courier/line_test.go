package courier

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"securetext/sms"
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
