package courier_test

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
)

// A carrier takes texts as the dice fall: what becomes of the n-th text to a
// number is the same whenever the seed is. What it says later, it says in the
// background until ctx ends.
type carrier struct {
	ctx      context.Context
	seed     uint64
	now      func() time.Time
	receipts *courier.Receipts
	arrives  func(sms.Text) // a text is on the phone
	later    sync.WaitGroup

	mu    sync.Mutex
	asked map[string]int // how often, by number
	texts []*carried
}

// carried is a text that the carrier took.
type carried struct {
	sms.Text
	at   time.Time
	done sms.Status // what it says once it has come to its end; empty before
}

func (c *carrier) Name() string { return "carrier" }

// dice are those of the next text to a number.
func (c *carrier) dice(number string) *rand.Rand {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked == nil {
		c.asked = map[string]int{}
	}
	c.asked[number]++
	h := fnv.New64a()
	h.Write([]byte(number))
	return rand.New(rand.NewPCG(c.seed^h.Sum64(), uint64(c.asked[number])))
}

// outcomes are what becomes of a text, each so many times of a hundred.
var outcomes = []struct {
	times  int
	err    error // what Send returns
	taken  bool
	silent bool // nobody calls back
	end    sms.Status
}{
	{71, nil, true, false, sms.Status{State: sms.Delivered}},
	{6, nil, true, true, sms.Status{State: sms.Delivered}},
	{6, nil, true, false, sms.Status{State: sms.Undelivered, Code: "carrier_unreachable", Transient: true}},
	{3, &sms.Error{Code: "carrier_busy", Err: sms.ErrBusy}, false, false, sms.Status{}},
	{3, &sms.Error{Code: "carrier_away", Err: sms.ErrAway}, false, false, sms.Status{}},
	{3, &sms.Error{Code: "carrier_odd", Err: sms.ErrWord}, false, false, sms.Status{}},
	{3, &sms.Error{Code: "carrier_unsure", Err: sms.ErrUnsure}, true, true, sms.Status{State: sms.Delivered}},
	{3, &sms.Error{Code: "carrier_unsure", Err: sms.ErrUnsure}, false, false, sms.Status{}},
	{1, &sms.Error{Code: "carrier_barred", Err: sms.ErrHalt}, false, false, sms.Status{}},
	{1, &sms.Error{Code: "carrier_dead", Err: sms.ErrPermanent}, false, false, sms.Status{}},
}

// Send implements [sms.Sender].
func (c *carrier) Send(ctx context.Context, text sms.Text) (sms.Receipt, error) {
	dice := c.dice(text.To().E164())
	time.Sleep(time.Duration(dice.IntN(1500)) * time.Millisecond)
	n := dice.IntN(100)
	for _, o := range outcomes {
		if n -= o.times; n >= 0 {
			continue
		}
		if o.taken {
			c.take(text, o.end, o.silent, time.Duration(1+dice.IntN(90))*time.Second)
		}
		if o.err != nil {
			return sms.Receipt{}, o.err
		}
		break
	}
	return sms.Receipt{ProviderID: "id-" + text.ID()}, nil
}

func (c *carrier) take(text sms.Text, end sms.Status, silent bool, in time.Duration) {
	end.Text, end.ProviderID = text.ID(), "id-"+text.ID()
	x := &carried{Text: text, at: c.now()}
	c.mu.Lock()
	c.texts = append(c.texts, x)
	c.mu.Unlock()
	c.later.Go(func() {
		if !sleep(c.ctx, in) {
			return
		}
		c.mu.Lock()
		x.done = end
		c.mu.Unlock()
		if end.State == sms.Delivered {
			c.arrives(text)
		}
		if !silent {
			_ = c.receipts.Record(c.ctx, end)
		}
	})
}

// sleep reports false when ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// Find implements [sms.Finder].
func (c *carrier) Find(_ context.Context, q sms.Query) ([]sms.Found, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []sms.Found
	for _, x := range slices.Backward(c.texts) {
		if x.To() == q.To && !x.at.Before(q.Since) {
			found = append(found, sms.Found{Text: x.ID(), ProviderID: "id-" + x.ID(), Body: x.Body(), At: x.at, State: x.done.State})
		}
	}
	return found, nil
}

// Report implements [sms.Reporter].
func (c *carrier) Report(_ context.Context, providerID string) (sms.Status, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.texts {
		if "id-"+x.ID() == providerID {
			return x.done, nil
		}
	}
	return sms.Status{}, nil
}
