package storetest

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var paceChecks = []check{
	{"a road carries so many texts a second, and says when there are more", paceGrants},
	{"a road that was idle has saved up no more than a second's worth", paceSavesLittle},
	{"a road may carry less than a text a second", paceSlow},
	{"over many seconds a road carries no more than its rate", paceOverTime},
	{"many callers at once share one road's pace", paceShared},
}

// wantPace asks for so many texts and checks how many are granted, and when
// there will be more.
func (c *Clinic) wantPace(tb testing.TB, n int, rate float64, now time.Time, want int, more time.Time) {
	tb.Helper()
	granted, next, err := c.Pace(tb.Context(), road, n, rate, now)
	must(tb, "Pace", err)
	if granted != want || !next.Equal(more) {
		tb.Errorf("Pace of %d at %v: got %d and more at %v, want %d and %v", n, now, granted, next, want, more)
	}
}

func paceGrants(t *testing.T, c *Clinic) {
	const rate = 10
	step := time.Second / rate
	c.wantPace(t, 25, rate, Noon, 10, Noon.Add(step))
	c.wantPace(t, 15, rate, Noon, 0, Noon.Add(step))
	c.wantPace(t, 15, rate, Noon.Add(step-time.Microsecond), 0, Noon.Add(step))
	c.wantPace(t, 15, rate, Noon.Add(step), 1, Noon.Add(2*step))
	c.wantPace(t, 2, rate, Noon.Add(4*step), 2, Noon.Add(4*step)) // one is left
	c.wantPace(t, 2, rate, Noon.Add(4*step), 1, Noon.Add(5*step))
	c.wantPace(t, 3, rate, Noon, 0, Noon.Add(5*step)) // by a clock that is behind
	c.wantPace(t, 0, rate, Noon.Add(5*step), 0, Noon.Add(5*step))
}

func paceSavesLittle(t *testing.T, c *Clinic) {
	c.wantPace(t, 100, 20, Noon, 20, Noon.Add(50*time.Millisecond))
	later := Noon.Add(time.Hour)
	c.wantPace(t, 100, 20, later, 20, later.Add(50*time.Millisecond))
}

func paceSlow(t *testing.T, c *Clinic) {
	c.wantPace(t, 3, 0.25, Noon, 1, Noon.Add(4*time.Second))
	c.wantPace(t, 3, 0.25, Noon.Add(3*time.Second), 0, Noon.Add(4*time.Second))
	c.wantPace(t, 3, 0.25, Noon.Add(4*time.Second), 1, Noon.Add(8*time.Second))
	later := Noon.Add(time.Hour)
	c.wantPace(t, 3, 0.25, later, 1, later.Add(4*time.Second))
}

func paceOverTime(t *testing.T, c *Clinic) {
	const seconds = 10
	random := rand.New(rand.NewPCG(1, 2))
	for _, rate := range []float64{0.3, 3, 7, 30} { // most of which are no whole microseconds
		from := Noon.Add(time.Duration(rate) * time.Hour) // another time, so that nothing is left
		got, now := 0, from
		for now.Before(from.Add(seconds * time.Second)) {
			granted, next, err := c.Pace(t.Context(), road, 1+random.IntN(9), rate, now)
			must(t, "Pace", err)
			got += granted
			if now = now.Add(time.Duration(random.IntN(200)) * time.Millisecond); granted == 0 {
				now = next
			}
		}
		if most := int(rate*seconds + max(1, rate)); got > most || got < int(rate*(seconds-1)) {
			t.Errorf("Pace at %v a second: got %d texts in %d seconds, want at most %d and not many less", rate, got, seconds, most)
		}
	}
}

func paceShared(t *testing.T, c *Clinic) {
	const rate, seconds, callers = 20, 3, 6
	var got, tick atomic.Int64
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range 10 * seconds {
				now := Noon.Add(time.Duration(tick.Add(1)) * time.Second / (10 * callers))
				granted, _, err := c.Pace(t.Context(), road, 4, rate, now)
				if err != nil {
					t.Errorf("Pace: %v", err)
				}
				got.Add(int64(granted))
			}
		})
	}
	wg.Wait()
	if n := got.Load(); n > rate*(seconds+1) || n < rate*seconds {
		t.Errorf("Pace: got %d texts in %d seconds, want at least %d and at most %d", n, seconds, rate*seconds, rate*(seconds+1))
	}
}
