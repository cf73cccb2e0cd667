package store_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"securetext/store"
)

// Spans are held to sets of places, one by one.
func TestSpansAreSets(t *testing.T) {
	random := func() (store.Spans, []bool) {
		var s store.Spans
		set := make([]bool, 40)
		for i := range set {
			if set[i] = rand.IntN(3) > 0; set[i] {
				s = s.Add(int64(i))
			}
		}
		return s, set
	}
	check := func(what string, got store.Spans, want func(i int) bool) {
		t.Helper()
		for i := range 40 {
			if got.Has(int64(i)) != want(i) {
				t.Fatalf("%s: %v has %d: %v", what, got, i, !want(i))
			}
		}
	}
	for range 500 {
		a, inA := random()
		b, inB := random()
		end := rand.IntN(45)
		check("Add", a, func(i int) bool { return inA[i] })
		check("Without", a.Without(b), func(i int) bool { return inA[i] && !inB[i] })
		check("Merge", a.Merge(b), func(i int) bool { return inA[i] || inB[i] })
		check("Below", a.Below(int64(end)), func(i int) bool { return inA[i] && i < end })
		if read, err := store.ParseSpans(a.String()); len(a) > 0 && (err != nil || !slices.Equal(read, a)) {
			t.Fatalf("ParseSpans of %s: got %v, %v", a, read, err)
		}
	}
	for _, bad := range []string{"", "x", "3-2", "5,4", "1-3,3", "-1", "1,"} {
		if s, err := store.ParseSpans(bad); err == nil {
			t.Errorf("ParseSpans of %q: got %v, want an error", bad, s)
		}
	}
}
