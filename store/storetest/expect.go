package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

func wantError(tb testing.TB, what string, got, want error) {
	tb.Helper()
	if !errors.Is(got, want) {
		tb.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

func must(tb testing.TB, what string, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("%s: %v", what, err)
	}
}

func (c *Clinic) events(tb testing.TB, f store.EventFilter) []store.Event {
	tb.Helper()
	events, err := c.Events(tb.Context(), f)
	must(tb, "Events", err)
	return events
}

func kindsOf(events []store.Event) []store.Kind {
	kinds := make([]store.Kind, len(events))
	for i, e := range events {
		kinds[i] = e.Kind
	}
	return kinds
}

// wantKinds checks what happened to a message, in order.
func (c *Clinic) wantKinds(tb testing.TB, id store.MessageID, want ...store.Kind) {
	tb.Helper()
	if got := kindsOf(c.events(tb, store.EventFilter{Org: c.Org.ID, Message: id})); !slices.Equal(got, want) {
		tb.Errorf("events of the message: got %v, want %v", got, want)
	}
}

// last is the newest event of a kind.
func (c *Clinic) last(tb testing.TB, kind store.Kind) store.Event {
	tb.Helper()
	events := c.events(tb, store.EventFilter{Org: c.Org.ID, Kind: kind})
	if len(events) == 0 {
		tb.Fatalf("no %s event", kind)
	}
	return events[len(events)-1]
}

func (c *Clinic) count(tb testing.TB) int {
	tb.Helper()
	return len(c.events(tb, store.EventFilter{Limit: 100_000}))
}

func (c *Clinic) info(tb testing.TB, id store.MessageID) store.MessageInfo {
	tb.Helper()
	infos, err := c.Messages(tb.Context(), store.MessageFilter{Org: c.Org.ID, ID: id})
	must(tb, "Messages", err)
	if len(infos) != 1 {
		tb.Fatalf("Messages: got %d, want 1", len(infos))
	}
	return infos[0]
}

func (c *Clinic) wantStatus(tb testing.TB, id store.MessageID, want store.Kind) {
	tb.Helper()
	if got := c.info(tb, id).Status; got != want {
		tb.Errorf("status of the message: got %s, want %s", got, want)
	}
}

func (c *Clinic) link(tb testing.TB, hash token.Hash, now time.Time) store.Link {
	tb.Helper()
	l, err := c.Link(tb.Context(), hash, store.DeviceHash{}, now)
	must(tb, "Link", err)
	return l
}

func (c *Clinic) backlog(tb testing.TB, now time.Time) store.Backlog {
	tb.Helper()
	b, err := c.Backlog(tb.Context(), now)
	must(tb, "Backlog", err)
	return b
}

// opens checks that what is loaded says what was sealed.
func (c *Clinic) opens(tb testing.TB, s store.Sealed, want string) {
	tb.Helper()
	key, err := c.Keys.DataKey(tb.Context(), s.Key, s.Place(0))
	must(tb, "open data key", err)
	p, err := key.Open(s.Content, s.Place(seal.PartContent))
	must(tb, "open content", err)
	if string(p) != want {
		tb.Errorf("content: got %d other bytes than those sealed", len(p))
	}
}

func (c *Clinic) opensNumber(tb testing.TB, stored seal.DataKey, number seal.Ciphertext, at seal.Place, want string) {
	tb.Helper()
	key, err := c.Keys.DataKey(tb.Context(), stored, at)
	must(tb, "open number's key", err)
	p, err := key.Open(number, at)
	must(tb, "open number", err)
	if string(p) != want {
		tb.Errorf("number: got another than the one sealed")
	}
}
