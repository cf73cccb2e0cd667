package group

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var errBad = errors.New("bad item")

func double(_ context.Context, in []int) ([]int, error) {
	out := make([]int, len(in))
	for i, v := range in {
		if v < 0 {
			return nil, errBad
		}
		out[i] = 2 * v
	}
	return out, nil
}

func TestEachCallerGetsItsOwnResult(t *testing.T) {
	g := New(8, double)
	defer g.Close()
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			if got, err := g.Do(t.Context(), i); err != nil || got != 2*i {
				t.Errorf("Do(%d) = %d, %v", i, got, err)
			}
		})
	}
	wg.Wait()
}

func TestOneBadItemFailsAlone(t *testing.T) {
	g := New(64, double)
	defer g.Close()
	var wg sync.WaitGroup
	for i := range 100 {
		v := i
		if i%10 == 0 {
			v = -1
		}
		wg.Go(func() {
			_, err := g.Do(t.Context(), v)
			if (v < 0) != errors.Is(err, errBad) {
				t.Errorf("Do(%d): %v", v, err)
			}
		})
	}
	wg.Wait()
}

func TestCallersAreGatheredWhileACommitRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var commits atomic.Int32
		g := New(64, func(_ context.Context, in []int) ([]int, error) {
			commits.Add(1)
			time.Sleep(time.Second)
			return in, nil
		})
		for i := range 60 {
			go g.Do(t.Context(), i)
			if i == 0 {
				synctest.Wait() // the first is being committed
			}
		}
		synctest.Wait()
		g.Close()
		if n := commits.Load(); n != 2 {
			t.Errorf("%d commits, want the first alone and the rest as one", n)
		}
	})
}

func TestDoEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(1, func(_ context.Context, in []int) ([]int, error) {
			time.Sleep(time.Minute)
			return in, nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := g.Do(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v, want the context's", err)
		}
		g.Close()
	})
}

func TestCloseCommitsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept atomic.Int32
		g := New(4, func(_ context.Context, in []int) ([]int, error) {
			time.Sleep(time.Second)
			kept.Add(int32(len(in)))
			return in, nil
		})
		for i := range 4 {
			go g.Do(t.Context(), i)
		}
		synctest.Wait()
		g.Close()
		g.Close()
		if kept.Load() != 4 {
			t.Errorf("%d committed, want 4", kept.Load())
		}
		if _, err := g.Do(t.Context(), 5); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: got error %v, want ErrClosed", err)
		}
	})
}
