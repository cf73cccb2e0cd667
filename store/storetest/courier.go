package storetest

import (
	"fmt"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

// lease is how long the courier of the cases claims a row, and road the way by
// which it sends.
const (
	lease = time.Minute
	road  = "twilio:15550000001"
)

// A text is one on its way out, as the courier of the cases knows it.
type text struct {
	store.Due
	store.Attempt
	provider string
}

func (x text) sent() store.SentText {
	return store.SentText{Outbox: x.Attempt.Outbox, Text: x.Text, ProviderID: x.provider}
}

func (x text) receipt(s store.TextState) store.Receipt {
	return store.Receipt{Text: x.Text, ProviderID: x.provider, State: s, Reason: "30003"}
}

func (c *Clinic) due(tb testing.TB, now time.Time) []store.Due {
	tb.Helper()
	due, err := c.Due(tb.Context(), 100, lease, now)
	if err != nil {
		tb.Fatalf("Due: %v", err)
	}
	return due
}

func (c *Clinic) oneDue(tb testing.TB, now time.Time) store.Due {
	tb.Helper()
	due := c.due(tb, now)
	if len(due) != 1 {
		tb.Fatalf("Due: got %d rows, want 1", len(due))
	}
	return due[0]
}

// begin claims all that is due and stores a link or a code for each, as before
// sending.
func (c *Clinic) begin(tb testing.TB, now time.Time) []text {
	tb.Helper()
	var texts []text
	var attempts []store.Attempt
	for _, d := range c.due(tb, now) {
		a := store.Attempt{Claim: d.Claim, Text: store.NewTextID(now), Road: road}
		switch {
		case d.Kind.Links():
			a.Link = token.New().Hash()
		case d.Kind == store.CodeText:
			a.Code = store.CodeOf(c.index, d.Recipient, fmt.Sprintf("%06d", d.Outbox))
		}
		texts = append(texts, text{Due: d, Attempt: a, provider: "SM" + string(a.Text)})
		attempts = append(attempts, a)
	}
	if err := c.AddLinks(tb.Context(), attempts, now); err != nil {
		tb.Fatalf("AddLinks: %v", err)
	}
	return texts
}

// send begins all texts that are due and says that the provider took them.
func (c *Clinic) send(tb testing.TB, now time.Time) []text {
	tb.Helper()
	texts := c.begin(tb, now)
	sent := make([]store.SentText, len(texts))
	for i, x := range texts {
		sent[i] = x.sent()
	}
	if err := c.Sent(tb.Context(), sent, now); err != nil {
		tb.Fatalf("Sent: %v", err)
	}
	return texts
}

// texted stores a message and sends its text: the hash is that of its link.
func (c *Clinic) texted(tb testing.TB, number string) (store.Message, token.Hash) {
	tb.Helper()
	m := c.accept(tb, number)[0]
	return m, c.linked(tb, m)
}

// linked sends the text of a message that was stored.
func (c *Clinic) linked(tb testing.TB, m store.Message) token.Hash {
	tb.Helper()
	for _, x := range c.send(tb, Noon) {
		if x.Message == m.ID && x.Kind == store.LinkText {
			return x.Link
		}
	}
	tb.Fatalf("no text was due for message %s", m.ID)
	return token.Hash{}
}
