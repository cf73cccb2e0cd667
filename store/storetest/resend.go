package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var resendChecks = []check{
	{"a message is texted again when its sender asks for it, now and then", resendQueues},
	{"of many who have a message texted again at once one does", resendRace},
	{"a message is not texted again while a text of it waits", resendWaits},
	{"what is gone is not texted again", resendGone},
}

func resendQueues(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	must(t, "Resend", c.Resend(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	if e := c.last(t, store.Resent); e.Message != m.ID || e.Recipient != m.To.ID || e.By != Ana {
		t.Errorf("event: got %+v, want Ana's asking", e)
	}
	fresh := c.send(t, Noon)
	if len(fresh) != 1 || fresh[0].Message != m.ID || fresh[0].Kind != store.AgainText || fresh[0].Link == hash {
		t.Fatalf("Due: got %d texts, want one with a fresh link", len(fresh))
	}
	soon := Noon.Add(store.ResendEvery - time.Second)
	wantError(t, "Resend again", c.Resend(t.Context(), c.Org.ID, m.ID, Ana, soon), store.ErrThrottled)
	for _, h := range []token.Hash{hash, fresh[0].Link} {
		if l := c.link(t, h, Noon); l.Message != m.ID || l.State != store.LinkLive {
			t.Errorf("Link: got %s, want both links good", l.Message)
		}
	}
	must(t, "Resend later", c.Resend(t.Context(), c.Org.ID, m.ID, Ana, Noon.Add(store.ResendEvery)))
}

func resendRace(t *testing.T, c *Clinic) {
	m, _ := c.texted(t, Number(1))
	var done atomic.Int64
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			switch err := c.Resend(t.Context(), c.Org.ID, m.ID, Ana, Noon); err {
			case nil:
				done.Add(1)
			default:
				wantError(t, "Resend", err, store.ErrThrottled)
			}
		})
	}
	wg.Wait()
	if n := done.Load(); n != 1 {
		t.Errorf("Resend: done %d times, want once", n)
	}
	if due := c.due(t, Noon); len(due) != 1 {
		t.Errorf("Due: got %d texts, want 1", len(due))
	}
}

func resendWaits(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	wantError(t, "Resend before the first text", c.Resend(t.Context(), c.Org.ID, m.ID, Ana, Noon), store.ErrConflict)
	x := c.send(t, Noon)[0]
	c.enrol(t, x.Link) // whose notice of the password is no text with a link
	must(t, "Resend", c.Resend(t.Context(), c.Org.ID, m.ID, Ana, Noon))
}

func resendGone(t *testing.T, c *Clinic) {
	m, _ := c.texted(t, Number(1))
	wantError(t, "Resend after the message's life", c.Resend(t.Context(), c.Org.ID, m.ID, Ana, Noon.Add(life)), store.ErrGone)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	wantError(t, "Resend after Wipe", c.Resend(t.Context(), c.Org.ID, m.ID, Ana, Noon), store.ErrGone)
	wantError(t, "Resend of no such message", c.Resend(t.Context(), c.Org.ID, store.NewMessageID(Noon), Ana, Noon), store.ErrNotFound)
	if due := c.due(t, Noon); len(due) != 0 {
		t.Errorf("Due: got %d texts, want none", len(due))
	}
}
