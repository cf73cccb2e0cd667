package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

var familyChecks = []check{
	{"people who share a number are recipients of their own, and the number's own stands beside them", familyStored},
	{"a person is stored once and keeps the first name", familyKeepsName},
	{"a person who is blocked before anybody wrote to them is added with the number", familyUnwritten},
	{"many acceptances to people who share numbers, in whatever order, are all stored", familyCrowd},
	{"each person has a password, devices and messages of their own", familyApart},
	{"S11: a reset or a revocation of one person leaves the others alone", familyReset},
	{"S12: what is not for one person stops that one's texts, and no other's", familyDisowned},
	{"events and messages of a number are those of all who share it", familyListed},
	{"the keys of people's names are rotated with those of their numbers", familyKeys},
}

// household is a number that two people share, each with a message that was
// texted.
type household struct {
	number     store.Recipient
	maria, jon store.Message
	marias     token.Hash // link
	jons       token.Hash
}

func (c *Clinic) household(tb testing.TB) household {
	tb.Helper()
	h := household{number: c.Recipient(tb, Number(1))}
	h.maria, h.marias = c.textedTo(tb, c.Person(tb, Number(1), "Maria"))
	h.jon, h.jons = c.textedTo(tb, c.Person(tb, Number(1), "J."))
	return h
}

// writeTo stores a message to a recipient.
func (c *Clinic) writeTo(tb testing.TB, r store.Recipient) store.Message {
	tb.Helper()
	m := c.WriteTo(tb, r, seal.Plaintext("Your result is ready."))
	c.mustAccept(tb, c.Acceptance(m))
	return m
}

// textedTo sends its text, too.
func (c *Clinic) textedTo(tb testing.TB, r store.Recipient) (store.Message, token.Hash) {
	tb.Helper()
	m := c.writeTo(tb, r)
	return m, c.linked(tb, m)
}

func (c *Clinic) family(tb testing.TB, number store.Recipient) []store.Recipient {
	tb.Helper()
	list, err := c.Family(tb.Context(), c.Org.ID, number.ID)
	must(tb, "Family", err)
	return list
}

func (c *Clinic) opensPerson(tb testing.TB, stored seal.DataKey, name seal.Ciphertext, at seal.Place, want string) {
	tb.Helper()
	key, err := c.Keys.DataKey(tb.Context(), stored, at)
	must(tb, "open person's key", err)
	who, err := store.OpenPerson(key, name, at)
	must(tb, "open name", err)
	if who.Written() != want {
		tb.Errorf("name: got another than the one sealed")
	}
}

// familyStored accepts in all three ways: small, with an idempotency key, and with
// attachments.
func familyStored(t *testing.T, c *Clinic) {
	for n, files := range [][]seal.Plaintext{nil, nil, {seal.Plaintext("scan")}} {
		number := c.Recipient(t, Number(n))
		maria, jon := c.Person(t, Number(n), "Maria"), c.Person(t, Number(n), "J.")
		a := c.Acceptance(c.WriteTo(t, maria, nil, files...), c.WriteTo(t, jon, nil, files...), c.WriteTo(t, number, nil))
		if n == 1 {
			a.Idempotency = &store.Idempotency{Key: "k"}
		}
		c.mustAccept(t, a)
		names := map[store.RecipientID]string{maria.ID: "Maria", jon.ID: "J.", number.ID: ""}
		for _, x := range c.send(t, Noon) {
			c.opensNumber(t, x.NumberKey, x.Number, x.Due.Place(), Number(n))
			l := c.link(t, x.Link, Noon)
			if l.Recipient != x.Recipient || (l.Person == nil) != (names[l.Recipient] == "") {
				t.Errorf("Link: got recipient %s with a name of %v, want %s", l.Recipient, l.Person, x.Recipient)
			} else if l.Person != nil {
				c.opensPerson(t, l.NumberKey, l.Person, l.Place(), names[l.Recipient])
			}
			delete(names, l.Recipient)
		}
		if len(names) != 0 {
			t.Errorf("Due: got no text for %d of three", len(names))
		}
		if got := c.family(t, number); len(got) != 2 || len(c.family(t, maria)) != 0 || len(c.family(t, c.Recipient(t, Number(9)))) != 0 {
			t.Errorf("Family: got %v, want two people of the number, and none of a person", got)
		}
	}
}

func familyKeepsName(t *testing.T, c *Clinic) {
	m, hash := c.textedTo(t, c.Person(t, Number(1), "M."))
	again, link := c.textedTo(t, c.Person(t, Number(1), " m"))
	if again.To.ID != m.To.ID {
		t.Fatal("RecipientOf: two spellings are two people")
	}
	for _, h := range []token.Hash{hash, link} {
		l := c.link(t, h, Noon)
		c.opensPerson(t, l.NumberKey, l.Person, l.Place(), "M.")
	}
}

func familyUnwritten(t *testing.T, c *Clinic) {
	maria := c.Person(t, Number(1), "Maria")
	c.refuse(t, maria, store.Blocked)
	if got := c.family(t, *maria.Family); len(got) != 1 || got[0].ID != maria.ID {
		t.Fatalf("Family: got %v, want the one person", got)
	} else {
		c.opensPerson(t, got[0].Key, got[0].Person, seal.Place{Org: string(c.Org.ID), Recipient: string(maria.ID)}, "Maria")
	}
	list := c.suppressed(t, "", 10)
	if len(list) != 1 || list[0].ID != maria.ID || list[0].FamilyID() != maria.Family.ID {
		t.Fatalf("Suppressed: got %+v, want the one person", list)
	}
	c.opensPerson(t, list[0].Key, list[0].Person, list[0].Place(), "Maria")
	if c.refusal(t, *maria.Family) != "" {
		t.Error("Refusals: the number is refused, want one person")
	}
	c.refuse(t, *maria.Family, store.Landline)
	if got := len(c.suppressed(t, "", 10)); got != 2 {
		t.Errorf("Suppressed: got %d, want the person and the number", got)
	}
}

func familyCrowd(t *testing.T, c *Clinic) {
	const callers, numbers = 12, 4
	var wg sync.WaitGroup
	for n := range callers {
		wg.Go(func() {
			var messages []store.Message
			for i := range 3 * numbers {
				at := (i*(2*n+1) + n) % (3 * numbers) // another order for each
				r := c.Recipient(t, Number(at%numbers))
				if at >= numbers {
					r = c.Person(t, Number(at%numbers), fmt.Sprint("Person ", at/numbers))
				}
				messages = append(messages, c.WriteTo(t, r, nil))
			}
			if _, err := c.Accept(t.Context(), c.Acceptance(messages...)); err != nil {
				t.Errorf("Accept: %v", err)
			}
		})
	}
	wg.Wait()
	for n := range numbers {
		if got := len(c.family(t, c.Recipient(t, Number(n)))); got != 2 {
			t.Errorf("Family: got %d people, want 2", got)
		}
	}
	if got := c.backlog(t, Noon).Due; got != callers*3*numbers {
		t.Errorf("Backlog: got %d due, want a text for each message", got)
	}
}

func familyApart(t *testing.T, c *Clinic) {
	h := c.household(t)
	shared, link := c.textedTo(t, h.number)
	maria := c.enrolOn(t, h.marias, browser(1))
	for _, hash := range []token.Hash{h.jons, link} {
		if l := c.linkOn(t, hash, browser(1), Noon); l.Password != "" || l.Device.Known {
			t.Error("Link: one person's password or device counts for another")
		}
	}
	jon := c.enrolOn(t, h.jons, browser(1))
	c.wantViewing(t, h.maria, h.marias, maria, Noon, nil)
	c.wantViewing(t, h.jon, h.jons, jon, Noon, nil)
	c.wantViewing(t, h.jon, h.jons, maria, Noon, store.ErrNotFound)
	c.wantViewing(t, h.maria, h.marias, jon, Noon, store.ErrNotFound)
	c.wantViewing(t, shared, link, maria, Noon, store.ErrNotFound)
	number := store.Viewer{Org: c.Org.ID, Recipient: h.number.ID}
	c.wantViewing(t, h.maria, h.marias, number, Noon, store.ErrNotFound)
	for v, want := range map[store.Viewer]store.MessageID{maria: h.maria.ID, jon: h.jon.ID, number: shared.ID} {
		if got := c.inbox(t, v, Noon); !slices.Equal(got, []store.MessageID{want}) {
			t.Errorf("Inbox: got %v, want that one's message alone", got)
		}
	}
	c.tries(t, h.marias, browser(9), store.FreeTries, Noon)
	must(t, "TryUnlock of another", c.TryUnlock(t.Context(), h.jons, browser(9), Noon))
}

func familyReset(t *testing.T, c *Clinic) {
	h := c.household(t)
	maria, jon := c.enrolOn(t, h.marias, browser(1)), c.enrolOn(t, h.jons, browser(2))
	c.resetOn(t, h.marias, browser(1), Noon.Add(1))
	c.wantViewing(t, h.maria, h.marias, maria, Noon.Add(2), store.ErrRevoked)
	alone := func() {
		t.Helper()
		c.wantViewing(t, h.jon, h.jons, jon, Noon.Add(2), nil)
		if l := c.linkOn(t, h.jons, browser(2), Noon.Add(2)); l.Held || l.Password != phc || !l.Device.Known {
			t.Error("Link: the other's reset changed it")
		}
	}
	alone()
	for _, r := range []store.Recipient{h.maria.To, h.number} {
		must(t, "RevokeSessions", c.RevokeSessions(t.Context(), c.Org.ID, r.ID, Ana, Noon.Add(2)))
		must(t, "ResetRecipient", c.ResetRecipient(t.Context(), c.Org.ID, r.ID, Ana, Noon.Add(2)))
		must(t, "UnlockRecipient", c.UnlockRecipient(t.Context(), c.Org.ID, r.ID, Ana, Noon.Add(2)))
		alone()
	}
}

func familyDisowned(t *testing.T, c *Clinic) {
	h := c.household(t)
	marias, jons := c.writeTo(t, h.maria.To), c.writeTo(t, h.jon.To)
	must(t, "NotMine", c.NotMine(t.Context(), h.marias, visitor, Noon))
	c.wantRefused(t, 1, store.Event{Recipient: h.maria.To.ID, Detail: "not_mine", By: visitor})
	if !c.link(t, h.marias, Noon).Held || c.link(t, h.jons, Noon).Held {
		t.Error("Link: want the one message held, and not the other's")
	}
	c.wantKinds(t, marias.ID, store.Accepted, store.Failed)
	if d := c.oneDue(t, Noon); d.Message != jons.ID || d.Refused != "" {
		t.Errorf("Due: got %+v, want the other's text", d)
	}
	wantError(t, "AskCode", c.AskCode(t.Context(), h.marias, browser(1), visitor, Noon), store.ErrConflict)
	must(t, "AskCode of the other", c.AskCode(t.Context(), h.jons, browser(1), visitor, Noon))
	for r, want := range map[*store.Recipient]store.Refusal{&h.maria.To: store.NotMine, &h.jon.To: "", &h.number: ""} {
		if got := c.refusal(t, *r); got != want {
			t.Errorf("Refusals: got %q, want %q", got, want)
		}
	}
	// Of a message that names nobody, it is the number that is wrong.
	_, link := c.textedTo(t, h.number)
	must(t, "NotMine", c.NotMine(t.Context(), link, visitor, Noon))
	c.writeTo(t, h.jon.To)
	if d := c.oneDue(t, Noon); d.Refused != store.NotMine {
		t.Errorf("Due: got the refusal %q, want that of the number", d.Refused)
	}
}

func familyListed(t *testing.T, c *Clinic) {
	h := c.household(t)
	c.accept(t, Number(2))
	shared := c.writeTo(t, h.number)
	for r, want := range map[*store.Recipient][]store.MessageID{
		&h.number: {h.maria.ID, h.jon.ID, shared.ID}, &h.maria.To: {h.maria.ID}, &h.jon.To: {h.jon.ID},
	} {
		infos, err := c.Messages(t.Context(), store.MessageFilter{Org: c.Org.ID, Recipient: r.ID})
		must(t, "Messages", err)
		var listed, told []store.MessageID
		for _, m := range infos {
			listed = append(listed, m.ID)
		}
		for _, e := range c.events(t, store.EventFilter{Org: c.Org.ID, Recipient: r.ID, Kind: store.Accepted}) {
			told = append(told, e.Message)
		}
		slices.Sort(want)
		slices.Sort(listed)
		if slices.Sort(told); !slices.Equal(listed, want) || !slices.Equal(told, want) {
			t.Errorf("Messages, Events: got %v and %v, want %v", listed, told, want)
		}
	}
}

func familyKeys(t *testing.T, c *Clinic) {
	h := c.household(t)
	c.rotate(t, 2)
	keys := c.dataKeys(t, 100)
	must(t, "ReplaceDataKeys", c.ReplaceDataKeys(t.Context(), c.rewrap(t, keys)))
	if len(keys) != 5 {
		t.Errorf("DataKeys: got %d, want those of two messages, two people and their number", len(keys))
	}
	l := c.link(t, h.marias, Noon)
	c.opensPerson(t, l.NumberKey, l.Person, l.Place(), "Maria")
	c.opensNumber(t, l.NumberKey, l.Number, l.Place(), Number(1))
}
