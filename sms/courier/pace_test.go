package courier_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
)

func TestCouriersShareTheRateOfARoad(t *testing.T) {
	for _, couriers := range []int{1, 2} {
		d := &diary{}
		travel(t, lanes{"first": {Sender: &teller{"first", nil, d}, Rate: 2}}, func(t *testing.T, j *journey) {
			var want []string
			for n := range 21 {
				j.letter(t, n)
				want = append(want, "first sends to "+numbered(n))
			}
			var all sync.WaitGroup
			for range couriers {
				all.Go(func() {
					j.run(t, 14*time.Second, func(c *courier.Config) { c.Batch, c.Poll = 5, 100*time.Millisecond })
				})
			}
			all.Wait()
			sent, at := d.about("first sends")
			if len(sent) != len(want) {
				t.Fatalf("%d texts of %d within 14 s", len(sent), len(want))
			}
			for i := 3; i < len(at); i++ { // what one second may carry goes at once, and no more
				if span := at[i].Sub(at[i-3]); span < 900*time.Millisecond {
					t.Errorf("%d couriers: 4 texts within %v", couriers, span)
				}
			}
			if couriers == 1 && !slices.Equal(sent, want) {
				t.Errorf("sent %q, want them in order", sent)
			}
		})
	}
}

func TestTheTextThatTriesARoadDoesNotWaitForItsRate(t *testing.T) {
	d := &diary{}
	first := &teller{"first", map[string][]error{numbered(1): {sms.ErrBusy}}, d}
	travel(t, lanes{"first": {Sender: first, Rate: 0.02}}, func(t *testing.T, j *journey) {
		j.letter(t, 1)
		j.run(t, 5*time.Second)
		if _, at := d.about("first sends"); len(at) != 2 || at[1].Sub(at[0]) > 3*time.Second {
			t.Errorf("sent at %v, want it again after the pause", at)
		}
	})
}
