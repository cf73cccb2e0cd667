package insist_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"securetext/store"
	"securetext/store/insist"
)

func TestAStoreThatIsAwayIsWaitedForAndNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := insist.Asker{Name: "test", Log: slog.New(slog.DiscardHandler)}
		ask := func(fault error, times int) (asked int, err error) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			err = a.Ask(ctx, "test", func(context.Context) error {
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
			{broken, insist.Tries - 1, insist.Tries, nil},
			{broken, insist.Tries, insist.Tries, broken},
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
