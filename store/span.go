package store

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Span is a run of places in the proved log.
type Span struct{ First, Last int64 }

// Spans are runs of places, rising and apart from each other.
type Spans []Span

var errSpans = errors.New("not a list of spans")

// ParseSpans reads what [Spans.String] wrote.
func ParseSpans(text string) (Spans, error) {
	var all Spans
	next := int64(0)
	for part := range strings.SplitSeq(text, ",") {
		first, last, wide := strings.Cut(part, "-")
		if !wide {
			last = first
		}
		f, err1 := strconv.ParseInt(first, 10, 64)
		l, err2 := strconv.ParseInt(last, 10, 64)
		if err1 != nil || err2 != nil || f < next || l < f {
			return nil, errSpans
		}
		all, next = append(all, Span{f, l}), l+1
	}
	return all, nil
}

// String is "0-99,120".
func (s Spans) String() string {
	parts := make([]string, len(s))
	for i, p := range s {
		parts[i] = strconv.FormatInt(p.First, 10)
		if p.Last > p.First {
			parts[i] += "-" + strconv.FormatInt(p.Last, 10)
		}
	}
	return strings.Join(parts, ",")
}

// Add adds a place behind all others.
func (s Spans) Add(place int64) Spans {
	if n := len(s) - 1; n >= 0 && s[n].Last == place-1 {
		s[n].Last = place
		return s
	}
	return append(s, Span{place, place})
}

// Count is how many places there are.
func (s Spans) Count() (n int64) {
	for _, p := range s {
		n += p.Last - p.First + 1
	}
	return n
}

// Has reports whether a place is among them.
func (s Spans) Has(place int64) bool {
	i, found := slices.BinarySearchFunc(s, place, func(p Span, place int64) int {
		switch {
		case p.Last < place:
			return -1
		case p.First > place:
			return 1
		}
		return 0
	})
	return found && i < len(s)
}

// Without are those places that are not among the others.
func (s Spans) Without(others Spans) Spans {
	var left Spans
	for _, p := range s {
		for _, o := range others[firstBehind(others, p.First):] {
			if o.First > p.Last {
				break
			}
			if o.First > p.First {
				left = append(left, Span{p.First, o.First - 1})
			}
			p.First = o.Last + 1
		}
		if p.First <= p.Last {
			left = append(left, p)
		}
	}
	return left
}

// firstBehind is the index of the first span that ends at a place or behind it.
func firstBehind(s Spans, place int64) int {
	i, _ := slices.BinarySearchFunc(s, place, func(p Span, place int64) int {
		if p.Last < place {
			return -1
		}
		return 1
	})
	return i
}

// Below are those places below one.
func (s Spans) Below(end int64) Spans {
	var left Spans
	for _, p := range s {
		if p.First >= end {
			break
		}
		left = append(left, Span{p.First, min(p.Last, end-1)})
	}
	return left
}

// Merge are the places of both.
func (s Spans) Merge(others Spans) Spans {
	all := append(slices.Clone(s), others...)
	slices.SortFunc(all, func(a, b Span) int {
		if a.First < b.First {
			return -1
		}
		return 1
	})
	var merged Spans
	for _, p := range all {
		if n := len(merged) - 1; n >= 0 && p.First <= merged[n].Last+1 {
			merged[n].Last = max(merged[n].Last, p.Last)
		} else {
			merged = append(merged, p)
		}
	}
	return merged
}
