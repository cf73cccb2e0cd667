package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"securetext/store"
)

var receiptChecks = []check{
	{"S31: receipts in any order and number end the same", receiptOrders},
	{"S31: a duplicate or late receipt changes nothing", receiptLate},
	{"a receipt may come before Sent", receiptBeforeSent},
	{"a receipt finds its text by either id", receiptEitherID},
	{"a receipt for a text nobody sent is not found", receiptUnknown},
	{"an undelivered text can queue another, once", receiptRetries},
	{"texts that are lost again and again are not sent for ever", receiptGivesUp},
	{"a receipt settles a text in doubt", receiptSettlesDoubt},
	{"the receipt of a wiped message's text queues nothing", receiptAfterWipe},
	{"the receipt for the notice of a password is no status of the message", receiptOfNotice},
}

// told is every receipt of which a carrier may say one or more, and the status
// that a message has in the end.
var told = []struct {
	states []store.TextState
	want   store.Kind
}{
	{[]store.TextState{store.TextSent}, store.Sent},
	{[]store.TextState{store.TextSent, store.TextUndelivered}, store.Undelivered},
	{[]store.TextState{store.TextSent, store.TextDelivered}, store.Delivered},
	{[]store.TextState{store.TextSent, store.TextUndelivered, store.TextDelivered}, store.Delivered},
	{[]store.TextState{store.TextSent, store.TextFailed, store.TextDelivered, store.TextDelivered}, store.Delivered},
	{[]store.TextState{store.TextSent, store.TextUndelivered, store.TextUndelivered}, store.Undelivered},
	{[]store.TextState{store.TextSent, store.TextUndelivered, store.TextFailed}, store.Failed},
}

func receiptOrders(t *testing.T, c *Clinic) {
	n := 0
	for _, set := range told {
		for _, order := range permutations(set.states) {
			n++
			m := c.accept(t, Number(n))[0]
			x := c.begin(t, Noon)[0]
			// The answer to the request may come at any point among the receipts.
			for at := range len(order) + 1 {
				if at == n%(len(order)+1) {
					must(t, "Sent", c.Sent(t.Context(), []store.SentText{x.sent()}, Noon))
				}
				if at < len(order) {
					must(t, "Receipt", c.Receipt(t.Context(), x.receipt(order[at]), Noon))
				}
			}
			if got := c.info(t, m.ID).Status; got != set.want {
				t.Errorf("after %v: got status %s, want %s", order, got, set.want)
			}
			if b := c.backlog(t, Noon.Add(time.Hour)); b.Due != 0 {
				t.Fatalf("after %v: %d texts are due", order, b.Due)
			}
		}
	}
}

func permutations(states []store.TextState) [][]store.TextState {
	if len(states) <= 1 {
		return [][]store.TextState{states}
	}
	var all [][]store.TextState
	for i := range states {
		rest := slices.Delete(slices.Clone(states), i, i+1)
		for _, p := range permutations(rest) {
			all = append(all, append([]store.TextState{states[i]}, p...))
		}
	}
	return all
}

func receiptLate(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	x := c.send(t, Noon)[0]
	must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextDelivered), Noon.Add(time.Minute)))
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Delivered)
	if e := c.last(t, store.Delivered); e.By.Kind != store.ByCarrier || e.Recipient != m.To.ID {
		t.Errorf("event: got %+v, want one by the carrier about the recipient", e)
	}
	for _, late := range []store.TextState{store.TextDelivered, store.TextSent, store.TextUndelivered, store.TextFailed} {
		r := x.receipt(late)
		r.Retry = Noon.Add(time.Hour)
		must(t, fmt.Sprintf("late %s", late), c.Receipt(t.Context(), r, Noon.Add(2*time.Minute)))
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Delivered)
	if b := c.backlog(t, Noon.Add(2*time.Hour)); b.Due != 0 {
		t.Errorf("Backlog: a late receipt queued %d texts", b.Due)
	}
}

func receiptBeforeSent(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	x := c.begin(t, Noon)[0]
	must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextDelivered), Noon))
	must(t, "Sent", c.Sent(t.Context(), []store.SentText{x.sent()}, Noon))
	c.wantStatus(t, m.ID, store.Delivered)
	if due := c.due(t, Noon.Add(time.Hour)); len(due) != 0 {
		t.Errorf("Due: got %d rows, want none", len(due))
	}
}

func receiptEitherID(t *testing.T, c *Clinic) {
	messages := c.accept(t, Number(1), Number(2))
	for i, x := range c.send(t, Noon) {
		r := x.receipt(store.TextDelivered)
		if i == 0 {
			r.Text = ""
		} else {
			r.ProviderID = ""
		}
		must(t, "Receipt", c.Receipt(t.Context(), r, Noon))
	}
	c.wantStatus(t, messages[0].ID, store.Delivered)
	c.wantStatus(t, messages[1].ID, store.Delivered)
}

func receiptUnknown(t *testing.T, c *Clinic) {
	for _, r := range []store.Receipt{
		{Text: store.NewTextID(Noon), ProviderID: "SM1", State: store.TextDelivered},
		{ProviderID: "SM1", State: store.TextDelivered},
		{Text: store.NewTextID(Noon), State: store.TextSent},
	} {
		wantError(t, "Receipt", c.Receipt(t.Context(), r, Noon), store.ErrNotFound)
	}
}

func receiptRetries(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	x := c.send(t, Noon)[0]
	again := Noon.Add(time.Hour)
	r := x.receipt(store.TextUndelivered)
	r.Retry = again
	for range 3 {
		must(t, "Receipt", c.Receipt(t.Context(), r, Noon))
	}
	for range 2 { // what the carrier gives up next is the same lost text
		r.State = store.TextFailed
		must(t, "Receipt", c.Receipt(t.Context(), r, Noon))
	}
	if due := c.due(t, again.Add(-time.Second)); len(due) != 0 {
		t.Errorf("Due before its time: got %d rows", len(due))
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.Undelivered, store.Failed)
	second := c.send(t, again)
	if len(second) != 1 || second[0].Message != m.ID || second[0].Due.Kind != store.LinkText {
		t.Fatalf("Due: got %d rows, want one text for the message", len(second))
	}
	must(t, "Receipt", c.Receipt(t.Context(), second[0].receipt(store.TextDelivered), again))
	c.wantStatus(t, m.ID, store.Delivered)
}

func receiptGivesUp(t *testing.T, c *Clinic) {
	c.accept(t, Number(1))
	now := Noon
	for lost := 1; ; lost++ {
		texts := c.send(t, now)
		if len(texts) == 0 {
			t.Fatalf("%d texts were sent, want %d", lost-1, store.MaxLost)
		}
		r := texts[0].receipt(store.TextUndelivered)
		now = now.Add(time.Hour)
		r.Retry = now
		must(t, "Receipt", c.Receipt(t.Context(), r, now))
		if lost == store.MaxLost {
			break
		}
	}
	if due := c.due(t, now.Add(time.Hour)); len(due) != 0 {
		t.Errorf("Due after %d lost texts: got %d rows, want none", store.MaxLost, len(due))
	}
}

func receiptSettlesDoubt(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	x := c.begin(t, Noon)[0]
	must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextDelivered), Noon))
	for _, d := range c.due(t, Noon.Add(2*lease)) {
		if len(d.Doubts) != 0 {
			t.Error("Due: the text that was delivered is still in doubt")
		}
	}
	known, err := c.KnownTexts(t.Context(), []string{x.provider})
	must(t, "KnownTexts", err)
	if !known[x.provider] {
		t.Error("KnownTexts: the id that the receipt brought is not known")
	}
	c.wantStatus(t, m.ID, store.Delivered)
}

func receiptAfterWipe(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	x := c.send(t, Noon)[0]
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	r := x.receipt(store.TextUndelivered)
	r.Retry = Noon.Add(time.Minute)
	must(t, "Receipt", c.Receipt(t.Context(), r, Noon))
	if due := c.due(t, Noon.Add(time.Hour)); len(due) != 0 {
		t.Errorf("Due: got %d rows, want none", len(due))
	}
}

func receiptOfNotice(t *testing.T, c *Clinic) {
	m, _, _ := c.enrolled(t, Number(1))
	notice := c.send(t, Noon)[0]
	before := c.info(t, m.ID).Status
	must(t, "Receipt", c.Receipt(t.Context(), notice.receipt(store.TextUndelivered), Noon))
	if got := c.info(t, m.ID).Status; got != before {
		t.Errorf("status: got %s, want %s as before", got, before)
	}
}
