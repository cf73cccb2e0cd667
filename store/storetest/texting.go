package storetest

import (
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

var textingChecks = []check{
	{"a due text brings what its message says of when and how it goes out", dueSays},
	{"the word that a patient chose at set-up comes with every later text", wordComes},
	{"a reset forgets the word, so that the next owner of a number does not see it", wordForgotten},
	{"that a number was looked up is known to all its later texts", lookedKnown},
	{"every kind of text but the notice of a password carries a link that works", kindsCarryLinks},
}

func dueSays(t *testing.T, c *Clinic) {
	m := c.Write(t, Number(1), nil)
	m.TimeZone, m.ReadBy, m.Test = "America/Phoenix", Noon.Add(4*time.Hour), true
	c.mustAccept(t, c.Acceptance(m))
	if d := c.oneDue(t, Noon); d.TimeZone != "America/Phoenix" || !d.Urgent || !d.Test || d.Looked || d.Word != nil {
		t.Errorf("Due: got %+v, want the time zone, urgent and test", d)
	}
	if info := c.info(t, m.ID); !info.Test {
		t.Error("Messages: got a real one, want a test")
	}
	plain := c.Write(t, Number(2), nil)
	plain.Remind = store.DefaultRemind
	c.mustAccept(t, c.Acceptance(plain))
	if d := c.oneDue(t, Noon); d.TimeZone != "" || d.Urgent || d.Test || d.Failures != 0 {
		t.Errorf("Due: got %+v, want nothing said", d)
	}
	if info := c.info(t, plain.ID); info.Test {
		t.Error("Messages: got a test, want a real one")
	}
}

// wordPlace is where a recipient's word is sealed to.
func wordPlace(d store.Due) seal.Place {
	at := d.Place()
	at.Part = seal.PartWord
	return at
}

// chooseWord enrols with a word, sealed under the key of the number.
func (c *Clinic) chooseWord(tb testing.TB, x text, word string) {
	tb.Helper()
	key, err := c.Keys.DataKey(tb.Context(), x.NumberKey, x.Place())
	must(tb, "open number's key", err)
	e := enrolment(x.Link)
	e.Word = key.Seal(seal.Plaintext(word), wordPlace(x.Due))
	_, err = c.Enrol(tb.Context(), e, Noon)
	must(tb, "Enrol", err)
}

func (c *Clinic) wantWord(tb testing.TB, want string) {
	tb.Helper()
	due := c.due(tb, Noon)
	if len(due) != 2 {
		tb.Fatalf("Due: got %d rows, want 2", len(due))
	}
	for _, d := range due {
		c.opensNumber(tb, d.NumberKey, d.Word, wordPlace(d), want)
		must(tb, "Failed", c.Failed(tb.Context(), store.Failure{Claim: d.Claim, Reason: "x"}, Noon))
	}
}

func wordComes(t *testing.T, c *Clinic) {
	c.accept(t, Number(1))
	c.chooseWord(t, c.send(t, Noon)[0], "heron")
	c.accept(t, Number(1))
	c.wantWord(t, "heron")
	c.accept(t, Number(2))
	if d := c.oneDue(t, Noon); d.Word != nil {
		t.Error("Due: another recipient has the word")
	}
}

func wordForgotten(t *testing.T, c *Clinic) {
	m, _ := c.texted(t, Number(1))
	x := c.textAgain(t, Number(1))
	c.chooseWord(t, x, "heron")
	c.send(t, Noon)
	must(t, "ResetRecipient", c.ResetRecipient(t.Context(), c.Org.ID, m.To.ID, Ana, Noon))
	c.enrol(t, c.textAgain(t, Number(1)).Link)
	c.accept(t, Number(1))
	for _, d := range c.due(t, Noon) {
		if d.Word != nil {
			t.Error("Due: got a word after a reset")
		}
	}
}

// textAgain sends one more message to a number.
func (c *Clinic) textAgain(tb testing.TB, number string) text {
	tb.Helper()
	c.accept(tb, number)
	return c.send(tb, Noon)[0]
}

func lookedKnown(t *testing.T, c *Clinic) {
	messages := c.accept(t, Number(1), Number(1), Number(2))
	must(t, "Looked", c.Looked(t.Context(), c.Org.ID, messages[0].To.ID, Noon))
	for _, d := range c.due(t, Noon) {
		if want := d.Recipient == messages[0].To.ID; d.Looked != want {
			t.Errorf("Due: got looked up %t, want %t", d.Looked, want)
		}
	}
	unknown := c.Recipient(t, Number(3)).ID
	wantError(t, "Looked of one who is not known", c.Looked(t.Context(), c.Org.ID, unknown, Noon), store.ErrNotFound)
}

func kindsCarryLinks(t *testing.T, c *Clinic) {
	m := c.watched(t, Number(1))
	c.mustAccept(t, c.Acceptance(m))
	first := c.send(t, Noon)[0]
	must(t, "Resend", c.Resend(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	w := c.oneWatch(t, Noon.Add(24*time.Hour))
	for _, kind := range []store.TextKind{store.ReminderText, store.OverdueText} {
		must(t, "Watched", c.Watched(t.Context(), store.Watched{Message: m.ID, Attempt: w.Attempt, Text: kind}, Noon))
	}
	texts := append(c.send(t, Noon), first)
	if len(texts) != 4 {
		t.Fatalf("Due: got %d rows, want one of each kind", len(texts))
	}
	for _, x := range texts {
		if l := c.link(t, x.Link, Noon); l.Message != m.ID {
			t.Errorf("Link of kind %s: got %s, want %s", x.Kind, l.Message, m.ID)
		}
	}
	c.enrol(t, first.Link)
	if d := c.oneDue(t, Noon); d.Kind != store.EnrolledText {
		t.Errorf("Due: got kind %s, want the notice of a password", d.Kind)
	}
}
