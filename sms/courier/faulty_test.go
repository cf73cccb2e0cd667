package courier_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"securetext/sms/courier"
	"securetext/store"
	"securetext/store/storetest"
)

// faulty is a store that fails on demand, before it does what it is asked.
type faulty struct {
	courier.Store
	fault func(op string) error // nil: none
	due   func(*store.Due)      // changes what is claimed; nil: nothing
}

func (f *faulty) fails(op string) error {
	if f.fault == nil {
		return nil
	}
	return f.fault(op)
}

func (f *faulty) Due(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]store.Due, error) {
	if err := f.fails("Due"); err != nil {
		return nil, err
	}
	due, err := f.Store.Due(ctx, limit, lease, now)
	for i := range due {
		if f.due != nil {
			f.due(&due[i])
		}
	}
	return due, err
}

func (f *faulty) AddLinks(ctx context.Context, a []store.Attempt, now time.Time) error {
	if err := f.fails("AddLinks"); err != nil {
		return err
	}
	return f.Store.AddLinks(ctx, a, now)
}

func (f *faulty) Sent(ctx context.Context, s []store.SentText, now time.Time) error {
	if err := f.fails("Sent"); err != nil {
		return err
	}
	return f.Store.Sent(ctx, s, now)
}

func (f *faulty) Retry(ctx context.Context, r store.Retry, now time.Time) error {
	if err := f.fails("Retry"); err != nil {
		return err
	}
	return f.Store.Retry(ctx, r, now)
}

func (f *faulty) Failed(ctx context.Context, x store.Failure, now time.Time) error {
	if err := f.fails("Failed"); err != nil {
		return err
	}
	return f.Store.Failed(ctx, x, now)
}

func (f *faulty) Receipt(ctx context.Context, r store.Receipt, now time.Time) error {
	if err := f.fails("Receipt"); err != nil {
		return err
	}
	return f.Store.Receipt(ctx, r, now)
}

func TestAStoreThatIsAwayIsWaitedFor(t *testing.T) {
	r := newRig(t)
	ids := r.accept(t, 1, 2, 3)
	for _, op := range []string{"Due", "AddLinks", "Sent"} {
		var away atomic.Bool
		var asked atomic.Int32
		away.Store(true)
		f := &faulty{Store: r.Store, fault: func(which string) error {
			if which == op && away.Load() {
				asked.Add(1)
				return store.ErrUnavailable
			}
			return nil
		}}
		stop := r.run(t, func(c *courier.Config) { c.Store = f })
		wait(t, op+" to be asked again", func() bool { return asked.Load() > 2 })
		away.Store(false)
		r.until(t, store.Delivered, ids...)
		stop()
		if n := len(r.fake.Texts()); n != len(ids) {
			t.Fatalf("%s away: %d texts for %d messages", op, n, len(ids))
		}
		r.fake.Mend()
		ids = append(ids, r.accept(t, 10+len(ids))...)
	}
	if !strings.Contains(r.log.String(), "store answers the courier again") {
		t.Error("the log does not say that the store is back")
	}
}

func TestAFaultOfTheStoreEndsNothing(t *testing.T) {
	r := newRig(t)
	id := r.accept(t, 1)[0]
	var faults atomic.Int32
	f := &faulty{Store: r.Store, fault: func(op string) error {
		if op == "Sent" && faults.Add(1) <= 20 {
			return errors.New("disk on fire")
		}
		return nil
	}}
	r.run(t, func(c *courier.Config) { c.Store = f })
	wait(t, "the courier to give up", func() bool { return strings.Contains(r.log.String(), "store failed the courier") })
	r.forward(3 * time.Minute) // the claim runs out, and the text is looked up
	r.pass(t, "delivery", func() bool { return r.status(t, id) == store.Delivered })
	if n := len(r.fake.Texts()); n != 1 {
		t.Errorf("%d texts, want 1", n)
	}
}

// One of a batch is wiped between the claim and the sending.
func TestAWipedMessageIsNotTexted(t *testing.T) {
	r := newRig(t)
	ids := r.accept(t, 1, 2, 3)
	var wiped atomic.Bool
	f := &faulty{Store: r.Store, fault: func(op string) error {
		if op == "AddLinks" && wiped.CompareAndSwap(false, true) {
			return r.Wipe(t.Context(), r.Org.ID, ids[1], storetest.Ana, r.now())
		}
		return nil
	}}
	r.run(t, func(c *courier.Config) { c.Store = f })
	r.until(t, store.Delivered, ids[0], ids[2])
	for _, text := range r.fake.Texts() {
		if text.To == storetest.Number(2) {
			t.Error("a wiped message was texted")
		}
	}
}
