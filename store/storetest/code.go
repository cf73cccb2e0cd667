package storetest

import (
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var codeChecks = []check{
	{"S09: asking for a code queues one text with it", askCodeQueues},
	{"codes go to a number once a minute and ten times a day, whoever asks", askCodeThrottle},
	{"asking for a code many times at once queues one text", askCodeRace},
	{"there is no code for who gets no texts, or about what is gone", askCodeRefused},
	{"a second code takes the place of the first, texted or not", askCodeReplaces},
	{"S09: a code is kept for the browser that asked, and no other", codeOfRow},
	{"a code that nobody can use is forgotten after a day", codeForgotten},
}

// codes is how many texts with a code are due, which it claims.
func (c *Clinic) codes(tb testing.TB, now time.Time) (n int) {
	tb.Helper()
	for _, d := range c.due(tb, now) {
		if d.Kind == store.CodeText {
			n++
		}
	}
	return n
}

// wantNoCode checks that there is no code to be guessed at.
func (c *Clinic) wantNoCode(tb testing.TB, hash token.Hash, d store.DeviceHash, code store.CodeHash, now time.Time) {
	tb.Helper()
	wantError(tb, "TryCode", c.TryCode(tb.Context(), hash, d, []store.CodeHash{code}, visitor, now), store.ErrGone)
	if l := c.linkOn(tb, hash, d, now); !l.Device.Proved.IsZero() {
		tb.Errorf("Link: the device is proved until %v", l.Device.Proved)
	}
}

func askCodeQueues(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	must(t, "AskCode", c.AskCode(t.Context(), hash, browser(1), visitor, Noon))
	if e := c.last(t, store.CodeAsked); e.Message != m.ID || e.Recipient != m.To.ID || e.By != visitor {
		t.Errorf("event: got %+v, want the visitor's asking", e)
	}
	d := c.oneDue(t, Noon)
	if d.Kind != store.CodeText || d.Message != m.ID || d.Recipient != m.To.ID {
		t.Errorf("Due: got %s of %s, want the code", d.Kind, d.Message)
	}
	c.opensNumber(t, d.NumberKey, d.Number, d.Place(), Number(1))
}

func askCodeThrottle(t *testing.T, c *Clinic) {
	_, hash := c.texted(t, Number(1))
	_, second := c.texted(t, Number(1))
	_, other := c.texted(t, Number(2))
	now := Noon
	for n := range store.MostCodes {
		link := []token.Hash{hash, second}[n%2]
		must(t, "AskCode", c.AskCode(t.Context(), link, browser(n), visitor, now))
		for _, again := range []token.Hash{hash, second} {
			soon := now.Add(store.CodeEvery - time.Millisecond)
			wantError(t, "AskCode too soon", c.AskCode(t.Context(), again, browser(n+1), visitor, soon), store.ErrThrottled)
		}
		now = now.Add(store.CodeEvery)
	}
	day := Noon.Add(24 * time.Hour)
	wantError(t, "AskCode too often", c.AskCode(t.Context(), hash, browser(99), visitor, day.Add(-time.Millisecond)), store.ErrThrottled)
	must(t, "AskCode for another", c.AskCode(t.Context(), other, browser(1), visitor, now))
	must(t, "AskCode the next day", c.AskCode(t.Context(), hash, browser(99), visitor, day))
	if got := len(c.events(t, store.EventFilter{Kind: store.CodeAsked})); got != store.MostCodes+2 {
		t.Errorf("events: got %d asked, want none for those that were throttled", got)
	}
}

func askCodeRace(t *testing.T, c *Clinic) {
	_, hash := c.texted(t, Number(1))
	var wg sync.WaitGroup
	for n := range 20 {
		wg.Go(func() {
			if err := c.AskCode(t.Context(), hash, browser(n%3), visitor, Noon); err != nil {
				wantError(t, "AskCode", err, store.ErrThrottled)
			}
		})
	}
	wg.Wait()
	if n := c.codes(t, Noon); n != 1 {
		t.Errorf("Due: got %d codes, want 1", n)
	}
}

func askCodeRefused(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	c.refuse(t, m.To, store.OptedOut)
	wantError(t, "AskCode of one who gets no texts", c.AskCode(t.Context(), hash, browser(1), visitor, Noon), store.ErrConflict)
	wantAllowed(t, c, m.To)
	wantError(t, "AskCode after the message's life", c.AskCode(t.Context(), hash, browser(1), visitor, Noon.Add(life)), store.ErrGone)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	wantError(t, "AskCode after Wipe", c.AskCode(t.Context(), hash, browser(1), visitor, Noon), store.ErrGone)
	nowhere := token.New().Hash()
	wantError(t, "AskCode by no such link", c.AskCode(t.Context(), nowhere, browser(1), visitor, Noon), store.ErrNotFound)
	wantError(t, "TryCode by no such link", c.TryCode(t.Context(), nowhere, browser(1), []store.CodeHash{store.CodeHash{1}}, visitor, Noon), store.ErrNotFound)
	if n := c.codes(t, Noon); n != 0 {
		t.Errorf("Due: got %d codes, want none", n)
	}
	if got := len(c.events(t, store.EventFilter{Kind: store.CodeAsked})); got != 0 {
		t.Errorf("events: got %d asked, want none", got)
	}
}

func askCodeReplaces(t *testing.T, c *Clinic) {
	_, hash := c.texted(t, Number(1))
	first := c.askCode(t, hash, browser(1), Noon)
	later := Noon.Add(time.Minute)
	must(t, "AskCode", c.AskCode(t.Context(), hash, browser(1), visitor, later))
	c.wantNoCode(t, hash, browser(1), first, later)
	// The second waits, or is about to be sent, when a third is asked for.
	claimed := c.oneDue(t, later)
	later = later.Add(time.Minute)
	third := c.askCode(t, hash, browser(1), later)
	a := store.Attempt{Claim: claimed.Claim, Text: store.NewTextID(later), Road: road, Code: store.CodeHash{2}}
	wantError(t, "AddLinks of the second", c.AddLinks(t.Context(), []store.Attempt{a}, later), store.ErrConflict)
	wantError(t, "TryCode with the first", c.TryCode(t.Context(), hash, browser(1), []store.CodeHash{first}, visitor, later), store.ErrNotFound)
	must(t, "TryCode", c.TryCode(t.Context(), hash, browser(1), []store.CodeHash{third}, visitor, later))
	if b := c.backlog(t, Noon.Add(time.Hour)); b.Due != 0 {
		t.Errorf("Backlog: got %d due, want none", b.Due)
	}
}

func codeOfRow(t *testing.T, c *Clinic) {
	_, hash := c.texted(t, Number(1))
	_, other := c.texted(t, Number(2))
	later := Noon.Add(time.Minute)
	must(t, "AskCode", c.AskCode(t.Context(), hash, browser(1), visitor, Noon))
	must(t, "AskCode of another", c.AskCode(t.Context(), other, browser(1), visitor, Noon))
	must(t, "AskCode in another browser", c.AskCode(t.Context(), hash, browser(2), visitor, later))
	m := c.accept(t, Number(1))[0]
	var codes []store.CodeHash
	var link token.Hash
	for _, x := range c.send(t, later) { // all at once
		if x.Kind == store.CodeText {
			codes = append(codes, x.Code)
		} else {
			link = x.Link
		}
	}
	if len(codes) != 3 || c.link(t, link, later).Message != m.ID {
		t.Fatalf("Due: got %d codes, want 3 and the link", len(codes))
	}
	for _, x := range []struct {
		hash   token.Hash
		device store.DeviceHash
		own    store.CodeHash
	}{{hash, browser(1), codes[0]}, {other, browser(1), codes[1]}, {hash, browser(2), codes[2]}} {
		for _, code := range codes {
			if code != x.own {
				wantError(t, "TryCode with another's", c.TryCode(t.Context(), x.hash, x.device, []store.CodeHash{code}, visitor, later), store.ErrNotFound)
			}
		}
		c.wantNoCode(t, x.hash, browser(3), x.own, later)
		// By the link of whichever message.
		by := map[token.Hash]token.Hash{hash: link, other: other}[x.hash]
		must(t, "TryCode", c.TryCode(t.Context(), by, x.device, []store.CodeHash{x.own}, visitor, later))
	}
}

func codeForgotten(t *testing.T, c *Clinic) {
	_, hash := c.texted(t, Number(1))
	_, other := c.texted(t, Number(2))
	must(t, "AskCode", c.AskCode(t.Context(), hash, browser(1), visitor, Noon))
	must(t, "AskCode a second later", c.AskCode(t.Context(), other, browser(1), visitor, Noon.Add(time.Second)))
	now := Noon.Add(24 * time.Hour)
	_, err := c.Expire(t.Context(), 10, now)
	must(t, "Expire", err)
	codes := map[store.RecipientID]store.CodeHash{}
	for _, x := range c.send(t, now) { // far too late
		codes[x.Recipient] = x.Code
	}
	c.wantNoCode(t, hash, browser(1), codes[c.link(t, hash, now).Recipient], now)
	must(t, "TryCode of the younger", c.TryCode(t.Context(), other, browser(1), []store.CodeHash{codes[c.link(t, other, now).Recipient]}, visitor, now))
}
