package password

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slow is a Hasher whose hashes take work of pretended time; most counts those
// at once, and done all of them.
func slow(t *testing.T, work time.Duration) (h *Hasher, most, done *atomic.Int64) {
	h = newHasher(t)
	var running atomic.Int64
	most, done = new(atomic.Int64), new(atomic.Int64)
	h.derive = func(string, []byte, Params) []byte {
		n := running.Add(1)
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
		}
		time.Sleep(work)
		running.Add(-1)
		done.Add(1)
		return make([]byte, tagSize)
	}
	return h, most, done
}

// flood makes n sign-ins at once and returns how many were told ErrBusy.
func flood(t *testing.T, h *Hasher, n int) (busy int64) {
	t.Helper()
	var wg sync.WaitGroup
	var refused atomic.Int64
	for range n {
		wg.Go(func() {
			switch _, err := h.Hash(t.Context(), "correct horse"); {
			case errors.Is(err, ErrBusy):
				refused.Add(1)
			case err != nil:
				t.Errorf("Hash: %v", err)
			}
		})
	}
	wg.Wait()
	return refused.Load()
}

func TestS07FloodIsAdmittedByCores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cores := int64(runtime.GOMAXPROCS(0))
		h, most, done := slow(t, 30*time.Millisecond)
		busy := flood(t, h, 500)
		if most.Load() != cores {
			t.Errorf("%d hashes at once, want %d", most.Load(), cores)
		}
		if want := cores + waiting; done.Load() != want || busy != 500-want {
			t.Errorf("%d hashed, %d told busy, want %d and %d", done.Load(), busy, want, 500-want)
		}
	})
}

func TestS07NobodyWaitsLongerThanFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cores := int64(runtime.GOMAXPROCS(0))
		h, _, done := slow(t, 2*time.Second) // three rounds begin within five seconds
		began := time.Now()
		busy := flood(t, h, int(cores)+waiting)
		if want := min(3*cores, cores+waiting); done.Load() != want || busy != cores+waiting-want {
			t.Errorf("%d hashed, %d told busy, want %d hashed", done.Load(), busy, want)
		}
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("the last answer came after %v", took)
		}
	})
}

func TestS07CancelledCallersLeaveTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, done := slow(t, time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range cap(h.queue.slots) {
			wg.Go(func() { hashed(t, h, "correct horse") })
		}
		synctest.Wait()
		for range waiting {
			wg.Go(func() {
				if err := h.VerifyNone(ctx, "correct horse"); !errors.Is(err, context.Canceled) {
					t.Errorf("error %v, want %v", err, context.Canceled)
				}
			})
		}
		synctest.Wait()
		if _, err := h.Hash(t.Context(), "correct horse"); !errors.Is(err, ErrBusy) {
			t.Errorf("with a full queue: %v, want ErrBusy", err)
		}
		cancel()
		synctest.Wait()
		hashed(t, h, "correct horse") // there is room again
		wg.Wait()
		if want := int64(cap(h.queue.slots)) + 1; done.Load() != want {
			t.Errorf("%d hashed, want %d: those who left cost nothing", done.Load(), want)
		}
	})
}

func TestS07AfterAFloodAllIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, _ := slow(t, time.Second)
		flood(t, h, 500)
		if busy := flood(t, h, cap(h.queue.slots)); busy != 0 {
			t.Errorf("%d told busy when nobody else was there", busy)
		}
	})
}

// The real thing: what hashing holds at once stays far below the 200 MiB that
// a whole process may have.
func TestS07FloodKeepsMemoryBounded(t *testing.T) {
	h := newHasher(t)
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() { peak <- watchHeap(stop) }()
	flood(t, h, 500)
	close(stop)
	const limit = 200 << 20
	if got := <-peak; got > limit {
		t.Errorf("the heap reached %d MiB, want at most %d", got>>20, limit>>20)
	}
}

// watchHeap returns the largest heap seen until stop.
func watchHeap(stop chan struct{}) (most uint64) {
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse)
		select {
		case <-stop:
			return most
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestVerifyNoneCostsWhatVerifyDoes(t *testing.T) {
	h := newHasher(t)
	phc := hashed(t, h, "correct horse")
	var spent []Params
	real := h.derive
	h.derive = func(p string, salt []byte, cost Params) []byte {
		spent = append(spent, cost)
		return real(p, salt, cost)
	}
	verify(t, h, "wrong horse", phc)
	if err := h.VerifyNone(t.Context(), "wrong horse"); err != nil {
		t.Fatalf("VerifyNone: %v", err)
	}
	if len(spent) != 2 || spent[0] != spent[1] {
		t.Errorf("spent %v, want the same twice", spent)
	}
}
