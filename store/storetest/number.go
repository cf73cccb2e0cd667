package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

var numberChecks = []check{
	{"S23: a recipient is found by whatever key their number was hashed with", numberFound},
	{"S23: who is known by another id is told, and nothing is stored", numberKnown},
	{"S23: processes that hash with different keys make one recipient of a number", numberRace},
	{"S23: numbers are hashed anew until none is left, and a former key is forgotten", numbersHashed},
	{"a phone key that the store does not know is refused", phoneKeyForeign},
	{"what is hashed with former keys is counted", numbersTallied},
	{"a mail is known by a former hash for as long as it is remembered", deliveredKnown},
}

// Two phone keys, and how processes find numbers: before the second is in use, once
// it is, and at last.
type phoneKeys struct{ before, after, last seal.Index }

func newPhoneKeys() phoneKeys {
	a, b := seal.NewKey(), seal.NewKey()
	return phoneKeys{seal.NewIndex(a).Awaiting(b), seal.NewIndex(b, a), seal.NewIndex(b)}
}

func (c *Clinic) whom(n int) store.Whom { return store.Whom{Org: c.Org.ID, Number: Number(n)} }

// stranger is a number as one who never looked for it has it.
func (c *Clinic) stranger(tb testing.TB, index seal.Index, n int) store.Recipient {
	tb.Helper()
	r, err := store.SealRecipient(tb.Context(), c.Keys, index, c.whom(n), store.Found{})
	must(tb, "SealRecipient", err)
	return r
}

func (c *Clinic) find(tb testing.TB, index seal.Index, n int) store.RecipientID {
	tb.Helper()
	k, err := store.FindRecipient(tb.Context(), c, index, c.whom(n))
	must(tb, "FindRecipient", err)
	return k.ID
}

func numberFound(t *testing.T, c *Clinic) {
	keys := newPhoneKeys()
	first, second := c.stranger(t, keys.before, 1), c.stranger(t, keys.after, 2)
	c.mustAccept(t, c.Acceptance(c.WriteTo(t, first, nil)))
	must(t, "Refuse", c.Refuse(t.Context(), c.Org.ID, second, store.Blocked, Ana, Noon))
	old := c.stranger(t, keys.before, 3)
	old.Hashes = nil // stored before there were any
	c.mustAccept(t, c.Acceptance(c.WriteTo(t, old, nil)))
	for name, index := range map[string]seal.Index{"before": keys.before, "after": keys.after} {
		for n, want := range map[int]store.RecipientID{1: first.ID, 2: second.ID, 3: old.ID} {
			if got := c.find(t, index, n); got != want {
				t.Errorf("%s: number %d is %s, want %s", name, n, got, want)
			}
		}
	}
	if got := c.find(t, keys.last, 1); got != first.ID {
		t.Errorf("at last: got %s, want %s", got, first.ID)
	}
	if _, err := store.FindRecipient(t.Context(), c, keys.after, c.whom(4)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody: got error %v, want ErrNotFound", err)
	}
}

func numberKnown(t *testing.T, c *Clinic) {
	keys := newPhoneKeys()
	first, same := c.stranger(t, keys.before, 1), c.stranger(t, keys.after, 1)
	c.mustAccept(t, c.Acceptance(c.WriteTo(t, first, nil)))
	events := len(c.events(t, store.EventFilter{Org: c.Org.ID}))
	large := c.WriteTo(t, same, nil, make(seal.Plaintext, 100_000))
	for name, m := range map[string]store.Message{"small": c.WriteTo(t, same, nil), "large": large} {
		_, err := c.Accept(t.Context(), c.Acceptance(m))
		wantError(t, "Accept, "+name, err, store.ErrKnown)
	}
	a := c.Acceptance(c.WriteTo(t, same, nil))
	a.Idempotency = &store.Idempotency{Key: "k"}
	_, err := c.Accept(t.Context(), a)
	wantError(t, "Accept with a key", err, store.ErrKnown)
	wantError(t, "Refuse", c.Refuse(t.Context(), c.Org.ID, same, store.Blocked, Ana, Noon), store.ErrKnown)
	if got := len(c.events(t, store.EventFilter{Org: c.Org.ID})); got != events {
		t.Errorf("%d events more", got-events)
	}
	if all, err := c.Recipients(t.Context(), c.Org.ID, []store.RecipientID{same.ID}); err != nil || len(all) != 0 {
		t.Errorf("stored under the other id: %d, %v", len(all), err)
	}
	again, err := store.RecipientFor(t.Context(), c, c.Keys, keys.after, c.whom(1))
	if err != nil || again.ID != first.ID || again.Hashes != nil {
		t.Errorf("RecipientFor: got %s, %v, want %s", again.ID, err, first.ID)
	}
	c.mustAccept(t, c.Acceptance(c.WriteTo(t, again, nil)))
}

// numberRace has processes of both kinds write to new numbers at one time, beside
// others that have nothing to do with it.
func numberRace(t *testing.T, c *Clinic) {
	const numbers = 8
	keys := newPhoneKeys()
	var wg sync.WaitGroup
	for w := range 6 {
		index := []seal.Index{keys.before, keys.after}[w%2]
		wg.Go(func() {
			for _, n := range rand.Perm(numbers) {
				must(t, "Accept", c.writeUntil(t, index, n))
			}
		})
	}
	wg.Wait()
	for n := range numbers {
		if a, b := c.find(t, keys.before, n), c.find(t, keys.after, n); a != b {
			t.Errorf("number %d is %s and %s", n, a, b)
		}
	}
	infos, err := c.Messages(t.Context(), store.MessageFilter{Org: c.Org.ID, Limit: 100})
	must(t, "Messages", err)
	seen := map[store.RecipientID]int{}
	for _, i := range infos {
		seen[i.Recipient]++
	}
	if len(infos) != 6*numbers || len(seen) != numbers {
		t.Errorf("%d messages to %d recipients, want %d to %d", len(infos), len(seen), 6*numbers, numbers)
	}
}

// writeUntil writes to a number as the intake does.
func (c *Clinic) writeUntil(t *testing.T, index seal.Index, n int) (err error) {
	for range 3 {
		var r store.Recipient
		if r, err = store.RecipientFor(t.Context(), c, c.Keys, index, c.whom(n)); err != nil {
			return err
		}
		if _, err = c.Accept(t.Context(), c.Acceptance(c.WriteTo(t, r, nil))); !errors.Is(err, store.ErrKnown) {
			return err
		}
	}
	return err
}

func numbersHashed(t *testing.T, c *Clinic) {
	ctx, keys := t.Context(), newPhoneKeys()
	first, next := keys.before.KeyIDs()[0], keys.last.KeyIDs()[0]
	must(t, "UsePhoneKey", c.UsePhoneKey(ctx, first, nil, Noon))
	alone := keys.before.Each()[0]
	var ids []store.RecipientID
	for n := range 5 {
		r := c.stranger(t, alone, n)
		if n == 4 {
			r.Hashes = nil // as before there were any
		}
		c.mustAccept(t, c.Acceptance(c.WriteTo(t, r, nil)))
		ids = append(ids, r.ID)
	}
	must(t, "UsePhoneKey", c.UsePhoneKey(ctx, next, []string{first}, Noon.Add(time.Second)))
	left := func(key string, want int) {
		t.Helper()
		tally, err := c.TallyNumbers(ctx, key, Noon, Noon)
		must(t, "TallyNumbers", err)
		if tally.Unhashed != want || tally.Recipients != 5 {
			t.Errorf("%d of %d left, want %d of 5", tally.Unhashed, tally.Recipients, want)
		}
	}
	left(next, 5)
	unfound := func(want int, keys ...string) {
		t.Helper()
		if n, err := c.Unfound(ctx, keys); err != nil || n != want {
			t.Errorf("Unfound: %d, %v, want %d", n, err, want)
		}
	}
	unfound(0, next, first)
	unfound(0, first, "other") // one has no hash, and is found by the first key
	unfound(5, next, "other")
	slices.Sort(ids)
	var after store.RecipientID
	for i := 0; i < 5; i += 2 {
		list, err := c.Unhashed(ctx, next, after, 2)
		must(t, "Unhashed", err)
		var hashes []store.HashOf
		for k, u := range list {
			if u.ID != ids[i+k] {
				t.Fatalf("Unhashed: got %s, want %s", u.ID, ids[i+k])
			}
			n := c.number(t, u)
			hashes = append(hashes, store.HashOf{Org: u.Org, Recipient: u.ID, HashedNumber: store.HashesOf(keys.last, n)[0]})
			after = u.ID
		}
		if n, err := c.AddHashes(ctx, hashes); err != nil || n != len(list) {
			t.Errorf("AddHashes: %d, %v, want %d", n, err, len(list))
		}
		if n, err := c.AddHashes(ctx, hashes); err != nil || n != 0 {
			t.Errorf("AddHashes again: %d, %v, want none", n, err)
		}
	}
	left(next, 0)
	unfound(0, next)
	_, err := c.DropPhoneKey(ctx, first, Noon.Add(-time.Second), 100)
	wantError(t, "DropPhoneKey of one in use", err, store.ErrConflict)
	for want := range 3 {
		n, err := c.DropPhoneKey(ctx, first, Noon, 2)
		must(t, "DropPhoneKey", err)
		if n != 2-min(2, want/2*2) {
			t.Errorf("forgot %d", n)
		}
	}
	for n := range 5 {
		c.find(t, keys.last, n)
	}
	if all, err := c.PhoneKeys(ctx); err != nil || len(all) != 1 || all[0].ID != next {
		t.Errorf("PhoneKeys: %v, %v", all, err)
	}
	wantError(t, "UsePhoneKey of the one forgotten", c.UsePhoneKey(ctx, first, nil, Noon), store.ErrForeignKey)
}

// number opens the number of one who is to be hashed.
func (c *Clinic) number(tb testing.TB, u store.Unhashed) store.Whom {
	tb.Helper()
	key, err := c.Keys.DataKey(tb.Context(), u.Key, u.Place())
	must(tb, "DataKey", err)
	number, err := key.Open(u.Number, u.Place())
	must(tb, "Open", err)
	return store.Whom{Org: u.Org, Number: string(number)}
}

func phoneKeyForeign(t *testing.T, c *Clinic) {
	ctx := t.Context()
	must(t, "UsePhoneKey of the first", c.UsePhoneKey(ctx, "a", nil, Noon))
	wantError(t, "UsePhoneKey of a stranger", c.UsePhoneKey(ctx, "b", nil, Noon), store.ErrForeignKey)
	wantError(t, "UsePhoneKey after a stranger", c.UsePhoneKey(ctx, "b", []string{"x"}, Noon), store.ErrForeignKey)
	must(t, "UsePhoneKey after the first", c.UsePhoneKey(ctx, "b", []string{"x", "a"}, Noon.Add(time.Second)))
	must(t, "UsePhoneKey of the first, still", c.UsePhoneKey(ctx, "a", nil, Noon.Add(time.Minute)))
	got, err := c.PhoneKeys(ctx)
	must(t, "PhoneKeys", err)
	if len(got) != 2 || got[0].ID != "a" || !got[0].Since.Equal(Noon) || !got[0].Used.Equal(Noon.Add(time.Minute)) || got[1].ID != "b" {
		t.Errorf("PhoneKeys: got %+v", got)
	}
}

func numbersTallied(t *testing.T, c *Clinic) {
	ctx := t.Context()
	want := func(want store.NumberTally, until, now time.Time) {
		t.Helper()
		got, err := c.TallyNumbers(ctx, "other", until, now)
		must(t, "TallyNumbers", err)
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	m, hash := c.asking(t, Number(1))
	c.setUp(t, "Rosa Diaz")
	want(store.NumberTally{Recipients: 1, Unhashed: 1, Other: 1, Passcodes: 1, Recovery: 2}, Noon, Noon)
	want(store.NumberTally{Recipients: 1, Unhashed: 1, Other: 1}, Noon.Add(-time.Second), Noon)
	want(store.NumberTally{Recipients: 1, Unhashed: 1, Other: 1, Recovery: 2}, Noon, Noon.Add(life))
	c.give(t, m, hash, browser(1), Noon)
	c.enrolOn(t, hash, browser(1))
	want(store.NumberTally{Recipients: 1, Unhashed: 1, Other: 1, Recovery: 2}, Noon, Noon)
	if all, old, err := c.TallyDataKeys(ctx, c.Org.ID, 2); err != nil || all != 3 || old != 3 {
		t.Errorf("TallyDataKeys: %d, %d, %v, want 3 of each", all, old, err)
	}
	if all, old, err := c.TallyDataKeys(ctx, c.Org.ID, 1); err != nil || all != 3 || old != 0 {
		t.Errorf("TallyDataKeys of older: %d, %d, %v, want 3 and none", all, old, err)
	}
}

func deliveredKnown(t *testing.T, c *Clinic) {
	m := c.Write(t, Number(1), nil)
	m.Repeat = store.RepeatHash{7}
	c.mustAccept(t, c.Acceptance(m))
	ask := func(ctx context.Context, now time.Time) []store.RepeatHash {
		got, err := c.Delivered(ctx, c.Org.ID, []store.RepeatHash{{8}, {7}, {9}}, now)
		must(t, "Delivered", err)
		return got
	}
	if got := ask(t.Context(), Noon); !slices.Equal(got, []store.RepeatHash{{7}}) {
		t.Errorf("Delivered: got %v", got)
	}
	if got := ask(t.Context(), Noon.Add(store.RepeatLife)); len(got) != 0 {
		t.Errorf("Delivered, once it is forgotten: got %v", got)
	}
}
