package notice

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/storetest"
)

// One org's server never answers, and dozens of webhooks wait for it. Another
// org's are posted, and mails are sent, as if nothing were.
func TestADeadServerHoldsUpNoOtherOrgAndNoMail(t *testing.T) {
	r, p := newRig(t, newPeer(t)), newHookPeer(t)
	dead := newHookPeer(t)
	dead.on(func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	r.hooked(t, dead.url)
	for range 45 {
		r.oneRound(t)
	}
	other := r.Neighbour(t)
	storetest.SetPolicy(t, other.Store, other.Org.ID, store.Policy{Hook: p.url})
	for range 3 {
		r.overdueAt(t, other, store.Watched{Hook: true, Mail: true})
	}
	stop := r.run(t, p.hooking, func(c *Config) { c.HookTimeout = 3 * time.Second })
	wait(t, "the other org's webhooks and mails", func() bool { return len(p.got()) == 3 && len(r.peer.mails()) == 3 })
	if strings.Contains(r.log.String(), "code=webhook_timeout") {
		t.Error("they waited until the dead server was given up")
	}
	if n := len(dead.got()); n > 1 {
		t.Errorf("the dead server is asked %d times at once", n)
	}
	wait(t, "the dead server's webhooks to be put off", func() bool { return strings.Count(r.log.String(), "code=webhook_timeout") >= longestLane })
	if n := len(dead.got()); n > 3 {
		t.Errorf("%d times a server was waited for that does not answer", n)
	}
	stop()
}

// A server that asks for time gets it, for all that waits in its lane.
func TestAServerThatAsksForTimeGetsIt(t *testing.T) {
	r, p := hookRig(t)
	p.on(func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			time.Sleep(100 * time.Millisecond) // the others are in the lane by then
			w.Header().Set("Retry-After", "1800")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	var ids []store.MessageID
	for range 3 {
		ids = append(ids, r.oneRound(t))
	}
	r.run(t, p.hooking)
	wait(t, "the pause", func() bool { return strings.Count(r.log.String(), "code=webhook_http_429") == 3 })
	r.forward(25 * time.Minute)
	time.Sleep(50 * time.Millisecond)
	if n := len(p.got()); n != 1 {
		t.Errorf("asked %d times before the half hour was over", n)
	}
	r.forward(10 * time.Minute)
	for _, id := range ids {
		r.untilHook(t, "sent", id)
	}
}

// A server that only fails at some is asked about the others.
func TestAWebhookThatFailsHoldsUpNoOther(t *testing.T) {
	r, p := hookRig(t)
	first := r.oneRound(t)
	p.on(func(_ int, w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("X-SecureText-Delivery"), string(first)) {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	second := r.oneRound(t)
	r.run(t, p.hooking)
	r.untilHook(t, "sent", second)
	if got := r.outcome(t, first); got != "" {
		t.Errorf("outcome %q", got)
	}
}

func TestWebhooksGoOutWhileMailsAreHeldBack(t *testing.T) {
	r, p := hookRig(t)
	r.peer = newPeer(t)
	mails := r.accepted(t, 30)
	id := r.oneRound(t)
	away := r.smarthost(t, func(c *SmarthostConfig) { c.Addr = closedPort(t) })
	r.run(t, p.hooking, func(c *Config) { c.Sender = away })
	wait(t, "the hold", func() bool { return strings.Contains(r.log.String(), "notices held back") })
	r.untilHook(t, "sent", id)
	r.untilHook(t, "sent", r.oneRound(t))
	for _, id := range mails {
		if got := r.outcome(t, id); got != "" {
			t.Errorf("outcome %q of a mail", got)
		}
	}
}

func TestALaneTakesSoManyAndEndsWhenItIsEmpty(t *testing.T) {
	l := newLanes()
	j := func(org store.OrgID) job { return job{DueNotice: store.DueNotice{Org: store.Org{ID: org}}} }
	for i := range longestLane {
		if first, ok := l.enter(j("org_1")); !ok || first != (i == 0) {
			t.Fatalf("%d: first %v, ok %v", i, first, ok)
		}
	}
	if _, ok := l.enter(j("org_1")); ok {
		t.Error("a full lane takes one more")
	}
	if first, ok := l.enter(j("org_2")); !first || !ok {
		t.Error("another org's lane is full too")
	}
	for range longestLane {
		if _, ok := l.next("org_1"); !ok {
			t.Fatal("a lane lost a webhook")
		}
	}
	if _, ok := l.next("org_1"); ok || len(l.waiting) != 1 {
		t.Error("an empty lane does not end")
	}
}

// All that an org has due goes out, however many.
func TestManyWebhooksOfAnOrgAllGoOut(t *testing.T) {
	r, p := hookRig(t)
	var ids []store.MessageID
	for range 3*longestLane + 5 {
		ids = append(ids, r.oneRound(t))
	}
	r.run(t, p.hooking)
	for _, id := range ids {
		r.pass(t, 20*time.Second, "the webhook", func() bool { return r.hookOutcome(t, id) == "sent" })
	}
	if n := len(p.got()); n != len(ids) {
		t.Errorf("%d webhooks, want %d", n, len(ids))
	}
}

func TestStopEndsTheWebhookInHandAndPutsBackTheOthers(t *testing.T) {
	r, p := hookRig(t)
	started, release := make(chan struct{}), make(chan struct{})
	p.on(func(n int, _ http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			close(started)
			<-release
		}
	})
	for range 5 {
		r.oneRound(t)
	}
	stop := r.run(t, p.hooking)
	<-started
	time.AfterFunc(30*time.Millisecond, func() { close(release) })
	stop()
	due, err := r.notices.DueNotices(t.Context(), 10, time.Minute, r.now())
	if err != nil || len(due) != 4 || len(p.got()) != 1 {
		t.Errorf("%d webhooks wait for another mailer, %v, %d posted; want 4, 1", len(due), err, len(p.got()))
	}
}
