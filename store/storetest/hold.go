package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

var holdChecks = []check{
	{"nothing destroys what is on hold, and its link ends when it would have", holdKeeps},
	{"S33: a hold is placed and lifted with an event", holdEvents},
	{"a hold on a recipient is on what is sent later, and on all who share the number", holdOnRecipient},
	{"with several holds on it a message stays until the last is lifted", holdsOverlap},
	{"what is not there, gone or on hold for the same matter cannot be put on hold", holdRefused},
	{"what is over and on hold is not texted about, and its sender is told once", holdEndsWaiting},
	{"S22: of a hold and a wipe at once one wins, never both", holdRace},
}

// hold places a hold at noon.
func (c *Clinic) hold(t *testing.T, h store.Hold) store.HoldID {
	t.Helper()
	h.ID, h.Org = store.NewHoldID(Noon), c.Org.ID
	if h.Matter == "" {
		h.Matter = "26-CV-1187"
	}
	must(t, "PlaceHold", c.PlaceHold(t.Context(), h, Ana, Noon))
	return h.ID
}

func (c *Clinic) lift(t *testing.T, id store.HoldID, at time.Time) {
	t.Helper()
	must(t, "LiftHold", c.LiftHold(t.Context(), c.Org.ID, id, Ana, at))
}

// wantExpired checks how many messages expire at a time.
func (c *Clinic) wantExpired(t *testing.T, want int, at time.Time) {
	t.Helper()
	if n, err := c.Expire(t.Context(), 10, at); err != nil || n != want {
		t.Errorf("Expire: got %d, %v, want %d", n, err, want)
	}
}

func holdKeeps(t *testing.T, c *Clinic) {
	m, hash, v := c.attached(t, files(seal.ChunkSize*2)...)
	id := c.hold(t, store.Hold{Message: m.ID})
	wantError(t, "Wipe on hold", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon), store.ErrOnHold)
	if info := c.info(t, m.ID); !info.Held.Equal(Noon) || !info.Wiped.IsZero() {
		t.Errorf("Messages: got held %v, wiped %v", info.Held, info.Wiped)
	}
	c.wantViewing(t, m, hash, v, Noon.Add(time.Hour), nil)
	later := Noon.Add(3 * life)
	c.wantExpired(t, 0, later)
	c.wantViewing(t, m, hash, v, later, store.ErrGone)
	if l := c.link(t, hash, later); l.State != store.LinkExpired || len(l.Key.Wrapped) == 0 {
		t.Errorf("Link: got state %d, key %v, want one that is over with its key kept", l.State, l.Key)
	}
	c.lift(t, id, later)
	c.wantExpired(t, 1, later)
	if l := c.link(t, hash, later); len(l.Key.Wrapped) != 0 {
		t.Error("Link: the key is still there once the hold was lifted")
	}
}

func holdEvents(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	id := c.hold(t, store.Hold{Message: m.ID})
	at := Noon.Add(time.Hour)
	c.lift(t, id, at)
	for kind, when := range map[store.Kind]time.Time{store.HoldPlaced: Noon, store.HoldLifted: at} {
		e := c.last(t, kind)
		if e.By != Ana || e.Message != m.ID || e.Recipient != m.To.ID || e.Detail != string(id)+" 26-CV-1187" || !e.At.Equal(when) {
			t.Errorf("event: got %+v, want one by Ana about the message", e)
		}
	}
	wantError(t, "LiftHold again", c.LiftHold(t.Context(), c.Org.ID, id, Ana, at), store.ErrNotFound)
	list, err := c.Holds(t.Context(), store.HoldFilter{Org: c.Org.ID})
	if err != nil || len(list) != 0 {
		t.Errorf("Holds: got %v, %v, want none in force", list, err)
	}
	list, err = c.Holds(t.Context(), store.HoldFilter{Org: c.Org.ID, Message: m.ID, Lifted: true})
	want := store.Hold{ID: id, Org: c.Org.ID, Message: m.ID, Matter: "26-CV-1187", Placed: Noon, Lifted: at}
	if err != nil || len(list) != 1 || list[0].ID != want.ID || list[0].Matter != want.Matter || !list[0].Placed.Equal(Noon) || !list[0].Lifted.Equal(at) {
		t.Errorf("Holds: got %+v, %v, want %+v", list, err, want)
	}
	must(t, "Wipe once lifted", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, at))
}

func holdOnRecipient(t *testing.T, c *Clinic) {
	own := c.accept(t, Number(1))[0]
	mary := c.WriteTo(t, c.Person(t, Number(1), "Mary"), seal.Plaintext("x"))
	other := c.accept(t, Number(2))[0]
	id := c.hold(t, store.Hold{Recipient: own.To.ID})
	later := c.accept(t, Number(1))[0]
	c.mustAccept(t, c.Acceptance(mary))
	for name, m := range map[string]store.Message{"sent before": own, "sent later": later, "to who shares the number": mary} {
		wantError(t, "Wipe of what was "+name, c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon), store.ErrOnHold)
	}
	c.wantExpired(t, 1, Noon.Add(3*life))
	if c.info(t, other.ID).Expired.IsZero() {
		t.Error("Messages: another's is kept, too")
	}
	c.lift(t, id, Noon)
	c.wantExpired(t, 3, Noon.Add(3*life))
}

func holdsOverlap(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	all := []store.HoldID{
		c.hold(t, store.Hold{Message: m.ID}), c.hold(t, store.Hold{Message: m.ID, Matter: "26-CV-2"}), c.hold(t, store.Hold{Recipient: m.To.ID}),
	}
	for _, id := range all {
		wantError(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon), store.ErrOnHold)
		c.lift(t, id, Noon)
	}
	must(t, "Wipe once all are lifted", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
}

func holdRefused(t *testing.T, c *Clinic) {
	place := func(h store.Hold) error {
		h.ID, h.Org, h.Matter = store.NewHoldID(Noon), c.Org.ID, "1"
		return c.PlaceHold(t.Context(), h, Ana, Noon)
	}
	m := c.accept(t, Number(1))[0]
	wantError(t, "PlaceHold on no message", place(store.Hold{Message: "msg_x"}), store.ErrNotFound)
	wantError(t, "PlaceHold on no recipient", place(store.Hold{Recipient: "rcp_x"}), store.ErrNotFound)
	must(t, "PlaceHold", place(store.Hold{Message: m.ID}))
	wantError(t, "PlaceHold again", place(store.Hold{Message: m.ID}), store.ErrConflict)
	wiped := c.accept(t, Number(2))[0]
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, wiped.ID, Ana, Noon))
	wantError(t, "PlaceHold on what is gone", place(store.Hold{Message: wiped.ID}), store.ErrGone)
}

func holdEndsWaiting(t *testing.T, c *Clinic) {
	m := c.Write(t, Number(1), seal.Plaintext("x"))
	m.Notify, m.Remind = store.NotifyFailed, []time.Duration{24 * time.Hour}
	c.mustAccept(t, c.Acceptance(m))
	id := c.hold(t, store.Hold{Message: m.ID})
	over := Noon.Add(2 * life)
	c.wantExpired(t, 0, over)
	c.wantExpired(t, 0, over)
	told, err := c.DueNotices(t.Context(), 10, lease, over)
	if err != nil || len(told) != 1 || told[0].Kind != store.Expired {
		t.Errorf("DueNotices: got %+v, %v, want that it is over", told, err)
	}
	c.lift(t, id, over)
	c.wantExpired(t, 1, over)
}

func holdRace(t *testing.T, c *Clinic) {
	for range 8 {
		m := c.accept(t, Number(1))[0]
		var both sync.WaitGroup
		var held, wiped error
		h := store.Hold{ID: store.NewHoldID(Noon), Org: c.Org.ID, Message: m.ID, Matter: "1"}
		both.Go(func() { held = c.PlaceHold(t.Context(), h, Ana, Noon) })
		both.Go(func() { wiped = c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon) })
		both.Wait()
		switch {
		case held == nil && errors.Is(wiped, store.ErrOnHold):
		case wiped == nil && errors.Is(held, store.ErrGone):
		default:
			t.Errorf("PlaceHold: %v, Wipe: %v; want one of them to win", held, wiped)
		}
	}
}
