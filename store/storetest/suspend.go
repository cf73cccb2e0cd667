package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
)

var suspendChecks = []check{
	{"a suspended sender is found by all it signs in with, and told apart", suspendTells},
	{"a sender can be suspended once, and let again once", suspendTwice},
}

// wantSender checks how a sender is found, by each way there is.
func (c *Clinic) wantSender(tb testing.TB, p store.AppPassword, k store.APIKey, want store.Sender) {
	tb.Helper()
	ctx := tb.Context()
	byPassword, err := c.AppPassword(ctx, want.Email, p.Hash)
	must(tb, "AppPassword", err)
	_, byKey, err := c.APIKey(ctx, k.ID, Noon)
	must(tb, "APIKey", err)
	byEmail, err := c.SenderByEmail(ctx, want.Email)
	must(tb, "SenderByEmail", err)
	listed, err := c.Senders(ctx, want.Org)
	must(tb, "Senders", err)
	if d := cmp.Diff([]store.Sender{want, want, want, want}, append(listed, byPassword, byKey, byEmail)); d != "" {
		tb.Errorf("sender: (-want +got)\n%s", d)
	}
}

func suspendTells(t *testing.T, c *Clinic) {
	p, k := c.appPassword(t, "horse"), c.apiKey(t, "key", time.Time{})
	at := Noon.Add(time.Hour)
	want := c.Sender
	c.wantSender(t, p, k, want)
	must(t, "SuspendSender", c.SuspendSender(t.Context(), c.Org.ID, c.Sender.ID, true, Ana, at))
	want.Suspended = at
	c.wantSender(t, p, k, want)
	if e := c.last(t, store.SenderSuspended); e.By != Ana || e.Detail != string(c.Sender.ID) || !e.At.Equal(at) {
		t.Errorf("event: got %+v, want one by Ana that names the sender", e)
	}
	must(t, "SuspendSender", c.SuspendSender(t.Context(), c.Org.ID, c.Sender.ID, false, Ana, at))
	c.wantSender(t, p, k, c.Sender)
	if e := c.last(t, store.SenderResumed); e.By != Ana || e.Detail != string(c.Sender.ID) {
		t.Errorf("event: got %+v, want one by Ana that names the sender", e)
	}
	_, err := c.SenderByEmail(t.Context(), "nobody@lakeside.example")
	wantError(t, "SenderByEmail of nobody", err, store.ErrNotFound)
}

func suspendTwice(t *testing.T, c *Clinic) {
	ctx := t.Context()
	wantError(t, "SuspendSender of one who may send", c.SuspendSender(ctx, c.Org.ID, c.Sender.ID, false, Ana, Noon), store.ErrConflict)
	must(t, "SuspendSender", c.SuspendSender(ctx, c.Org.ID, c.Sender.ID, true, Ana, Noon))
	before := c.count(t)
	wantError(t, "SuspendSender again", c.SuspendSender(ctx, c.Org.ID, c.Sender.ID, true, Ana, Noon.Add(time.Hour)), store.ErrConflict)
	wantError(t, "SuspendSender of nobody", c.SuspendSender(ctx, c.Org.ID, store.NewSenderID(Noon), true, Ana, Noon), store.ErrNotFound)
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
	if s, err := c.SenderByEmail(ctx, c.Sender.Email); err != nil || !s.Suspended.Equal(Noon) {
		t.Errorf("SenderByEmail: got suspended since %v, %v, want the first time", s.Suspended, err)
	}
}
