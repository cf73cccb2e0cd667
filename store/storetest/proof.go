package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/merkle"
)

// auditKey is the key of the cases.
var auditKey = merkle.NewKey([32]byte{1})

var proofChecks = []check{
	{"S34: every event has one leaf, in order, and those that come later follow", everyEventHasALeaf},
	{"S34: eight sequencers at once leave no gap and no double", sequencersRace},
	{"S34: the stored tiles are those of the tree of all events", tilesAreTheTrees},
	{"S34: a wiped message's events keep their leaves", wipeKeepsLeaves},
	{"S34: the state of the log tells how far it is", logStateTells},
}

// sequence gives leaves to all that waits, so many at a time.
func (c *Clinic) sequence(tb testing.TB, batch int) int {
	tb.Helper()
	total := 0
	for {
		n, err := c.Sequence(tb.Context(), batch, auditKey.Mark, Noon)
		must(tb, "Sequence", err)
		total += n
		if n < batch {
			return total
		}
	}
}

func everyEventHasALeaf(t *testing.T, c *Clinic) {
	c.accept(t, Number(1), Number(2), Number(3))
	before := c.count(t)
	if n := c.sequence(t, 2); n != before {
		t.Errorf("Sequence: got %d leaves, want %d", n, before)
	}
	if n := c.sequence(t, 2); n != 0 {
		t.Errorf("Sequence again: got %d leaves, want none", n)
	}
	c.accept(t, Number(4))
	if n := c.sequence(t, 100); n != 1 {
		t.Errorf("Sequence: got %d leaves, want that of the new event", n)
	}
	c.wantWhole(t)
}

// wantWhole checks that each event has exactly one leaf, that places are without
// gaps, and that what the leaves say is what the events say.
func (c *Clinic) wantWhole(tb testing.TB) {
	tb.Helper()
	events := map[int64]store.Event{}
	for _, e := range c.events(tb, store.EventFilter{Limit: 100_000}) {
		events[e.Seq] = e
	}
	leaves := c.leaves(tb)
	if len(leaves) != len(events) {
		tb.Errorf("Leaves: got %d, want one for each of %d events", len(leaves), len(events))
	}
	for i, l := range leaves {
		e, ok := events[l.Seq]
		delete(events, l.Seq)
		switch {
		case l.Index != int64(i) || !ok || l.Record == nil:
			tb.Errorf("Leaves: the leaf at %d is %+v: a gap, a double, or of no event", i, l)
		case l.Record.Kind != e.Kind || l.Record.Org != e.Org || l.Record.Message != e.Message || l.Record.At != e.At.UnixMicro():
			tb.Errorf("Leaves: at %d is %+v, want the event %+v", i, *l.Record, e)
		}
		if at, err := c.LeafOf(tb.Context(), l.Seq); err != nil || at != l.Index {
			tb.Errorf("LeafOf: got %d, %v, want %d", at, err, l.Index)
		}
	}
	if stray, last, err := c.Stray(tb.Context(), 0, 100_000); err != nil || stray != 0 || len(leaves) > 0 && last == 0 {
		tb.Errorf("Stray: got %d, %d, %v, want none", stray, last, err)
	}
}

// leaves are all places of the log, read in pages.
func (c *Clinic) leaves(tb testing.TB) []store.Leaf {
	tb.Helper()
	var all []store.Leaf
	for {
		page, err := c.Leaves(tb.Context(), int64(len(all)), 7)
		must(tb, "Leaves", err)
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
	}
}

func sequencersRace(t *testing.T, c *Clinic) {
	const writers, each = 4, 20
	var writing, sequencing sync.WaitGroup
	done := make(chan struct{})
	for range 8 {
		sequencing.Go(func() {
			for ended := false; ; {
				n, err := c.Sequence(t.Context(), 5, auditKey.Mark, Noon)
				if err != nil && !errors.Is(err, store.ErrUnavailable) {
					t.Errorf("Sequence: %v", err)
					return
				}
				if ended && n == 0 && err == nil {
					return
				}
				select {
				case <-done:
					ended = true
				default:
				}
			}
		})
	}
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				c.accept(t, Number(w*each+i))
			}
		})
	}
	writing.Wait()
	close(done)
	sequencing.Wait()
	c.sequence(t, 100)
	// A gap that was looked at too early waits for its time to be looked at again.
	_, err := c.Sequence(t.Context(), 100, auditKey.Mark, Noon.Add(24*time.Hour))
	must(t, "Sequence", err)
	c.wantWhole(t)
	c.wantTree(t)
}

func tilesAreTheTrees(t *testing.T, c *Clinic) {
	for i := range 11 {
		c.accept(t, Number(i), Number(i+1), Number(i+2), Number(i+3), Number(i+4))
		c.sequence(t, 7+i)
		c.wantTree(t)
	}
}

// wantTree checks the stored tiles against a tree of the leaves, and the marks.
func (c *Clinic) wantTree(tb testing.TB) {
	tb.Helper()
	var tree merkle.Tree
	want := map[merkle.Tile][]merkle.Hash{}
	keep := func(t merkle.Tile, h []merkle.Hash) { want[t] = append([]merkle.Hash(nil), h...) }
	for _, l := range c.leaves(tb) {
		tree.Append(l.Record.LeafHash(l.Index), keep)
	}
	tree.Partial(keep)
	for at, hashes := range want {
		found, err := c.Tiles(tb.Context(), at, merkle.Tile{Level: 9, N: 9})
		must(tb, "Tiles", err)
		if len(found) != 1 || string(found[at].Hashes) != string(merkle.Bytes(hashes)) {
			tb.Errorf("Tiles: %v of %d leaves is not the tree's", at, tree.Size())
		}
		for i, h := range hashes {
			m := auditKey.Mark(at.First()+int64(i), h)
			if at.Level == 0 && string(found[at].Marks[i*len(m):][:len(m)]) != string(m[:]) {
				tb.Errorf("Tiles: leaf %d is not marked", at.First()+int64(i))
			}
		}
	}
	root, err := merkle.Root(tree.Size(), func(tiles ...merkle.Tile) (map[merkle.Tile][]byte, error) {
		found, err := c.Tiles(tb.Context(), tiles...)
		hashes := map[merkle.Tile][]byte{}
		for at, t := range found {
			hashes[at] = t.Hashes
		}
		return hashes, err
	})
	if err != nil || root != tree.Root() {
		tb.Errorf("Root: got %v, %v, want %v", root, err, tree.Root())
	}
}

func wipeKeepsLeaves(t *testing.T, c *Clinic) {
	m := c.accept(t, Number(1))[0]
	c.sequence(t, 100)
	before := c.leaves(t)
	must(t, "Wipe", c.Wipe(t.Context(), c.Org.ID, m.ID, Ana, Noon))
	c.sequence(t, 100)
	after := c.leaves(t)
	if len(after) != len(before)+1 || after[len(before)].Record.Kind != store.Wiped {
		t.Fatalf("Leaves: got %d, want one more, of the wipe", len(after))
	}
	for i, l := range before {
		if *after[i].Record != *l.Record {
			t.Errorf("Leaves: the wipe changed what stands at %d", i)
		}
	}
	c.wantTree(t)
}

func logStateTells(t *testing.T, c *Clinic) {
	n := int64(c.count(t))
	want := func(size, waiting int64, oldest time.Time) {
		t.Helper()
		if s, err := c.LogState(t.Context()); err != nil || s.Size != size || s.Waiting < waiting || waiting == 0 && s.Waiting != 0 || !s.Oldest.Equal(oldest) {
			t.Errorf("LogState: got %+v, %v, want %d of %d, the oldest of %v", s, err, size, size+waiting, oldest)
		}
	}
	want(0, n, Noon)
	c.sequence(t, 100)
	want(n, 0, time.Time{})
	_, err := c.LeafOf(t.Context(), 1<<40)
	wantError(t, "LeafOf no event", err, store.ErrNotFound)
}

var checkpointChecks = []check{
	{"S34: checkpoints only grow", checkpointsGrow},
	{"S34: of many who add one behind another, one does", checkpointsRace},
	{"a checkpoint is pushed to a target once, and again when there is a larger one", pushedOnce},
}

func checkpointsGrow(t *testing.T, c *Clinic) {
	c.sequence(t, 100)
	_, err := c.LastCheckpoint(t.Context())
	wantError(t, "LastCheckpoint of none", err, store.ErrNotFound)
	behind := int64(0)
	for _, size := range []int64{2, 5, 9} {
		must(t, "AddCheckpoint", c.AddCheckpoint(t.Context(), behind, store.StoredCheckpoint{Size: size, Note: fmt.Sprint("note ", size), At: Noon}))
		behind = size
	}
	for _, size := range []int64{1, 5, 9} {
		wantError(t, "AddCheckpoint", c.AddCheckpoint(t.Context(), 9, store.StoredCheckpoint{Size: size, Note: "x", At: Noon}), store.ErrConflict)
	}
	for _, not := range []int64{0, 5, 10} {
		wantError(t, "AddCheckpoint", c.AddCheckpoint(t.Context(), not, store.StoredCheckpoint{Size: 12, Note: "x", At: Noon}), store.ErrConflict)
	}
	last, err := c.LastCheckpoint(t.Context())
	if err != nil || last != (store.StoredCheckpoint{Size: 9, Note: "note 9", At: Noon}) {
		t.Errorf("LastCheckpoint: got %+v, %v", last, err)
	}
	list, err := c.Checkpoints(t.Context(), 2, 1)
	if err != nil || len(list) != 1 || list[0].Size != 5 {
		t.Errorf("Checkpoints: got %+v, %v, want the one behind the first", list, err)
	}
}

func checkpointsRace(t *testing.T, c *Clinic) {
	c.sequence(t, 100)
	var all sync.WaitGroup
	var mu sync.Mutex
	added := 0
	for i := range 8 {
		all.Go(func() {
			err := c.AddCheckpoint(t.Context(), 0, store.StoredCheckpoint{Size: int64(3 + i), Note: "x", At: Noon})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				added++
			} else if !errors.Is(err, store.ErrConflict) {
				t.Errorf("AddCheckpoint: %v", err)
			}
		})
	}
	all.Wait()
	if added != 1 {
		t.Errorf("AddCheckpoint: %d added it, want 1", added)
	}
}

func pushedOnce(t *testing.T, c *Clinic) {
	minute := func(n int) time.Time { return Noon.Add(time.Duration(n) * time.Minute) }
	claim := func(what string, size int64, at time.Time, want bool) {
		t.Helper()
		if got, err := c.ClaimPush(t.Context(), "webhook", size, at.Add(time.Minute), at); err != nil || got != want {
			t.Errorf("ClaimPush %s: got %v, %v, want %v", what, got, err, want)
		}
	}
	claim("at first", 5, Noon, true)
	claim("while another is at it", 5, Noon, false)
	claim("when its lease is over", 5, minute(1), true)
	must(t, "Pushed", c.Pushed(t.Context(), "webhook", 5, minute(10)))
	claim("of what it has", 5, minute(20), false)
	claim("too soon", 6, minute(9), false)
	claim("of a larger one", 6, minute(10), true)
	must(t, "Pushed", c.Pushed(t.Context(), "webhook", 6, minute(10)))
	must(t, "Pushed late", c.Pushed(t.Context(), "webhook", 5, minute(10)))
	claim("of what it has", 6, minute(20), false)
}
