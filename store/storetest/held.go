package storetest

import (
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var heldChecks = []check{
	{"staff release a message that is held, with an event", releaseHeld},
	{"a message that is not held, or gone, is not released", releaseNotHeld},
	{"clocks that differ keep no message held, and release none", heldByClocks},
	{"a message released many times at once is released once", releaseRace},
	{"what is held counts as unread: its reader is reminded, its sender told of no reading", heldUnread},
	{"who is revoked, or another, is not told that a message is held", heldUntold},
	{"a message that is held still expires, and is wiped", heldWiped},
}

// wantHeld checks that a message is sealed from its viewer: nothing of it can be
// had, and nothing is recorded.
func (c *Clinic) wantHeld(tb testing.TB, m store.Message, hash token.Hash, v store.Viewer, now time.Time) {
	tb.Helper()
	if l := c.link(tb, hash, now); !l.Held || l.State != store.LinkLive {
		tb.Errorf("Link: got held %t in state %d, want it held and live", l.Held, l.State)
	}
	before := c.count(tb)
	c.wantViewing(tb, m, hash, v, now, store.ErrHeld)
	if got := c.count(tb); got != before {
		tb.Errorf("events: got %d more, want none", got-before)
	}
}

func (c *Clinic) wantReleased(tb testing.TB, m store.Message, hash token.Hash, v store.Viewer, now time.Time) {
	tb.Helper()
	if e := c.last(tb, store.Released); e.By != Ana || e.Message != m.ID || e.Recipient != m.To.ID {
		tb.Errorf("event: got %+v, want one by Ana about the message", e)
	}
	if l := c.link(tb, hash, now); l.Held || l.Disowned {
		tb.Errorf("Link: got held %t, disowned %t, want neither", l.Held, l.Disowned)
	}
	c.wantViewing(tb, m, hash, v, now, nil)
}

func (c *Clinic) release(tb testing.TB, m store.Message, now time.Time) {
	tb.Helper()
	must(tb, "ReleaseMessage", c.ReleaseMessage(tb.Context(), c.Org.ID, m.ID, Ana, now))
}

func releaseHeld(t *testing.T, c *Clinic) {
	m, hash, v := c.attached(t, files(9)...)
	must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon))
	c.wantHeld(t, m, hash, v, Noon)
	if !c.link(t, hash, Noon).Disowned {
		t.Error("Link: got it held, want it to say why")
	}
	c.release(t, m, Noon.Add(time.Minute))
	c.wantReleased(t, m, hash, v, Noon.Add(time.Minute))
	c.wantStatus(t, m.ID, store.Read)
}

func releaseNotHeld(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	release := func(now time.Time) error { return c.ReleaseMessage(t.Context(), c.Org.ID, m.ID, Ana, now) }
	wantError(t, "ReleaseMessage", release(Noon), store.ErrConflict)
	must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon))
	must(t, "ReleaseMessage", release(Noon))
	wantError(t, "ReleaseMessage again", release(Noon), store.ErrConflict)
	must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon.Add(time.Hour)))
	wantError(t, "ReleaseMessage after its life", release(Noon.Add(life)), store.ErrConflict)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon.Add(time.Hour)))
	wantError(t, "ReleaseMessage after Wipe", release(Noon.Add(time.Hour)), store.ErrConflict)
	err := c.ReleaseMessage(t.Context(), c.Org.ID, store.NewMessageID(Noon), Ana, Noon)
	wantError(t, "ReleaseMessage of none", err, store.ErrNotFound)
	if n := len(c.events(t, store.EventFilter{Kind: store.Released})); n != 1 {
		t.Errorf("events: got %d released, want 1", n)
	}
}

func heldByClocks(t *testing.T, c *Clinic) {
	m, hash, v := c.signedIn(t, Number(1), browser(1))
	before := Noon.Add(time.Hour) // of a process whose clock is behind
	for range 2 {
		must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon.Add(time.Hour)))
		c.release(t, m, before)
		c.wantReleased(t, m, hash, v, before)
		must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, before))
		c.wantHeld(t, m, hash, v, before)
		c.release(t, m, before)
		before = Noon
	}
	wantAllowed(t, c, m.To)
	v = c.resetOn(t, hash, browser(1), Noon.Add(2*time.Hour))
	c.wantHeld(t, m, hash, v, Noon)
	c.release(t, m, Noon)
	c.wantReleased(t, m, hash, v, Noon)
}

func releaseRace(t *testing.T, c *Clinic) {
	m, hash, v := c.enrolled(t, Number(1))
	must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon))
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if err := c.ReleaseMessage(t.Context(), c.Org.ID, m.ID, Ana, Noon); err != nil {
				wantError(t, "ReleaseMessage", err, store.ErrConflict)
			}
		})
	}
	wg.Wait()
	if n := len(c.events(t, store.EventFilter{Kind: store.Released})); n != 1 {
		t.Errorf("events: got %d released, want 1", n)
	}
	c.wantReleased(t, m, hash, v, Noon)
}

func heldUnread(t *testing.T, c *Clinic) {
	m := c.watched(t, Number(1))
	m.Notify = store.NotifyRead
	c.mustAccept(t, c.Acceptance(m))
	hash := c.linked(t, m)
	c.enrolOn(t, hash, browser(1))
	now := Noon.Add(time.Minute)
	v := c.resetOn(t, hash, browser(1), now)
	wantError(t, "Read", c.Read(t.Context(), m.ID, v, now), store.ErrHeld)
	c.wantNotices(t)
	if w := c.oneWatch(t, Noon.Add(24*time.Hour)); w.Message != m.ID {
		t.Errorf("DueWatches: got %s, want the message that is held", w.Message)
	}
	c.release(t, m, now)
	must(t, "Read", c.Read(t.Context(), m.ID, v, now))
	c.wantNotices(t, store.Read)
	if due := c.watches(t, Noon.Add(72*time.Hour)); len(due) != 0 {
		t.Errorf("DueWatches: got %d, want none of what was read", len(due))
	}
}

func heldUntold(t *testing.T, c *Clinic) {
	m, hash, v := c.attached(t, files(9)...)
	_, _, other := c.enrolled(t, Number(2))
	must(t, "NotMine", c.NotMine(t.Context(), hash, visitor, Noon))
	c.wantViewing(t, m, hash, other, Noon, store.ErrNotFound)
	must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, m.To.ID, Ana, Noon))
	c.wantViewing(t, m, hash, v, Noon, store.ErrRevoked)
}

func heldWiped(t *testing.T, c *Clinic) {
	m, hash, v := c.attached(t, files(9)...)
	late, lateHash, other := c.enrolled(t, Number(2))
	for _, h := range []token.Hash{hash, lateHash} {
		must(t, "NotMine", c.NotMine(t.Context(), h, visitor, Noon))
	}
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	c.wantViewing(t, m, hash, v, Noon, store.ErrGone)
	c.wantViewing(t, late, lateHash, other, Noon.Add(life), store.ErrGone)
	if n, err := c.Expire(t.Context(), 10, Noon.Add(life)); n != 1 || err != nil {
		t.Errorf("Expire: got %d, %v, want the one", n, err)
	}
}
