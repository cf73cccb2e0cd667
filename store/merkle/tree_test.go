package merkle

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// mth is the tree hash as section 2.1 of RFC 6962 defines it, word for word.
func mth(leaves [][]byte) Hash {
	switch n := len(leaves); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, leaves[0]...))
	default:
		k := 1
		for 2*k < n {
			k *= 2
		}
		left, right := mth(leaves[:k]), mth(leaves[k:])
		return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
	}
}

// shelf keeps the tiles of a tree that grows.
type shelf struct {
	tree   Tree
	tiles  map[Tile][]byte
	leaves [][]byte
}

func (s *shelf) add(leaf []byte) {
	if s.tiles == nil {
		s.tiles = map[Tile][]byte{}
	}
	keep := func(t Tile, h []Hash) { s.tiles[t] = Bytes(h) }
	s.leaves = append(s.leaves, leaf)
	s.tree.Append(LeafHash(leaf), keep)
	s.tree.Partial(keep)
}

func (s *shelf) read(tiles ...Tile) (map[Tile][]byte, error) {
	found := map[Tile][]byte{}
	for _, t := range tiles {
		if b, ok := s.tiles[t]; ok {
			found[t] = b
		}
	}
	return found, nil
}

func (s *shelf) checkpoint(size int) Checkpoint {
	return Checkpoint{Size: int64(size), Root: mth(s.leaves[:size])}
}

func filled(n int) *shelf {
	s := &shelf{}
	for i := range n {
		s.add(fmt.Append(nil, "leaf ", i))
	}
	return s
}

func TestTheRootIsThatOfRFC6962(t *testing.T) {
	s := &shelf{}
	for n := range 2200 {
		if n < 70 || n%97 == 0 || n%Width < 2 {
			want := mth(s.leaves)
			if got := s.tree.Root(); got != want {
				t.Fatalf("%d leaves: got root %v, want %v", n, got, want)
			}
			if got, err := Root(int64(n), s.read); err != nil || got != want {
				t.Fatalf("%d leaves from tiles: got %v, %v, want %v", n, got, err, want)
			}
		}
		s.add(fmt.Append(nil, "leaf ", n))
	}
}

func TestATreeGoesOnFromItsTiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := filled(rapid.IntRange(0, 300).Draw(t, "before"))
		tiles, _ := s.read(Edge(s.tree.Size())...)
		loaded, err := Load(s.tree.Size(), tiles)
		if err != nil {
			t.Fatal(err)
		}
		s.tree = *loaded
		for i := range rapid.IntRange(0, 300).Draw(t, "more") {
			s.add(fmt.Append(nil, "more ", i))
		}
		if got, want := s.tree.Root(), mth(s.leaves); got != want {
			t.Errorf("got root %v, want %v", got, want)
		}
		if got, err := Root(s.tree.Size(), s.read); err != nil || got != mth(s.leaves) {
			t.Errorf("from tiles: got %v, %v", got, err)
		}
	})
}

func TestTilesThatLackHashesAreNoTree(t *testing.T) {
	s := filled(40)
	for at := range s.tiles {
		tiles, _ := s.read(Edge(40)...)
		if at == (Tile{N: 0}) {
			continue // whole: not at the edge
		}
		tiles[at] = tiles[at][:len(tiles[at])-1]
		if _, err := Load(40, tiles); !errors.Is(err, ErrBroken) {
			t.Errorf("tile %v cut short: got %v, want ErrBroken", at, err)
		}
		delete(tiles, at)
		if _, err := Load(40, tiles); !errors.Is(err, ErrBroken) {
			t.Errorf("tile %v missing: got %v, want ErrBroken", at, err)
		}
	}
}

func TestS34ProofsHoldForWhatTheyProveAlone(t *testing.T) {
	s := filled(1200)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, len(s.leaves)).Draw(t, "size")
		at := rapid.IntRange(0, size-1).Draw(t, "leaf")
		c := s.checkpoint(size)
		proof, err := Prove(c, int64(at), Reader(c, s.read))
		if err != nil {
			t.Fatal(err)
		}
		hash := LeafHash(s.leaves[at])
		if err := Check(c, int64(at), hash, proof); err != nil {
			t.Fatalf("the proof of leaf %d of %d does not hold: %v", at, size, err)
		}
		if other := rapid.IntRange(0, size-1).Draw(t, "other"); other != at && Check(c, int64(other), hash, proof) == nil {
			t.Errorf("the proof of leaf %d holds for %d", at, other)
		}
		if len(proof) > 0 {
			i := rapid.IntRange(0, len(proof)-1).Draw(t, "changed")
			proof[i][rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1
			if Check(c, int64(at), hash, proof) == nil {
				t.Error("a changed proof holds")
			}
			if Check(c, int64(at), hash, proof[:i]) == nil {
				t.Error("a shorter proof holds")
			}
		}
		hash[0] ^= 1
		if Check(c, int64(at), hash, proof) == nil || Check(c, int64(size), hash, proof) == nil || Check(c, -1, hash, proof) == nil {
			t.Error("a proof holds for what is not in the log")
		}
	})
}

func TestS34GrowthIsProved(t *testing.T) {
	s, other := filled(1200), filled(1200)
	other.leaves[3] = []byte("another")
	rapid.Check(t, func(t *rapid.T) {
		newer := rapid.IntRange(1, len(s.leaves)).Draw(t, "newer")
		older := rapid.IntRange(0, newer).Draw(t, "older")
		was, is := s.checkpoint(older), s.checkpoint(newer)
		proof, err := Compare(was, is, Reader(is, s.read))
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckCompare(was, is, proof); err != nil {
			t.Fatalf("%d to %d: %v", older, newer, err)
		}
		if older > 3 {
			if forked := other.checkpoint(older); CheckCompare(forked, is, proof) == nil {
				t.Errorf("%d to %d: the proof holds for another log", older, newer)
			}
		}
		if older < newer && CheckCompare(is, was, nil) == nil {
			t.Error("a log that shrank is taken for one that grew")
		}
	})
}

func TestS34AlteredTilesProveNothing(t *testing.T) {
	s := filled(1200)
	c := s.checkpoint(1200)
	for at := range s.tiles {
		good := s.tiles[at]
		s.tiles[at] = append([]byte(nil), good...)
		s.tiles[at][0] ^= 1
		failed := 0
		for leaf := at.First(); leaf < min(at.First()+2, 1200); leaf++ {
			proof, err := Prove(c, leaf, Reader(c, s.read))
			if err != nil || Check(c, leaf, LeafHash(s.leaves[leaf]), proof) != nil {
				failed++
			}
		}
		if failed == 0 {
			t.Errorf("tile %v is altered, and all is proved by it", at)
		}
		s.tiles[at] = good
	}
}

// The proofs are those that others compute, too.
func TestProofsAreThoseOfTlog(t *testing.T) {
	s := filled(300)
	var stored []Hash
	read := tlog.HashReaderFunc(func(at []int64) ([]Hash, error) {
		var found []Hash
		for _, i := range at {
			found = append(found, stored[i])
		}
		return found, nil
	})
	for i, leaf := range s.leaves {
		more, err := tlog.StoredHashes(int64(i), leaf, read)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
	}
	c := s.checkpoint(300)
	for leaf := range int64(300) {
		want, err := tlog.ProveRecord(300, leaf, read)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Prove(c, leaf, Reader(c, s.read))
		if err != nil || fmt.Sprint(got) != fmt.Sprint([]Hash(want)) {
			t.Errorf("leaf %d: %v, or another proof", leaf, err)
		}
	}
}
