package limit_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"securetext/gateway/limit"
)

// noon is when the cases begin. No limiter may ask a clock of its own.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// tenAnHour lets ten at once, and then one every six minutes.
var tenAnHour = limit.Rule{Burst: 10, Per: time.Hour}

// cases are the contract of [limit.Limiter]. Both limiters pass them.
var cases = []struct {
	name  string
	check func(*testing.T, limit.Limiter)
}{
	{"a burst passes, and what is over it waits its turn", burstPasses},
	{"several at once count as several", severalCount},
	{"what is refused is not counted", refusedIsNotCounted},
	{"asking for none counts none", askingCountsNone},
	{"keys are counted apart", keysApart},
	{"what is quiet for long has its burst again, and no more", quietHasBurst},
	{"more at once than the burst is never allowed", moreThanBurst},
	{"the zero rule limits nothing", zeroRule},
	{"a rule that makes no sense is an error", senseless},
	{"a clock behind another's gains nothing", clockBehind},
	{"rates that do not divide evenly give nothing away", uneven},
	{"of many at the same time exactly the burst passes", manyAtOnce},
	{"whoever waits as told is let in, and not before", waitingHelps},
	{"no stretch of time holds more than the rule", neverMoreThanRule},
	{"a cancelled context is reported as such", cancelled},
}

func runAll(t *testing.T, open func(testing.TB) limit.Limiter) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.check(t, open(t)) })
	}
}

func TestS28Memory(t *testing.T) {
	runAll(t, func(testing.TB) limit.Limiter { return limit.NewMemory(1000) })
}

// want asks for n, and wants the answer; wait is 0 for yes.
func want(t *testing.T, l limit.Limiter, key string, n int, at time.Time, wait time.Duration) {
	t.Helper()
	ok, got, err := l.Allow(t.Context(), key, n, tenAnHour, at)
	if err != nil || ok != (wait == 0) || got != wait {
		t.Errorf("%d of %s at %s: got %v, wait %v, error %v; want wait %v", n, key, at.Format(time.TimeOnly), ok, got, err, wait)
	}
}

func burstPasses(t *testing.T, l limit.Limiter) {
	for range 10 {
		want(t, l, "a", 1, noon, 0)
	}
	want(t, l, "a", 1, noon, 6*time.Minute)
	want(t, l, "a", 1, noon.Add(time.Minute), 5*time.Minute)
	want(t, l, "a", 1, noon.Add(6*time.Minute), 0)
	want(t, l, "a", 1, noon.Add(6*time.Minute), 6*time.Minute)
}

func severalCount(t *testing.T, l limit.Limiter) {
	want(t, l, "a", 7, noon, 0)
	want(t, l, "a", 4, noon, 6*time.Minute)
	want(t, l, "a", 3, noon, 0)
	want(t, l, "a", 10, noon, time.Hour)
}

func refusedIsNotCounted(t *testing.T, l limit.Limiter) {
	want(t, l, "a", 10, noon, 0)
	for range 20 {
		want(t, l, "a", 1, noon, 6*time.Minute)
	}
	want(t, l, "a", 1, noon.Add(6*time.Minute), 0)
}

func askingCountsNone(t *testing.T, l limit.Limiter) {
	for range 20 {
		want(t, l, "a", 0, noon, 0)
	}
	want(t, l, "a", 10, noon, 0)
	want(t, l, "a", 0, noon, 6*time.Minute)
}

func keysApart(t *testing.T, l limit.Limiter) {
	want(t, l, "send:a", 10, noon, 0)
	want(t, l, "send:b", 10, noon, 0)
	want(t, l, "", 10, noon, 0)
	want(t, l, "send:a", 1, noon, 6*time.Minute)
}

func quietHasBurst(t *testing.T, l limit.Limiter) {
	want(t, l, "a", 10, noon, 0)
	tomorrow := noon.Add(24 * time.Hour)
	want(t, l, "a", 10, tomorrow, 0)
	want(t, l, "a", 1, tomorrow, 6*time.Minute)
}

func moreThanBurst(t *testing.T, l limit.Limiter) {
	ok, wait, err := l.Allow(t.Context(), "a", 11, tenAnHour, noon)
	if ok || wait != 0 || !errors.Is(err, limit.ErrNever) {
		t.Errorf("got %v, %v, %v, want ErrNever", ok, wait, err)
	}
	want(t, l, "a", 10, noon, 0)
}

func zeroRule(t *testing.T, l limit.Limiter) {
	for range 100 {
		if ok, wait, err := l.Allow(t.Context(), "a", 1000, limit.Rule{}, noon); !ok || wait != 0 || err != nil {
			t.Fatalf("got %v, %v, %v", ok, wait, err)
		}
	}
}

func senseless(t *testing.T, l limit.Limiter) {
	for _, c := range []struct {
		n    int
		rule limit.Rule
	}{
		{1, limit.Rule{Burst: 1}}, {1, limit.Rule{Per: time.Hour}}, {1, limit.Rule{Burst: -1, Per: time.Hour}},
		{1, limit.Rule{Burst: 1, Per: -time.Hour}}, {-1, tenAnHour},
	} {
		if ok, _, err := l.Allow(t.Context(), "a", c.n, c.rule, noon); ok || err == nil {
			t.Errorf("%d under %+v: got %v, error %v", c.n, c.rule, ok, err)
		}
	}
}

func clockBehind(t *testing.T, l limit.Limiter) {
	want(t, l, "a", 10, noon, 0)
	want(t, l, "a", 1, noon.Add(-time.Minute), 7*time.Minute)
	want(t, l, "a", 1, noon.Add(6*time.Minute), 0)
}

func uneven(t *testing.T, l limit.Limiter) {
	// Not even two microseconds each, and seconds until any limiter may forget:
	// Redis does so by a clock of its own.
	const share = 10_000_000
	rule := limit.Rule{Burst: 7 * share, Per: 100 * time.Second}
	for i := range 8 {
		ok, _, err := l.Allow(t.Context(), "a", share, rule, noon)
		if err != nil || ok != (i < 7) {
			t.Errorf("number %d: got %v, %v", i+1, ok, err)
		}
	}
}

func manyAtOnce(t *testing.T, l limit.Limiter) {
	var passed atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			ok, _, err := l.Allow(t.Context(), "a", 1, tenAnHour, noon)
			if err != nil {
				t.Error(err)
			}
			if ok {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	if got := passed.Load(); got != 10 {
		t.Errorf("%d passed, want 10", got)
	}
}

var rules = rapid.Custom(func(t *rapid.T) limit.Rule {
	return limit.Rule{
		Burst: rapid.IntRange(1, 20).Draw(t, "burst"),
		Per:   time.Duration(rapid.Int64Range(int64(time.Minute), int64(48*time.Hour)).Draw(t, "per")),
	}
})

// fresh names a key that no other run of a property has used.
var fresh atomic.Int64

func freshKey() string { return fmt.Sprint("property ", fresh.Add(1)) }

func waitingHelps(t *testing.T, l limit.Limiter) {
	rapid.Check(t, func(rt *rapid.T) {
		rule, key, now := rules.Draw(rt, "rule"), freshKey(), noon
		for range 10 {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(rule.Per)).Draw(rt, "pause"))).Truncate(time.Microsecond)
			n := rapid.IntRange(0, rule.Burst).Draw(rt, "n")
			ok, wait, err := l.Allow(t.Context(), key, n, rule, now)
			if err != nil {
				rt.Fatal(err)
			}
			if ok {
				continue
			}
			if early, _, _ := l.Allow(t.Context(), key, n, rule, now.Add(wait-time.Microsecond)); early {
				rt.Fatalf("let in before the %v it was told to wait", wait)
			}
			now = now.Add(wait)
			if inTime, more, _ := l.Allow(t.Context(), key, n, rule, now); !inTime {
				rt.Fatalf("waited %v and was told to wait %v more", wait, more)
			}
		}
	})
}

func neverMoreThanRule(t *testing.T, l limit.Limiter) {
	rapid.Check(t, func(rt *rapid.T) {
		rule, key, now := rules.Draw(rt, "rule"), freshKey(), noon
		var passed []time.Time
		for range 40 {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(rule.Per)/10).Draw(rt, "pause")))
			ok, _, err := l.Allow(t.Context(), key, 1, rule, now)
			if err != nil {
				rt.Fatal(err)
			}
			if ok {
				passed = append(passed, now)
			}
		}
		for i, from := range passed {
			for j, to := range passed[i:] {
				due := int(to.Sub(from).Microseconds()*int64(rule.Burst)/rule.Per.Microseconds()) + 1
				if j+1 > rule.Burst+due {
					rt.Fatalf("%d passed in %v under %+v", j+1, to.Sub(from), rule)
				}
			}
		}
	})
}

func cancelled(t *testing.T, l limit.Limiter) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ok, _, err := l.Allow(ctx, "a", 1, tenAnHour, noon)
	if ok || !errors.Is(err, context.Canceled) || errors.Is(err, limit.ErrUnavailable) {
		t.Errorf("got %v, error %v, want the context's", ok, err)
	}
}
