package storetest

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

var draftChecks = []check{
	{"a draft comes back as it was kept, and a later one takes its place", draftKept},
	{"a reply that is taken destroys the draft, and none is kept of a form that was taken", draftTaken},
	{"only who may reply to a message can keep a draft of it, and see it", draftOther},
	{"S11, S12, S14: a draft of what is gone, held or revoked is not shown, and none is kept", draftGone},
	{"S13: a draft is destroyed at sign-out, when sessions are revoked, and at a reset", draftEnded},
	{"S22: a draft is destroyed with its message", draftWiped},
	{"S22: a draft is destroyed at its time, whatever comes", draftOver},
	{"S22: the keys of drafts are replaced like those of replies", draftKeysRotated},
}

// draftLife is how long the drafts of these cases live.
const draftLife = 4 * time.Hour

func (c *Clinic) draft(tb testing.TB, t thread, text string) store.Draft {
	tb.Helper()
	d := store.Draft{ID: store.NewDraftID(Noon), Message: t.ID, Nonce: rand.Text(), Until: Noon.Add(draftLife)}
	key, wrapped, err := c.Keys.NewDataKey(tb.Context(), d.Place(t.viewer, seal.PartKey))
	must(tb, "NewDataKey", err)
	d.Key, d.Content = wrapped, key.Seal(seal.Plaintext(text), d.Place(t.viewer, seal.PartContent))
	return d
}

func (c *Clinic) mustKeep(tb testing.TB, t thread, text string) store.Draft {
	tb.Helper()
	d := c.draft(tb, t, text)
	must(tb, "KeepDraft", c.KeepDraft(tb.Context(), d, t.viewer, Noon))
	return d
}

// opensDraft checks that the thread's draft says what was sealed.
func (c *Clinic) opensDraft(tb testing.TB, t thread, text string) {
	tb.Helper()
	d, err := c.Draft(tb.Context(), t.ID, t.viewer, Noon)
	must(tb, "Draft", err)
	key, err := c.Keys.DataKey(tb.Context(), d.Key, d.Place(t.viewer, seal.PartKey))
	must(tb, "open key of draft", err)
	p, err := key.Open(d.Content, d.Place(t.viewer, seal.PartContent))
	must(tb, "open draft", err)
	if string(p) != text {
		tb.Errorf("Draft: got %v, want %q", p, text)
	}
}

// wantNoDraft wants neither a draft of the thread nor keys of any.
func (c *Clinic) wantNoDraft(tb testing.TB, when string, t thread, now time.Time) {
	tb.Helper()
	_, err := c.Draft(tb.Context(), t.ID, t.viewer, now)
	wantError(tb, "Draft "+when, err, store.ErrNotFound)
	if n := c.replyKeys(tb); n != 0 {
		tb.Errorf("%s: %d keys are left, want none", when, n)
	}
}

func draftKept(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), store.NotifyAsked)
	before := c.count(t)
	c.wantNoDraft(t, "before", th, Noon)
	c.mustKeep(t, th, "It itches.")
	d := c.mustKeep(t, th, "It itches a lot.")
	c.opensDraft(t, th, "It itches a lot.")
	got, err := c.Draft(t.Context(), th.ID, th.viewer, Noon)
	if err != nil || got.ID != d.ID || got.Nonce != d.Nonce || got.Message != th.ID || !got.Until.Equal(d.Until) {
		t.Errorf("Draft: got %+v, %v, want the later one", got, err)
	}
	if n := c.replyKeys(t); n != 1 {
		t.Errorf("DataKeys: got %d of drafts, want 1", n)
	}
	if n := c.count(t); n != before {
		t.Errorf("events: got %d more, want none", n-before)
	}
	c.wantNotices(t)
	m := c.Write(t, Number(1), seal.Plaintext("And your knee?"))
	m.Reply = true
	c.mustAccept(t, c.Acceptance(m))
	other := thread{m, c.linked(t, m), th.viewer} // another message of the recipient's has its own
	c.mustKeep(t, other, "And my knee?")
	c.opensDraft(t, th, "It itches a lot.")
	c.opensDraft(t, other, "And my knee?")
}

func draftTaken(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	d := c.mustKeep(t, th, "It itches.")
	r := c.reply(t, th, "It itches.")
	r.Nonce = d.Nonce
	must(t, "Reply", c.Reply(t.Context(), r, th.viewer, Noon))
	_, err := c.Draft(t.Context(), th.ID, th.viewer, Noon)
	wantError(t, "Draft after Reply", err, store.ErrNotFound)
	d.ID = store.NewDraftID(Noon)
	wantError(t, "KeepDraft of what was taken", c.KeepDraft(t.Context(), d, th.viewer, Noon), store.ErrConflict)
	if n := c.replyKeys(t); n != 1 {
		t.Errorf("DataKeys: got %d of replies and drafts, want that of the reply", n)
	}
	c.mustKeep(t, th, "And it is red.")
	c.opensDraft(t, th, "And it is red.")
}

func draftOther(t *testing.T, c *Clinic) {
	th, other := c.thread(t, Number(2), 0), c.thread(t, Number(3), 0)
	c.mustKeep(t, th, "mine")
	foreign := thread{th.Message, th.hash, other.viewer}
	wantError(t, "KeepDraft by another", c.KeepDraft(t.Context(), c.draft(t, foreign, "not mine"), other.viewer, Noon), store.ErrNotFound)
	_, err := c.Draft(t.Context(), th.ID, other.viewer, Noon)
	wantError(t, "Draft of another's", err, store.ErrNotFound)
	must(t, "ForgetDrafts of another", c.ForgetDrafts(t.Context(), c.Org.ID, other.To.ID))
	c.opensDraft(t, th, "mine")
	m, hash, v := c.attached(t) // takes no replies
	silent := thread{m, hash, v}
	wantError(t, "KeepDraft of what takes no replies", c.KeepDraft(t.Context(), c.draft(t, silent, "hello?"), v, Noon), store.ErrNotFound)
}

func draftGone(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	d := c.draft(t, th, "It itches.")
	d.Until = Noon.Add(2 * life)
	must(t, "KeepDraft", c.KeepDraft(t.Context(), d, th.viewer, Noon))
	want := func(what string, now time.Time, want error) {
		t.Helper()
		wantError(t, "KeepDraft "+what, c.KeepDraft(t.Context(), c.draft(t, th, "more"), th.viewer, now), want)
		_, err := c.Draft(t.Context(), th.ID, th.viewer, now)
		wantError(t, "Draft "+what, err, store.ErrNotFound)
	}
	want("after the message's life", Noon.Add(life), store.ErrGone)
	must(t, "NotMine", c.NotMine(t.Context(), th.hash, visitor, Noon))
	want("of what is held", Noon, store.ErrHeld)
	must(t, "ReleaseMessage", c.ReleaseMessage(t.Context(), c.Org.ID, th.ID, Ana, Noon.Add(time.Second)))
	c.opensDraft(t, th, "It itches.")
	must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, th.To.ID, Ana, Noon))
	want("after RevokeSessions", Noon, store.ErrRevoked)
	th.viewer.Epoch++
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, th.ID, Ana, Noon))
	want("after Wipe", Noon, store.ErrGone)
}

func draftEnded(t *testing.T, c *Clinic) {
	for n, end := range []func(thread) error{
		func(th thread) error { return c.ForgetDrafts(t.Context(), c.Org.ID, th.To.ID) },
		func(th thread) error { return c.RevokeSessions(t.Context(), c.Org.ID, th.To.ID, Ana, Noon) },
		func(th thread) error { c.resetOn(t, th.hash, browser(1), Noon); return nil },
		func(th thread) error { return c.ResetRecipient(t.Context(), c.Org.ID, th.To.ID, Ana, Noon) },
	} {
		th := c.thread(t, Number(n+1), 0)
		c.mustKeep(t, th, "It itches.")
		must(t, "end the session", end(th))
		c.wantNoDraft(t, fmt.Sprintf("ended in way %d", n), th, Noon)
	}
}

func draftWiped(t *testing.T, c *Clinic) {
	th, over := c.thread(t, Number(1), 0), c.thread(t, Number(2), 0)
	c.mustKeep(t, th, "It itches.")
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, th.ID, Ana, Noon))
	c.wantNoDraft(t, "after Wipe", th, Noon)
	d := c.draft(t, over, "It itches.")
	d.Until = Noon.Add(2 * life)
	must(t, "KeepDraft", c.KeepDraft(t.Context(), d, over.viewer, Noon))
	if n, err := c.Expire(t.Context(), 10, Noon.Add(life)); err != nil || n != 1 {
		t.Errorf("Expire: got %d, %v, want 1", n, err)
	}
	c.wantNoDraft(t, "after Expire", over, Noon)
}

func draftOver(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	c.mustKeep(t, th, "It itches.")
	_, err := c.Draft(t.Context(), th.ID, th.viewer, Noon.Add(draftLife))
	wantError(t, "Draft at its time", err, store.ErrNotFound)
	_, err = c.Expire(t.Context(), 10, Noon.Add(draftLife-time.Second))
	must(t, "Expire", err)
	c.opensDraft(t, th, "It itches.")
	_, err = c.Expire(t.Context(), 10, Noon.Add(draftLife))
	must(t, "Expire", err)
	c.wantNoDraft(t, "after its time", th, Noon)
}

func draftKeysRotated(t *testing.T, c *Clinic) {
	th := c.thread(t, Number(1), 0)
	c.mustKeep(t, th, "It itches.")
	c.rotate(t, 2)
	must(t, "ReplaceDataKeys", c.ReplaceDataKeys(t.Context(), c.rewrap(t, c.dataKeys(t, 100))))
	left, err := c.DataKeys(t.Context(), c.Org.ID, 2, 100)
	if err != nil || len(left) != 0 {
		t.Errorf("DataKeys: got %d old ones, %v, want none", len(left), err)
	}
	c.opensDraft(t, th, "It itches.")
}
