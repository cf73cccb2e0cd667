package limit_test

import (
	"context"
	"testing"
	"time"

	"securetext/gateway/limit"
)

// away is a limiter that cannot be reached until it is back.
type away struct{ back bool }

func (a *away) Allow(context.Context, string, int, limit.Rule, time.Time) (bool, time.Duration, error) {
	if a.back {
		return true, 0, nil
	}
	return false, 0, limit.ErrUnavailable
}

func TestFallbackCountsAloneWhileTheSharedOneIsAway(t *testing.T) {
	shared := &away{}
	f := limit.Fallback{Shared: shared, Own: limit.NewMemory(10)}
	rule := limit.Rule{Burst: 2, Per: time.Hour}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i, want := range []bool{true, true, false} {
		if ok, _, err := f.Allow(t.Context(), "send:a", 1, rule, now); err != nil || ok != want {
			t.Errorf("call %d: %v, %v; want %v", i, ok, err, want)
		}
	}
	shared.back = true
	if ok, _, err := f.Allow(t.Context(), "send:a", 1, rule, now); err != nil || !ok {
		t.Errorf("once it is back: %v, %v; want its own word", ok, err)
	}
}
