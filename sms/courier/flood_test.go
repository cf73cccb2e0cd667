package courier_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/store"
)

// slowStore takes a second for each receipt.
type slowStore struct{ taken chan time.Time }

func (s *slowStore) Receipt(context.Context, store.Receipt, time.Time) error {
	time.Sleep(time.Second)
	s.taken <- time.Now()
	return nil
}

func TestAFloodOfCallbacksLeavesRoomInTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callbacks = 40
		s := &slowStore{make(chan time.Time, callbacks)}
		h := &courier.Receipts{Store: s, Log: (&logBook{}).logger(), Now: time.Now}
		begin := time.Now()
		record := func(ctx context.Context) error {
			return h.Record(ctx, sms.Status{Text: "txt_1", State: sms.Delivered})
		}
		for range callbacks {
			go func() {
				if err := record(context.Background()); err != nil {
					t.Errorf("Record: %v", err)
				}
			}()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := record(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Record while none has its turn: got error %v", err)
		}
		atOnce := map[time.Duration]int{}
		for range callbacks {
			at := <-s.taken
			atOnce[at.Sub(begin)]++
		}
		for at, n := range atOnce {
			if n > 8 {
				t.Errorf("after %v %d were recorded at once", at, n)
			}
		}
		if len(atOnce) != 5 {
			t.Errorf("recorded at %v, want 8 each second", atOnce)
		}
	})
}
