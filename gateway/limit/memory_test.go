package limit

import (
	"fmt"
	"testing"
	"time"
)

var (
	noon      = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	tenAnHour = Rule{Burst: 10, Per: time.Hour}
)

func allow1(t testing.TB, m *Memory, key string, n int, at time.Time) bool {
	t.Helper()
	ok, _, err := m.Allow(t.Context(), key, n, tenAnHour, at)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// Ever new keys fill no memory, and do not wash out who did too much.
func TestS28MemoryIsBounded(t *testing.T) {
	m := NewMemory(500)
	if !allow1(t, m, "greedy", 10, noon) {
		t.Fatal("the first burst was refused")
	}
	for i := range 5000 {
		if !allow1(t, m, fmt.Sprint("new ", i), 1, noon) {
			t.Fatalf("key %d was refused", i)
		}
		if len(m.until) > 500 {
			t.Fatalf("%d keys are held, want at most 500", len(m.until))
		}
	}
	if allow1(t, m, "greedy", 1, noon) {
		t.Error("new keys washed out one that had used its burst")
	}
}

func TestMemoryForgetsWhatIsQuiet(t *testing.T) {
	m := NewMemory(1000)
	for i := range 100 {
		allow1(t, m, fmt.Sprint(i), 1, noon) // made up for in six minutes
	}
	allow1(t, m, "busy", 10, noon)
	allow1(t, m, "last", 1, noon.Add(10*time.Minute))
	if got := len(m.until); got != 2 {
		t.Errorf("%d keys are held, want the busy one and the last", got)
	}
}

func TestMemoryOfOneKeyHoldsOne(t *testing.T) {
	m := NewMemory(0)
	allow1(t, m, "a", 10, noon)
	if allow1(t, m, "a", 1, noon) {
		t.Error("the one key was not counted")
	}
}

func BenchmarkMemory(b *testing.B) {
	for _, full := range []bool{false, true} {
		b.Run(fmt.Sprint("full=", full), func(b *testing.B) {
			m, keys := NewMemory(100_000), make([]string, 1<<18)
			for i := range keys {
				keys[i] = fmt.Sprint("send:sender_", i)
			}
			if !full {
				keys = keys[:1<<10]
			}
			now, mask := noon, len(keys)-1
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				now = now.Add(time.Microsecond)
				if _, _, err := m.Allow(b.Context(), keys[i&mask], 1, tenAnHour, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
