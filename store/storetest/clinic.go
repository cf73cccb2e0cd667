package storetest

import (
	"fmt"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/person"
	"securetext/store/seal"
	"securetext/store/seal/sealtest"
)

// Noon is when the cases take place.
var Noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// Ana is the operator of the cases.
var Ana = store.Actor{Kind: store.ByOperator, ID: "ana"}

// life is how long the messages of the cases last.
const life = 14 * 24 * time.Hour

// Clinic is an org in a store, with a sender and the keys to seal for it.
type Clinic struct {
	store.Store
	Org    store.Org
	Sender store.Sender
	Keys   *seal.Keyring

	index seal.Index
}

// NewClinic adds an org and a sender to a store.
func NewClinic(tb testing.TB, s store.Store) *Clinic {
	tb.Helper()
	return addClinic(tb, s, seal.NewKeyring(s, seal.NewKey()), seal.NewIndex(seal.NewKey()))
}

// Neighbour adds another org to the same store, under the same root key.
func (c *Clinic) Neighbour(tb testing.TB) *Clinic {
	tb.Helper()
	return addClinic(tb, c.Store, c.Keys, c.index)
}

func addClinic(tb testing.TB, s store.Store, keys *seal.Keyring, index seal.Index) *Clinic {
	tb.Helper()
	c := &Clinic{Store: s, Keys: keys, index: index}
	c.Org = store.Org{
		ID: store.NewOrgID(Noon), Name: "Lakeside Clinic", SMSName: "Lakeside", Phone: "555-0100",
		Region: "US", Lang: "en", Life: life, Created: Noon,
		Policy: store.Policy{Confirm: store.ConfirmNone, StepUp: store.StepUpNever},
	}
	if err := c.AddOrg(tb.Context(), c.Org, sealtest.OrgKey(tb, keys, c.Org.ID, 1), Ana, Noon); err != nil {
		tb.Fatalf("AddOrg: %v", err)
	}
	c.Sender = c.newSender("Dr Reyes")
	if err := c.AddSender(tb.Context(), c.Sender, Ana, Noon); err != nil {
		tb.Fatalf("AddSender: %v", err)
	}
	return c
}

func (c *Clinic) newSender(name string) store.Sender {
	id := store.NewSenderID(Noon)
	return store.Sender{
		ID: id, Org: c.Org.ID, Email: string(id) + "@lakeside.example", Name: name,
		SendAs: []string{"desk@lakeside.example", "lab@lakeside.example"}, Created: Noon,
	}
}

// Recipient is a phone number of the clinic, sealed under a key of its own.
func (c *Clinic) Recipient(tb testing.TB, number string) store.Recipient {
	tb.Helper()
	return c.recipient(tb, number, person.Name{})
}

// Person is one of several people who share a phone number, likewise.
func (c *Clinic) Person(tb testing.TB, number, name string) store.Recipient {
	tb.Helper()
	who, err := person.Parse(name)
	if err != nil {
		tb.Fatalf("person.Parse: %v", err)
	}
	return c.recipient(tb, number, who)
}

func (c *Clinic) recipient(tb testing.TB, number string, who person.Name) store.Recipient {
	tb.Helper()
	r, err := store.SealRecipient(tb.Context(), c.Keys, c.index, store.Whom{Org: c.Org.ID, Number: number, Person: who}, store.Found{})
	if err != nil {
		tb.Fatalf("SealRecipient: %v", err)
	}
	return r
}

// Write makes a message from the clinic's sender to a number, sealed. It is not
// stored yet.
func (c *Clinic) Write(tb testing.TB, number string, text seal.Plaintext, files ...seal.Plaintext) store.Message {
	tb.Helper()
	return c.WriteTo(tb, c.Recipient(tb, number), text, files...)
}

// WriteTo is Write to a recipient.
func (c *Clinic) WriteTo(tb testing.TB, r store.Recipient, text seal.Plaintext, files ...seal.Plaintext) store.Message {
	tb.Helper()
	m := store.Message{
		ID: store.NewMessageID(Noon), Org: c.Org.ID, Sender: c.Sender.ID, To: r,
		Lang: "es", Reference: "visit 12", Created: Noon, Expires: Noon.Add(life),
	}
	key, wrapped, err := c.Keys.NewDataKey(tb.Context(), m.Place(0))
	if err != nil {
		tb.Fatalf("NewDataKey: %v", err)
	}
	m.Key, m.Content = wrapped, key.Seal(text, m.Place(seal.PartContent))
	for i, f := range files {
		part := seal.FirstAttachment + i
		m.Attachments = append(m.Attachments, store.Attachment{
			Part: part, Size: int64(len(f)), Chunks: key.SealChunks(f, m.Place(part)),
		})
	}
	return m
}

// Acceptance is what stores the messages, as the clinic's sender.
func (c *Clinic) Acceptance(messages ...store.Message) store.Acceptance {
	return store.Acceptance{
		Messages: messages, By: store.Actor{Kind: store.BySender, ID: string(c.Sender.ID)}, Detail: "smtp", At: Noon,
	}
}

// Number is the n-th phone number of the cases.
func Number(n int) string { return fmt.Sprintf("+1555%07d", n) }

// accept stores a message to each number, one acceptance each.
func (c *Clinic) accept(tb testing.TB, numbers ...string) []store.Message {
	tb.Helper()
	var stored []store.Message
	for _, n := range numbers {
		m := c.Write(tb, n, seal.Plaintext("Your result is ready."))
		c.mustAccept(tb, c.Acceptance(m))
		stored = append(stored, m)
	}
	return stored
}

func (c *Clinic) mustAccept(tb testing.TB, a store.Acceptance) store.Stored {
	tb.Helper()
	stored, err := c.Accept(tb.Context(), a)
	if err != nil {
		tb.Fatalf("Accept: %v", err)
	}
	return stored
}
