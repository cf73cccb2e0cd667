package storetest

import (
	"testing"
	"time"

	"securetext/store"
	"securetext/store/token"
)

var codeTextChecks = []check{
	{"a text with a code is no step of its message, whatever becomes of it", codeNoStep},
	{"a code that is put off, given up or lost names the recipient alone", codeFails},
	{"a code whose text was lost is not sent again", codeLost},
	{"the end of a message takes its codes that wait", codeOfWiped},
}

// codeText is a message, texted, whose sender wants to hear of all, and the text
// with a code that was asked for by its link.
func (c *Clinic) codeText(tb testing.TB) (store.Message, token.Hash, text) {
	tb.Helper()
	m := c.asked(tb, Number(1), allSteps&^store.NotifyAccepted)
	hash := c.linked(tb, m)
	must(tb, "AskCode", c.AskCode(tb.Context(), hash, browser(1), visitor, Noon))
	return m, hash, c.begin(tb, Noon)[0]
}

// wantCodeEvent checks the newest event of a kind, which is about a code.
func (c *Clinic) wantCodeEvent(tb testing.TB, kind store.Kind, r store.Recipient, detail string) {
	tb.Helper()
	if e := c.last(tb, kind); e.Message != "" || e.Recipient != r.ID || e.Detail != detail {
		tb.Errorf("event: got %+v, want %q about the recipient alone", e, detail)
	}
}

func codeNoStep(t *testing.T, c *Clinic) {
	m, _, x := c.codeText(t)
	must(t, "Sent", c.Sent(t.Context(), []store.SentText{x.sent()}, Noon))
	c.wantCodeEvent(t, store.Sent, m.To, "code")
	must(t, "Receipt", c.Receipt(t.Context(), x.receipt(store.TextDelivered), Noon))
	c.wantCodeEvent(t, store.Delivered, m.To, "code 30003")
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.CodeAsked)
	c.wantStatus(t, m.ID, store.Sent)
	c.wantNotices(t)
}

func codeFails(t *testing.T, c *Clinic) {
	m, hash, x := c.codeText(t)
	r := store.Retry{Claim: x.Claim(), Text: x.Text, Reason: "30001", Due: Noon.Add(time.Minute)}
	must(t, "Retry", c.Retry(t.Context(), r, Noon))
	c.wantCodeEvent(t, store.Deferred, m.To, "code 30001")
	now := r.Due
	again := c.begin(t, now)[0]
	must(t, "TryCode with the one texted last", c.TryCode(t.Context(), hash, browser(1), []store.CodeHash{again.Code}, visitor, now))
	f := store.Failure{Claim: again.Claim(), Text: again.Text, Reason: "30003"}
	must(t, "Failed", c.Failed(t.Context(), f, now))
	c.wantCodeEvent(t, store.Failed, m.To, "code 30003")
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.CodeAsked, store.Proved)
	c.wantStatus(t, m.ID, store.Sent)
	c.wantNotices(t)
}

func codeLost(t *testing.T, c *Clinic) {
	m, hash, x := c.codeText(t)
	must(t, "Sent", c.Sent(t.Context(), []store.SentText{x.sent()}, Noon))
	r := x.receipt(store.TextUndelivered)
	r.Retry = Noon.Add(time.Minute)
	must(t, "Receipt", c.Receipt(t.Context(), r, Noon))
	c.wantCodeEvent(t, store.Undelivered, m.To, "code 30003")
	if b := c.backlog(t, Noon.Add(time.Hour)); b.Due != 0 {
		t.Errorf("Backlog: got %d due, want none", b.Due)
	}
	c.wantKinds(t, m.ID, store.Accepted, store.Sent, store.CodeAsked)
	c.wantNotices(t)
	// The carrier may be wrong: the code that arrived all the same is good.
	must(t, "TryCode", c.TryCode(t.Context(), hash, browser(1), []store.CodeHash{x.Code}, visitor, Noon))
}

func codeOfWiped(t *testing.T, c *Clinic) {
	m, hash := c.texted(t, Number(1))
	must(t, "AskCode", c.AskCode(t.Context(), hash, browser(1), visitor, Noon))
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	if n := c.codes(t, Noon); n != 0 {
		t.Errorf("Due: got %d codes, want none", n)
	}
	// It may be asked for anew by the link of another message.
	_, other := c.texted(t, Number(1))
	c.prove(t, other, browser(1), Noon.Add(time.Minute))
}
