package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/store"
)

var phraseChecks = []check{
	{"a phrase is kept as it was written, changed and removed, each on record", phraseKept},
	{"an org has so many phrases at most, whoever adds them at once", phraseBound},
	{"S22: the keys of phrases are replaced like all others", phraseKeysRotated},
}

// phrase is one of the clinic's, sealed.
func (c *Clinic) phrase(tb testing.TB, id store.PhraseID, text string) store.Phrase {
	tb.Helper()
	p, err := store.SealPhrase(tb.Context(), c.Keys, c.Org.ID, id, store.Wording{Name: "Result", Subject: "Your result", Text: text})
	must(tb, "SealPhrase", err)
	return p
}

// wantPhrases checks which there are, by what they say.
func (c *Clinic) wantPhrases(tb testing.TB, want ...string) {
	tb.Helper()
	list, err := c.Phrases(tb.Context(), c.Org.ID)
	must(tb, "Phrases", err)
	if len(list) != len(want) {
		tb.Fatalf("Phrases: got %d, want %d", len(list), len(want))
	}
	for i, p := range list {
		w, err := p.Open(tb.Context(), c.Keys)
		if err != nil || w.Text != want[i] || w.Name != "Result" || w.Subject != "Your result" {
			tb.Errorf("phrase %d: got another, %v, want %q", i, err, want[i])
		}
	}
}

func phraseKept(t *testing.T, c *Clinic) {
	first, second := store.NewPhraseID(Noon), store.NewPhraseID(Noon.Add(time.Second))
	must(t, "AddPhrase", c.AddPhrase(t.Context(), c.phrase(t, first, "one"), Ana, Noon))
	must(t, "AddPhrase", c.AddPhrase(t.Context(), c.phrase(t, second, "two"), Ana, Noon))
	c.wantPhrases(t, "one", "two")
	must(t, "ChangePhrase", c.ChangePhrase(t.Context(), c.phrase(t, first, "once"), Ana, Noon.Add(time.Hour)))
	c.wantPhrases(t, "once", "two")
	must(t, "RemovePhrase", c.RemovePhrase(t.Context(), c.Org.ID, second, Ana, Noon))
	c.wantPhrases(t, "once")
	for kind, id := range map[store.Kind]store.PhraseID{store.PhraseAdded: second, store.PhraseChanged: first, store.PhraseRemoved: second} {
		if e := c.last(t, kind); e.By != Ana || e.Detail != string(id) {
			t.Errorf("event: got %+v, want Ana's of %s", e, id)
		}
	}
	before := c.count(t)
	wantError(t, "RemovePhrase again", c.RemovePhrase(t.Context(), c.Org.ID, second, Ana, Noon), store.ErrNotFound)
	wantError(t, "ChangePhrase of none", c.ChangePhrase(t.Context(), c.phrase(t, second, "x"), Ana, Noon), store.ErrNotFound)
	if got := c.count(t); got != before {
		t.Errorf("events: got %d more, want none", got-before)
	}
}

func phraseBound(t *testing.T, c *Clinic) {
	for n := range store.MostPhrases - 1 {
		must(t, "AddPhrase", c.AddPhrase(t.Context(), c.phrase(t, store.PhraseID(fmt.Sprint("phr_", n)), "x"), Ana, Noon))
	}
	var added atomic.Int64
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			switch err := c.AddPhrase(t.Context(), c.phrase(t, store.NewPhraseID(Noon), "x"), Ana, Noon); err {
			case nil:
				added.Add(1)
			default:
				wantError(t, "AddPhrase", err, store.ErrCrowded)
			}
		})
	}
	wg.Wait()
	if n := added.Load(); n != 1 {
		t.Errorf("AddPhrase: %d of five found room, want one", n)
	}
}

func phraseKeysRotated(t *testing.T, c *Clinic) {
	must(t, "AddPhrase", c.AddPhrase(t.Context(), c.phrase(t, store.NewPhraseID(Noon), "one"), Ana, Noon))
	c.rotate(t, 2)
	old := func() []store.StoredKey {
		keys, err := c.DataKeys(t.Context(), c.Org.ID, 2, 10)
		must(t, "DataKeys", err)
		return keys
	}
	keys := old()
	if len(keys) != 1 {
		t.Fatalf("DataKeys: got %d, want that of the phrase", len(keys))
	}
	if all, n, err := c.TallyDataKeys(t.Context(), c.Org.ID, 2); err != nil || all != 1 || n != 1 {
		t.Errorf("TallyDataKeys: got %d, %d, %v, want that of the phrase, which is old", all, n, err)
	}
	must(t, "ReplaceDataKeys", c.ReplaceDataKeys(t.Context(), c.rewrap(t, keys)))
	if n := len(old()); n != 0 {
		t.Errorf("DataKeys: got %d that are old, want none", n)
	}
	c.wantPhrases(t, "one")
}
