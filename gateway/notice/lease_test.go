package notice

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestTwoMailersSendEachNoticeOnce(t *testing.T) {
	r := newRig(t, newPeer(t))
	ids := r.accepted(t, 60)
	for range 2 {
		r.run(t, func(c *Config) { c.Batch = 7 })
	}
	r.until(t, "sent", ids...)
	seen := map[string]bool{}
	for _, m := range r.peer.mails() {
		seen[string(m.text)] = true
	}
	if n := len(r.peer.mails()); n != len(ids) || len(seen) != n {
		t.Errorf("%d mails, %d different, of %d notices", n, len(seen), len(ids))
	}
}

// A process that dies with mails in hand leaves them to the next, when its
// lease has run out and not before; what it says later changes nothing.
func TestWhatADeadMailerHeldIsTakenOver(t *testing.T) {
	r := newRig(t, newPeer(t))
	ids := r.accepted(t, 3)
	dead, err := r.notices.DueNotices(t.Context(), 10, 5*time.Minute, r.now())
	if err != nil || len(dead) != 3 {
		t.Fatalf("claimed %d, %v", len(dead), err)
	}
	r.run(t)
	time.Sleep(30 * time.Millisecond)
	if n := len(r.peer.mails()); n != 0 {
		t.Fatalf("%d mails while another holds the lease", n)
	}
	r.forward(5 * time.Minute)
	r.until(t, "sent", ids...)
	if err := r.notices.RetryNotice(t.Context(), dead[0].NoticeClaim, noon, r.now()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	if n := len(r.peer.mails()); n != 3 {
		t.Errorf("%d mails, want 3", n)
	}
}

func TestStopEndsTheMailInHandAndPutsBackTheOthers(t *testing.T) {
	r := newRig(t, newPeer(t))
	ids := r.accepted(t, 5)
	started, release := make(chan struct{}), make(chan struct{})
	slow := senderFunc(func(ctx context.Context, _ string, _ []byte) error {
		close(started)
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	stop := r.run(t, func(c *Config) { c.Sender, c.Concurrency = slow, 1 })
	<-started
	time.AfterFunc(30*time.Millisecond, func() { close(release) })
	stop()
	due, err := r.notices.DueNotices(t.Context(), 10, time.Minute, r.now())
	if err != nil || len(due) != 4 {
		t.Errorf("%d notices wait for another mailer, %v; want 4", len(due), err)
	}
	sent := 0
	for _, id := range ids {
		if r.outcome(t, id) == "sent" {
			sent++
		}
	}
	if sent != 1 {
		t.Errorf("%d notices recorded as sent, want 1", sent)
	}
}

// Mails that come up when the lease is nearly over are left to who claims next.
func TestAMailIsNotBegunWhenTheLeaseIsNearlyOver(t *testing.T) {
	r := newRig(t, newPeer(t))
	ids := r.accepted(t, 3)
	var asked atomic.Int32
	slow := senderFunc(func(context.Context, string, []byte) error {
		if asked.Add(1) == 1 {
			r.forward(5 * time.Minute)
		}
		return nil
	})
	r.run(t, func(c *Config) { c.Sender, c.Concurrency, c.Lease = slow, 1, 5*time.Minute })
	r.until(t, "sent", ids...)
	if !strings.Contains(r.log.String(), "code=too_slow") || asked.Load() > 4 {
		t.Errorf("asked %d times; the log: %s", asked.Load(), r.log.String())
	}
}
