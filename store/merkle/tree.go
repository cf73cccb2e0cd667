// Package merkle is the arithmetic of the proved log: the tree, its tiles, its
// checkpoints and the key that signs them.
//
// The tree is that of RFC 6962, over SHA-256. It is kept as tiles: a [Tile] holds up
// to [Width] neighbouring hashes of one level, and each hash of the level above is
// the root of a whole tile. A [Tree] is the right edge alone, which is all that it
// takes to grow. [Root], and what golang.org/x/mod/sumdb/tlog proves, is read from
// tiles by [Reader].
//
// Nothing here reads or writes anything, or knows what a leaf says.
package merkle

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 hash of the tree.
type Hash = tlog.Hash

// Height is how many levels of the tree a tile spans, and Width how many hashes it
// holds when it is whole.
const (
	Height = 5
	Width  = 1 << Height
)

// Tile names a tile: N is its place among those of its level.
type Tile struct {
	Level int
	N     int64
}

// Leaves is how many leaves stand below one hash of the tile.
func (t Tile) Leaves() int64 { return 1 << (Height * t.Level) }

// First is the first leaf below the tile.
func (t Tile) First() int64 { return t.N * Width * t.Leaves() }

// ErrBroken: the tiles are not those of one tree.
var ErrBroken = errors.New("the hashes of the log do not fit together")

// Edge are the tiles at the right edge of a tree of that size that are not whole,
// from the leaves up.
func Edge(size int64) []Tile {
	var tiles []Tile
	for level := 0; size>>(Height*level) > 0; level++ {
		if n := size >> (Height * level); n%Width > 0 {
			tiles = append(tiles, Tile{level, n / Width})
		}
	}
	return tiles
}

// Tree is the right edge of a tree. The zero Tree is that of an empty log.
type Tree struct {
	size int64
	edge [][]Hash // of each level the tile that is not whole
}

// Load makes the Tree of that size from the tiles that [Edge] names. They may hold
// more hashes than the tree has.
func Load(size int64, tiles map[Tile][]byte) (*Tree, error) {
	t := &Tree{size: size}
	for _, tile := range Edge(size) {
		for len(t.edge) <= tile.Level {
			t.edge = append(t.edge, nil)
		}
		have, err := Hashes(tiles[tile])
		want := int(size >> (Height * tile.Level) % Width)
		if err != nil || len(have) < want {
			return nil, fmt.Errorf("tile %d/%d: %w", tile.Level, tile.N, ErrBroken)
		}
		t.edge[tile.Level] = have[:want:want]
	}
	return t, nil
}

// Size is how many leaves there are.
func (t *Tree) Size() int64 { return t.size }

// Append adds a leaf. Each tile that it makes whole is given to whole, the lowest
// first; nil: to nobody.
func (t *Tree) Append(leaf Hash, whole func(Tile, []Hash)) {
	t.size++
	for level := 0; ; level++ {
		if len(t.edge) == level {
			t.edge = append(t.edge, nil)
		}
		t.edge[level] = append(t.edge[level], leaf)
		if len(t.edge[level]) < Width {
			return
		}
		full := t.edge[level]
		if whole != nil {
			whole(Tile{level, t.size>>(Height*(level+1)) - 1}, full)
		}
		t.edge[level], leaf = nil, fold(full)
	}
}

// Partial gives the tiles that are not whole, from the leaves up.
func (t *Tree) Partial(each func(Tile, []Hash)) {
	for _, tile := range Edge(t.size) {
		each(tile, t.edge[tile.Level])
	}
}

// Root is the tree's hash.
func (t *Tree) Root() Hash {
	var root *Hash
	for _, hashes := range t.edge {
		for n, bit := len(hashes), 1; n > 0; bit <<= 1 { // whole subtrees, the smallest first
			if n&bit == 0 {
				continue
			}
			h := fold(hashes[n-bit : n])
			if root != nil {
				h = tlog.NodeHash(h, *root)
			}
			root, n = &h, n-bit
		}
	}
	if root == nil {
		empty, _ := tlog.TreeHash(0, nil)
		return empty
	}
	return *root
}

// fold is the root of a whole subtree.
func fold(hashes []Hash) Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	half := len(hashes) / 2
	return tlog.NodeHash(fold(hashes[:half]), fold(hashes[half:]))
}

// LeafHash is the hash of what a leaf says.
func LeafHash(leaf []byte) Hash { return tlog.RecordHash(leaf) }

// Bytes are hashes as a tile is stored.
func Bytes(hashes []Hash) []byte {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

// Hashes are those of a stored tile.
func Hashes(tile []byte) ([]Hash, error) {
	if len(tile)%tlog.HashSize != 0 || len(tile) > Width*tlog.HashSize {
		return nil, ErrBroken
	}
	hashes := make([]Hash, 0, Width)
	for ; len(tile) > 0; tile = tile[tlog.HashSize:] {
		hashes = append(hashes, Hash(tile[:tlog.HashSize]))
	}
	return hashes, nil
}
