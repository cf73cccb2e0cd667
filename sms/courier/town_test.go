package courier_test

import (
	"errors"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/seal/sealtest"
)

// A town is several clinics in one store, each with rules of its own.
type town struct {
	store.Store
	keys  *seal.Keyring
	index seal.Index
	now   func() time.Time
}

func newTown(s store.Store, now func() time.Time) *town {
	return &town{s, seal.NewKeyring(s, seal.NewKey()), seal.NewIndex(seal.NewKey()), now}
}

// clinic adds an org with a policy, and its one sender.
func (w *town) clinic(t testing.TB, name string, p store.Policy) (store.Org, store.Sender) {
	t.Helper()
	by, now := store.Actor{Kind: store.ByOperator, ID: "ana"}, w.now()
	o := store.Org{
		ID: store.NewOrgID(now), Name: name, SMSName: name, Phone: "555-0100", Region: "US", Lang: "en",
		Life: 14 * 24 * time.Hour, Policy: p, Created: now,
	}
	s := store.Sender{ID: store.NewSenderID(now), Org: o.ID, Email: string(o.ID) + "@clinic.example", Name: name, Created: now}
	must(t, "AddOrg", w.AddOrg(t.Context(), o, sealtest.OrgKey(t, w.keys, o.ID, 1), by, now))
	must(t, "AddSender", w.AddSender(t.Context(), s, by, now))
	return o, s
}

// recipient is a number as an org's.
func (w *town) recipient(o store.Org, number string) store.RecipientID {
	return store.RecipientID(store.HashesOf(w.index, store.Whom{Org: o.ID, Number: number})[0].Hash)
}

// refusal is why a number gets no texts of an org; empty: it does.
func (w *town) refusal(t testing.TB, o store.Org, number string) store.Refusal {
	t.Helper()
	known, err := store.FindRecipient(t.Context(), w, w.index, store.Whom{Org: o.ID, Number: number})
	if !errors.Is(err, store.ErrNotFound) {
		must(t, "FindRecipient", err)
	}
	return known.Refusal
}

// write stores a message that lives for two weeks, unless it is changed before.
func (w *town) write(t testing.TB, o store.Org, s store.Sender, number string, change ...func(*store.Message)) store.Message {
	t.Helper()
	now := w.now()
	m := store.Message{
		ID: store.NewMessageID(now), Org: o.ID, Sender: s.ID, Lang: o.Lang,
		Created: now, Expires: now.Add(o.Life), Notify: store.NotifyFailed | store.NotifyOverdue,
	}
	m.To.ID = w.recipient(o, number)
	at := seal.Place{Org: string(o.ID), Recipient: string(m.To.ID)}
	key, wrapped, err := w.keys.NewDataKey(t.Context(), at)
	must(t, "NewDataKey", err)
	m.To.Key, m.To.Number = wrapped, key.Seal(seal.Plaintext(number), at)
	key, m.Key, err = w.keys.NewDataKey(t.Context(), m.Place(0))
	must(t, "NewDataKey", err)
	m.Content = key.Seal(seal.Plaintext("Your result is ready."), m.Place(seal.PartContent))
	for _, f := range change {
		f(&m)
	}
	_, err = w.Accept(t.Context(), store.Acceptance{
		Messages: []store.Message{m}, By: store.Actor{Kind: store.BySender, ID: string(s.ID)}, Detail: "api", At: now,
	})
	must(t, "Accept", err)
	return m
}

func must(t testing.TB, op string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", op, err)
	}
}
