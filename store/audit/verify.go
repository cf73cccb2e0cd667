package audit

import (
	"context"
	"math"

	"securetext/store"
	"securetext/store/merkle"
)

// page is how many events are looked at together: a whole number of tiles.
const page = 32 * merkle.Width

// Verifier verifies a store.
type Verifier struct {
	Store store.ProvedLog
	Keys  []*merkle.Key       // the audit key, then former ones
	Lost  []merkle.PublicKey  // of former keys that are lost: then marks count for nothing
	Given []merkle.Checkpoint // from elsewhere, smallest first: the store must be what they say, or more
}

// Public are the keys by which checkpoints are checked.
func Public(keys []*merkle.Key) []merkle.PublicKey {
	var public []merkle.PublicKey
	for _, k := range keys {
		public = append(public, k.Public())
	}
	return public
}

// Verify goes through all that has a place in the log. What is wrong is a [Fault].
func (v Verifier) Verify(ctx context.Context) (Report, error) {
	state, err := v.Store.LogState(ctx)
	if err != nil {
		return Report{}, err
	}
	announced, err := announcedIn(ctx, v.Store)
	if err != nil {
		return Report{}, err
	}
	w := walk{Verifier: v, announced: announced, checker: checker{keys: append(Public(v.Keys), v.Lost...), given: v.Given}, size: state.Size}
	w.checker.whole = w.above
	for w.tree.Size() < state.Size {
		if err := w.page(ctx); err != nil {
			return Report{}, err
		}
	}
	if err := w.finish(ctx); err != nil {
		return Report{}, err
	}
	return Report{
		Events: w.tree.Size() - w.removed, Checkpoints: w.fit, Checkpoint: w.note, Removed: w.removed, Before: w.before,
		Unproved: w.tree.Size() - w.last.Size, Waiting: state.Waiting,
	}, nil
}

// walk is one way through the store.
type walk struct {
	Verifier
	checker
	announced store.Spans // what removals name, as they say before they are looked at
	size      int64
	stored    []store.StoredCheckpoint // that come next
	done      bool                     // there are no more of those
	tiles     map[merkle.Tile][]merkle.Hash
}

func (w *walk) page(ctx context.Context) error {
	from := w.tree.Size()
	leaves, err := w.Store.Leaves(ctx, from, int(min(page, w.size-from)))
	if err != nil {
		return err
	}
	if len(leaves) == 0 {
		return &Fault{Index: from, End: from + 1, What: shorter}
	}
	tiles, err := w.Store.Tiles(ctx, lowest(from, from+page)...)
	if err != nil {
		return err
	}
	for _, l := range leaves {
		if l.Index >= w.size {
			return &Fault{Index: w.tree.Size(), End: w.tree.Size() + 1, What: removed}
		}
		if err := w.add(w.place(l, tiles)); err != nil {
			return err
		}
		if err := w.passStored(ctx); err != nil {
			return err
		}
	}
	return w.compareAbove(ctx)
}

// lowest are the tiles of the leaves from one index to another.
func lowest(from, to int64) []merkle.Tile {
	var tiles []merkle.Tile
	for n := from / merkle.Width; n*merkle.Width < to; n++ {
		tiles = append(tiles, merkle.Tile{N: n})
	}
	return tiles
}

func (w *walk) place(l store.Leaf, tiles map[merkle.Tile]store.MarkedTile) place {
	p := place{index: l.Index, seq: l.Seq, record: l.Record, excused: l.Record == nil && w.announced.Has(l.Index)}
	t, at := tiles[merkle.Tile{N: l.Index / merkle.Width}], int(l.Index%merkle.Width)
	if hashes, err := merkle.Hashes(t.Hashes); err == nil && at < len(hashes) {
		p.recorded = &hashes[at]
	}
	if len(w.Lost) > 0 {
		return p
	}
	var mark merkle.Mark
	there := len(t.Marks) >= (at+1)*len(mark)
	if there {
		mark = merkle.Mark(t.Marks[at*len(mark):])
	}
	p.marked = func(index int64, hash merkle.Hash) bool {
		for _, k := range w.Keys {
			if there && k.Mark(index, hash) == mark {
				return true
			}
		}
		return false
	}
	return p
}

// announcedIn are the places of all events that removals name.
func announcedIn(ctx context.Context, s store.ProvedLog) (store.Spans, error) {
	list, err := s.Removals(ctx)
	if err != nil {
		return nil, err
	}
	var all store.Spans
	for _, e := range list {
		if spans, err := store.ParseSpans(e.Detail); err == nil {
			all = append(all, spans...)
		}
	}
	return store.Spans(nil).Merge(all), nil
}

// passStored compares the tree with the stored checkpoint of its size, if there is
// one.
func (w *walk) passStored(ctx context.Context) error {
	if len(w.stored) == 0 && !w.done {
		var err error
		if w.stored, err = w.Store.Checkpoints(ctx, w.tree.Size()-1, page); err != nil {
			return err
		}
		w.done = len(w.stored) < page
	}
	if len(w.stored) == 0 || w.stored[0].Size != w.tree.Size() {
		return nil
	}
	signed := w.stored[0].Note
	w.stored = w.stored[1:]
	return w.pass(signed)
}

// above takes down the tiles above the leaves that the page makes whole.
func (w *walk) above(t merkle.Tile, hashes []merkle.Hash) {
	if t.Level == 0 {
		return // looked at leaf by leaf
	}
	if w.tiles == nil {
		w.tiles = map[merkle.Tile][]merkle.Hash{}
	}
	w.tiles[t] = hashes
}

// compareAbove compares them with what is stored, which may have more.
func (w *walk) compareAbove(ctx context.Context) error {
	for t, hashes := range w.tiles {
		stored, err := w.Store.Tiles(ctx, t)
		if err != nil {
			return err
		}
		want := string(merkle.Bytes(hashes))
		if have := string(stored[t].Hashes); len(have) < len(want) || have[:len(want)] != want {
			return &Fault{Index: t.First(), End: t.First() + int64(len(hashes))*t.Leaves(), What: tileAltered}
		}
	}
	clear(w.tiles)
	return nil
}

// finish looks at what lies behind and beside the events.
func (w *walk) finish(ctx context.Context) error {
	w.tree.Partial(w.above)
	if err := w.compareAbove(ctx); err != nil {
		return err
	}
	last, err := w.Store.Checkpoints(ctx, w.size, 1)
	if err != nil {
		return err
	}
	if now, err := w.Store.LogState(ctx); err != nil {
		return err
	} else if len(last) > 0 && last[0].Size > now.Size {
		return &Fault{Index: w.size, End: w.size + 1, What: shorter}
	}
	if err := w.end(); err != nil {
		return err
	}
	return w.strays(ctx)
}

// strays looks for events that the log passed by.
func (w *walk) strays(ctx context.Context) error {
	for above := int64(math.MinInt64); ; {
		stray, last, err := w.Store.Stray(ctx, above, page)
		if err != nil {
			return err
		}
		if stray != 0 {
			return &Fault{Index: -1, Seq: stray, What: strayed}
		}
		if last == 0 {
			return nil
		}
		above = last
	}
}
