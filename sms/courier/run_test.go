package courier_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/sms/twilio/twiliofake"
	"securetext/store"
)

func TestARefusedAccountStopsTheLineAndCallsTheOperatorOnce(t *testing.T) {
	r := newRig(t)
	r.fake.Fail(twiliofake.Rule{Status: 401, Code: 20003})
	numbers := make([]int, 60)
	for i := range numbers {
		numbers[i] = i + 1
	}
	ids := r.accept(t, numbers...)
	var asked atomic.Int32
	counting := senderFunc(func(ctx context.Context, text sms.Text) (sms.Receipt, error) {
		asked.Add(1)
		return r.sender.Send(ctx, text)
	})
	r.run(t, func(c *courier.Config) { c.Roads, c.Concurrency, c.Lease = through(counting), 4, leaps })
	for _, id := range ids {
		r.untilEvent(t, id, "deferred:")
	}
	if n := asked.Load(); n > 8 {
		t.Errorf("asked %d times before the line stopped, with 4 at once", n)
	}
	for range 5 {
		before := asked.Load()
		r.forward(20 * time.Minute)
		wait(t, "another try", func() bool { return asked.Load() > before })
		time.Sleep(20 * time.Millisecond)
		if n := asked.Load() - before; n > 1 {
			t.Errorf("tried %d texts after a pause, want 1", n)
		}
	}
	if n := strings.Count(r.log.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors logged, want 1: %s", n, r.log)
	}
	r.fake.Mend()
	r.pass(t, "the line to open", func() bool { return strings.Contains(r.log.String(), "line is open again") })
	for _, id := range ids {
		r.pass(t, "delivery", func() bool { return r.status(t, id) == store.Delivered })
	}
	if n := len(r.fake.Texts()); n != len(ids) {
		t.Errorf("%d texts for %d messages", n, len(ids))
	}
}

func TestTwoCouriersSendEachTextOnce(t *testing.T) {
	r := newRig(t)
	numbers := make([]int, 150)
	for i := range numbers {
		numbers[i] = i + 1
	}
	ids := r.accept(t, numbers...)
	for range 2 {
		r.run(t, func(c *courier.Config) { c.Batch = 7 })
	}
	r.until(t, store.Delivered, ids...)
	perNumber := map[string]int{}
	for _, text := range r.fake.Texts() {
		perNumber[text.To]++
	}
	for to, n := range perNumber {
		if n != 1 {
			t.Errorf("%s got %d texts", to, n)
		}
	}
	if len(perNumber) != len(ids) {
		t.Errorf("%d of %d numbers got a text", len(perNumber), len(ids))
	}
}

func TestANudgeIsFasterThanThePoll(t *testing.T) {
	r := newRig(t)
	c, err := courier.New(r.config(func(c *courier.Config) { c.Poll = time.Hour }))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	time.Sleep(20 * time.Millisecond) // it has looked, found nothing, and rests
	id := r.accept(t, 1)[0]
	for range 3 {
		c.Nudge() // never waits
	}
	r.until(t, store.Delivered, id)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestStopEndsTheTextInHand(t *testing.T) {
	r := newRig(t)
	started, release := make(chan struct{}), make(chan struct{})
	slow := senderFunc(func(ctx context.Context, text sms.Text) (sms.Receipt, error) {
		close(started)
		select {
		case <-release:
			return sms.Receipt{ProviderID: "SM1"}, nil
		case <-ctx.Done():
			return sms.Receipt{}, &sms.Error{Code: "cut", Err: sms.ErrUnsure}
		}
	})
	ids := r.accept(t, 1, 2, 3)
	stop := r.run(t, func(c *courier.Config) { c.Roads, c.Concurrency = through(slow), 1 })
	<-started
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	stop()
	if got := r.status(t, ids[0]); got != store.Sent {
		t.Errorf("the text in hand: status %s, want sent", got)
	}
	due, err := r.Due(t.Context(), 10, time.Minute, r.now())
	if err != nil || len(due) != 2 {
		t.Errorf("%d texts are due at once for another courier, %v; want 2", len(due), err)
	}
	for _, d := range due {
		if len(d.Doubts) != 0 {
			t.Error("a text that was put back is in doubt")
		}
	}
}
