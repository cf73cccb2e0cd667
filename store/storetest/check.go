package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/store"
)

var reportChecks = []check{
	{"a text is asked about at its time, with all it takes to ask", unreportedComplete},
	{"texts are asked about oldest first, up to the limit", unreportedOrder},
	{"a text that is being asked about is nobody else's until the lease ends", unreportedLease},
	{"two who ask at once share what is to be asked without overlap", unreportedShared},
	{"a text asked about in vain is asked about again, or never", checkedAgain},
	{"a receipt ends the asking when it tells the text's end, and not before", reportedEnds},
	{"a text that only a receipt tells was sent is asked about", reportedSent},
	{"a text without the provider's id is not asked about", unreportedWithoutID},
	{"a text of a wiped message is asked about", unreportedOfWiped},
}

// checkAfter is when the cases ask about a text.
const checkAfter = time.Hour

// sendChecked sends all texts that are due at noon, to be asked about.
func (c *Clinic) sendChecked(tb testing.TB) []text {
	tb.Helper()
	texts := c.begin(tb, Noon)
	var sent []store.SentText
	for _, x := range texts {
		s := x.sent()
		s.Check = Noon.Add(checkAfter)
		sent = append(sent, s)
	}
	must(tb, "Sent", c.Sent(tb.Context(), sent, Noon))
	return texts
}

func (c *Clinic) unreported(tb testing.TB, now time.Time) []store.Unreported {
	tb.Helper()
	list, err := c.Unreported(tb.Context(), 100, lease, now)
	must(tb, "Unreported", err)
	return list
}

func unreportedComplete(t *testing.T, c *Clinic) {
	m := c.Write(t, Number(1), nil)
	m.Test = true
	c.mustAccept(t, c.Acceptance(m))
	x := c.sendChecked(t)[0]
	at := Noon.Add(checkAfter)
	if list := c.unreported(t, at.Add(-time.Second)); len(list) != 0 {
		t.Errorf("Unreported before its time: got %d", len(list))
	}
	want := []store.Unreported{{Text: x.Text, ProviderID: x.provider, Road: road, Test: true, Sent: Noon}}
	if d := cmp.Diff(want, c.unreported(t, at)); d != "" {
		t.Errorf("Unreported: (-want +got)\n%s", d)
	}
}

func unreportedOrder(t *testing.T, c *Clinic) {
	c.accept(t, Number(1), Number(2), Number(3))
	var want []store.TextID
	for i, x := range c.begin(t, Noon) {
		s := x.sent()
		s.Check = Noon.Add(time.Duration(3-i) * time.Minute)
		must(t, "Sent", c.Sent(t.Context(), []store.SentText{s}, Noon))
		want = append([]store.TextID{x.Text}, want...)
	}
	var got []store.TextID
	for range 2 {
		list, err := c.Unreported(t.Context(), 2, lease, Noon.Add(3*time.Minute))
		must(t, "Unreported", err)
		for _, u := range list {
			got = append(got, u.Text)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("Unreported: (-want +got)\n%s", d)
	}
}

func unreportedLease(t *testing.T, c *Clinic) {
	c.accept(t, Number(1))
	c.sendChecked(t)
	now := Noon.Add(checkAfter)
	for checks := range 3 {
		list := c.unreported(t, now)
		if len(list) != 1 || list[0].Checks != checks {
			t.Fatalf("Unreported: got %+v, want one that was asked about %d times", list, checks)
		}
		if list := c.unreported(t, now.Add(lease-time.Second)); len(list) != 0 {
			t.Errorf("Unreported within the lease: got %d", len(list))
		}
		now = now.Add(lease)
	}
}

func unreportedShared(t *testing.T, c *Clinic) {
	const rows = 30
	var messages []store.Message
	for n := range rows {
		messages = append(messages, c.Write(t, Number(n), nil))
	}
	c.mustAccept(t, c.Acceptance(messages...))
	texts := c.sendChecked(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	claimed := map[store.TextID]int{}
	for range 4 {
		wg.Go(func() {
			for range rows {
				list, err := c.Unreported(t.Context(), 7, lease, Noon.Add(checkAfter))
				if err != nil {
					t.Errorf("Unreported: %v", err)
				}
				mu.Lock()
				for _, u := range list {
					claimed[u.Text]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for _, x := range texts {
		if n := claimed[x.Text]; n != 1 {
			t.Errorf("a text was claimed %d times, want once", n)
		}
	}
}

func checkedAgain(t *testing.T, c *Clinic) {
	c.accept(t, Number(1))
	x := c.sendChecked(t)[0]
	c.unreported(t, Noon.Add(checkAfter))
	again := Noon.Add(6 * time.Hour)
	must(t, "Checked", c.Checked(t.Context(), x.Text, again))
	if list := c.unreported(t, again.Add(-time.Second)); len(list) != 0 {
		t.Errorf("Unreported before the next time: got %d", len(list))
	}
	if list := c.unreported(t, again); len(list) != 1 || list[0].Checks != 1 {
		t.Errorf("Unreported: got %+v, want one that was asked about once", list)
	}
	must(t, "Checked for the last time", c.Checked(t.Context(), x.Text, time.Time{}))
	must(t, "Checked after", c.Checked(t.Context(), x.Text, again)) // by one whose lease was over
	if list := c.unreported(t, Noon.Add(life)); len(list) != 0 {
		t.Errorf("Unreported after the last time: got %d", len(list))
	}
}

func reportedEnds(t *testing.T, c *Clinic) {
	now := Noon.Add(checkAfter)
	for n, end := range []store.TextState{store.TextUndelivered, store.TextFailed, store.TextDelivered} {
		c.accept(t, Number(n))
		x := c.sendChecked(t)[0]
		must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextSent), Noon))
		if list := c.unreported(t, now); len(list) != 1 {
			t.Errorf("Unreported after it was sent: got %d, want 1", len(list))
		}
		must(t, "Receipt", c.Receipt(t.Context(), x.receipt(end), Noon))
		must(t, "Checked", c.Checked(t.Context(), x.Text, now)) // by one who asked meanwhile
		if list := c.unreported(t, now.Add(lease)); len(list) != 0 {
			t.Errorf("Unreported after it was %s: got %d, want none", end, len(list))
		}
	}
	c.accept(t, Number(9))
	x := c.begin(t, Noon)[0]
	must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextDelivered), Noon)) // before Sent
	s := x.sent()
	s.Check = now
	must(t, "Sent", c.Sent(t.Context(), []store.SentText{s}, Noon))
	if list := c.unreported(t, now); len(list) != 0 {
		t.Errorf("Unreported after a receipt before Sent: got %d, want none", len(list))
	}
}

func reportedSent(t *testing.T, c *Clinic) {
	c.accept(t, Number(1))
	x := c.begin(t, Noon)[0]
	r := x.receipt(store.TextSent)
	r.Check = Noon.Add(checkAfter)
	must(t, "Receipt", c.Receipt(t.Context(), r, Noon)) // and Sent never comes
	if list := c.unreported(t, r.Check.Add(-time.Second)); len(list) != 0 {
		t.Errorf("Unreported before its time: got %d", len(list))
	}
	want := []store.Unreported{{Text: x.Text, ProviderID: x.provider, Road: road, Sent: Noon}}
	if d := cmp.Diff(want, c.unreported(t, r.Check)); d != "" {
		t.Errorf("Unreported: (-want +got)\n%s", d)
	}
}

func unreportedWithoutID(t *testing.T, c *Clinic) {
	c.accept(t, Number(1))
	s := c.begin(t, Noon)[0].sent()
	s.ProviderID, s.Check = "", Noon
	must(t, "Sent", c.Sent(t.Context(), []store.SentText{s}, Noon))
	c.accept(t, Number(2))
	c.send(t, Noon) // with no time to ask
	if list := c.unreported(t, Noon.Add(life)); len(list) != 0 {
		t.Errorf("Unreported: got %d, want none", len(list))
	}
}

func unreportedOfWiped(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	x := c.sendChecked(t)[0]
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	if list := c.unreported(t, Noon.Add(checkAfter)); len(list) != 1 || list[0].Text != x.Text {
		t.Errorf("Unreported: got %+v, want the text", list)
	}
}
