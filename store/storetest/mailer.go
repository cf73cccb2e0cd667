package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
)

var mailerChecks = []check{
	{"a due notice brings all that is needed to write it", noticeComplete},
	{"due notices come oldest first, up to the limit", noticeOrder},
	{"a claimed notice is nobody else's until the lease ends", noticeLease},
	{"two mailers at once share what is due without overlap", noticesShared},
	{"a notice sent or given up is due no more, with an event that says which", noticeSettled},
	{"a notice put off is due again at its time", noticePutOff},
	{"who lost the lease of a notice neither puts it off nor gives it up", noticeFenced},
	{"the notices of a wiped message go out", noticeOfWiped},
}

func (c *Clinic) dueNotices(tb testing.TB, now time.Time) []store.DueNotice {
	tb.Helper()
	due, err := c.DueNotices(tb.Context(), 100, lease, now)
	must(tb, "DueNotices", err)
	return due
}

func (c *Clinic) oneNotice(tb testing.TB, now time.Time) store.DueNotice {
	tb.Helper()
	due := c.dueNotices(tb, now)
	if len(due) != 1 {
		tb.Fatalf("DueNotices: got %d, want 1", len(due))
	}
	return due[0]
}

func noticeComplete(t *testing.T, c *Clinic) {
	c.Org = SetPolicy(t, c.Store, c.Org.ID, store.Policy{Confirm: store.ConfirmAlways})
	m := c.Write(t, Number(1), nil)
	m.Notify, m.EnvID, m.ReadBy, m.Test = store.NotifyAccepted, "QQ314159", Noon.Add(4*time.Hour), true
	c.mustAccept(t, c.Acceptance(m))
	got := c.oneNotice(t, Noon.Add(time.Minute))
	c.opensNumber(t, got.NumberKey, got.Number, got.Place(), Number(1))
	want := store.DueNotice{
		NoticeClaim: store.NoticeClaim{Notice: got.Notice, Attempt: 1}, Via: store.ViaMail, Kind: store.Accepted, Detail: "smtp", At: Noon,
		Org: c.Org, Sender: c.Sender, Message: m.ID, Reference: m.Reference, EnvID: "QQ314159", Created: Noon, Queued: Noon,
		Expires: m.Expires, ReadBy: m.ReadBy, Test: true,
		Recipient: m.To.ID, NumberKey: got.NumberKey, Number: got.Number,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("DueNotices: (-want +got)\n%s", d)
	}
}

func noticeOrder(t *testing.T, c *Clinic) {
	var want []store.MessageID
	for i := range 5 {
		m := c.Write(t, Number(i), nil)
		m.Notify = store.NotifyAccepted
		a := c.Acceptance(m)
		a.At = Noon.Add(time.Duration(-i) * time.Minute)
		c.mustAccept(t, a)
		want = append(want, m.ID)
	}
	slices.Reverse(want)
	var got []store.MessageID
	for range 3 {
		due, err := c.DueNotices(t.Context(), 2, lease, Noon)
		must(t, "DueNotices", err)
		for _, d := range due {
			got = append(got, d.Message)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("DueNotices: got %v, want %v", got, want)
	}
}

func noticeLease(t *testing.T, c *Clinic) {
	c.asked(t, Number(1), store.NotifyAccepted)
	if due := c.dueNotices(t, Noon.Add(-time.Second)); len(due) != 0 {
		t.Fatalf("DueNotices before its time: got %d", len(due))
	}
	first := c.oneNotice(t, Noon)
	if due := c.dueNotices(t, Noon.Add(lease-time.Second)); len(due) != 0 {
		t.Fatalf("DueNotices within the lease: got %d", len(due))
	}
	second := c.oneNotice(t, Noon.Add(lease+time.Second))
	if second.Notice != first.Notice || second.Attempt != first.Attempt+1 {
		t.Errorf("DueNotices after the lease: got %+v, want the next attempt of %+v", second.NoticeClaim, first.NoticeClaim)
	}
}

func noticesShared(t *testing.T, c *Clinic) {
	const notices = 40
	var messages []store.Message
	for n := range notices {
		m := c.Write(t, Number(n), nil)
		m.Notify = store.NotifyAccepted
		messages = append(messages, m)
	}
	c.mustAccept(t, c.Acceptance(messages...))
	var wg sync.WaitGroup
	var mu sync.Mutex
	claimed := map[int64]int{}
	for range 4 {
		wg.Go(func() {
			for range notices {
				due, err := c.DueNotices(t.Context(), 7, lease, Noon)
				if err != nil {
					t.Errorf("DueNotices: %v", err)
				}
				mu.Lock()
				for _, d := range due {
					claimed[d.Notice]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(claimed) != notices {
		t.Errorf("DueNotices: %d were claimed, want %d", len(claimed), notices)
	}
	for id, n := range claimed {
		if n != 1 {
			t.Errorf("notice %d was claimed %d times", id, n)
		}
	}
}

func noticeSettled(t *testing.T, c *Clinic) {
	m := c.asked(t, Number(1), store.NotifyAccepted|store.NotifyFailed)
	sent := c.oneNotice(t, Noon)
	x := c.begin(t, Noon)[0]
	must(t, "Failed", c.Failed(t.Context(), store.Failure{Claim: x.Claim(), Text: x.Text, Reason: "21610"}, Noon))
	dropped := c.oneNotice(t, Noon)
	for range 2 {
		must(t, "NoticeSent", c.NoticeSent(t.Context(), sent.NoticeClaim, Noon))
		must(t, "DropNotice", c.DropNotice(t.Context(), dropped.NoticeClaim, "5.1.1", Noon))
	}
	if due := c.dueNotices(t, Noon.Add(time.Hour)); len(due) != 0 {
		t.Errorf("DueNotices: got %d, want none", len(due))
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Failed, store.Notified, store.NotNotified)
	for kind, detail := range map[store.Kind]string{store.Notified: "accepted", store.NotNotified: "failed 5.1.1"} {
		if e := c.last(t, kind); e.Detail != detail || e.Recipient != m.To.ID || e.By.Kind != store.BySystem || !e.At.Equal(Noon) {
			t.Errorf("event: got %+v, want %q about the recipient", e, detail)
		}
	}
	c.wantStatus(t, m.ID, store.Failed)
}

func noticePutOff(t *testing.T, c *Clinic) {
	m := c.asked(t, Number(1), store.NotifyAccepted)
	again := Noon.Add(10 * time.Minute)
	must(t, "RetryNotice", c.RetryNotice(t.Context(), c.oneNotice(t, Noon).NoticeClaim, again, Noon))
	if due := c.dueNotices(t, again.Add(-time.Second)); len(due) != 0 {
		t.Errorf("DueNotices before its time: got %d", len(due))
	}
	if d := c.oneNotice(t, again); d.Attempt != 2 || !d.Queued.Equal(Noon) {
		t.Errorf("DueNotices: got %+v queued %v, want the second attempt, queued at noon", d.NoticeClaim, d.Queued)
	}
	c.wantKinds(t, m.ID, store.Accepted)
}

func noticeFenced(t *testing.T, c *Clinic) {
	m := c.asked(t, Number(1), store.NotifyAccepted)
	stale := c.oneNotice(t, Noon).NoticeClaim
	now := Noon.Add(2 * lease)
	held := c.oneNotice(t, now).NoticeClaim
	must(t, "stale RetryNotice", c.RetryNotice(t.Context(), stale, now, now))
	must(t, "stale DropNotice", c.DropNotice(t.Context(), stale, "x", now))
	if due := c.dueNotices(t, now); len(due) != 0 {
		t.Fatal("DueNotices: the notice was let go by one who did not hold it")
	}
	// What was sent was sent, whoever holds the notice by now.
	must(t, "stale NoticeSent", c.NoticeSent(t.Context(), stale, now))
	must(t, "DropNotice", c.DropNotice(t.Context(), held, "x", now))
	c.wantKinds(t, m.ID, store.Accepted, store.Notified)
}

func noticeOfWiped(t *testing.T, c *Clinic) {
	m := c.asked(t, Number(1), allSteps)
	x := c.send(t, Noon)[0]
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextDelivered), Noon))
	due := c.wantNotices(t, store.Accepted, store.Delivered)
	c.opensNumber(t, due[1].NumberKey, due[1].Number, due[1].Place(), Number(1))
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Wiped, store.Delivered, store.Notified, store.Notified)
}
